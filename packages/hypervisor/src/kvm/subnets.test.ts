import { describe, expect, test } from 'vitest';
import { addressIn, candidates, leasable, overlap, parseSubnet, textOfSubnet } from './subnets.ts';

describe('ranges of addresses', () => {
  test('are read from any address in them, and refused where no machine fits', () => {
    expect(textOfSubnet(parseSubnet('10.20.1.7/22'))).toBe('10.20.0.0/22');
    expect(textOfSubnet(parseSubnet('192.168.255.255/24'))).toBe('192.168.255.0/24');
    for (const bad of ['10.20.0.0', '10.20.0/22', '10.300.0.0/22', '10.0.0.0/28', '10.0.0.0/7', 'x', '']) {
      expect(() => parseSubnet(bad), bad).toThrow(expect.objectContaining({ code: 'badSubnet' }));
    }
  });

  test('a /22 has room for a thousand machines, a /24 for 239', () => {
    expect(leasable(parseSubnet('10.20.0.0/22'))).toEqual({
      start: '10.20.0.16',
      end: '10.20.3.254',
      count: 1007,
    });
    expect(leasable(parseSubnet('10.20.0.0/24')).count).toBe(239);
    expect(addressIn(parseSubnet('223.255.252.0/22'), 1)).toBe('223.255.252.1');
  });

  test('overlap where one lies in the other', () => {
    const meets = (one: string, other: string): boolean => overlap(parseSubnet(one), parseSubnet(other));
    expect(meets('10.64.0.0/20', '10.64.15.0/24')).toBe(true);
    expect(meets('10.64.15.0/24', '10.64.0.0/10')).toBe(true);
    expect(meets('10.64.0.0/20', '10.64.16.0/20')).toBe(false);
  });

  test('of our own avoid all that is known, wherever they begin', () => {
    const taken = [parseSubnet('10.64.0.0/16'), parseSubnet('10.100.0.0/14')];
    for (const seed of [0, 1, 1023, 65_535]) {
      const chosen = candidates(seed, taken, 2000);
      expect(chosen.length).toBe(1024 - 16 - 64);
      expect(new Set(chosen.map(textOfSubnet)).size).toBe(chosen.length);
      expect(chosen.filter((each) => taken.some((other) => overlap(each, other)))).toEqual([]);
    }
    expect(candidates(0, [parseSubnet('10.0.0.0/8')], 5)).toEqual([]);
  });
});
