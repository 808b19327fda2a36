import { describe, expect, it } from 'vitest';
import { bucketsOf, networkOf } from './policy.ts';

const names = (...args: Parameters<typeof bucketsOf>): string[] => bucketsOf(...args).map(({ name }) => name);
const known = { device: true, address: true };
const nothing = { device: false, address: false };

describe('wrong guesses are counted', () => {
  it('apart for a browser that the person has used, wherever it is', () => {
    const here = names('ada@x.org', { address: '1.2.3.4', device: 'd1' }, known);
    expect(here).toEqual(
      names('Ada@x.org', { address: '9.9.9.9', device: 'd1' }, { ...known, address: false }),
    );
    expect(here).not.toEqual(names('ada@x.org', { address: '1.2.3.4', device: 'd2' }, known));
  });

  it('apart for an address that the person has signed in from', () => {
    const usual = names(
      'ada@x.org',
      { address: '1.2.3.4', device: undefined },
      { ...nothing, address: true },
    );
    const strange = names('ada@x.org', { address: '6.6.6.6', device: 'made-up' }, nothing);
    expect(usual.filter((name) => strange.includes(name))).toEqual([]);
  });

  it('together for all new places, however many addresses somebody has', () => {
    const one = names('ada@x.org', { address: '6.6.6.6', device: undefined }, nothing);
    const other = names('ada@x.org', { address: '7.7.7.7', device: undefined }, nothing);
    expect(one.filter((name) => other.includes(name))).toHaveLength(1);
  });

  it('apart for each person behind one address', () => {
    const place = { address: '10.0.0.1', device: undefined };
    const ada = names('ada@x.org', place, nothing);
    const bob = names('bob@x.org', place, nothing);
    expect(ada.filter((name) => bob.includes(name))).toEqual([]);
  });
});

it.each([
  ['1.2.3.4', '1.2.3.4'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::9', '2001:db8:1:2::/64'],
  ['2001:0db8::1', '2001:db8:0:0::/64'],
  ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
])('%s counts as %s', (address, network) => {
  expect(networkOf(address)).toBe(network);
});
