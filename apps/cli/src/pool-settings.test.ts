import { describe, expect, test } from 'vitest';
import { merged, networkOf, parseSettings, settingsOf } from './pool-settings.ts';

describe('settings on the command line', () => {
  test('are what they look like, and text where text belongs', () => {
    expect(
      settingsOf(['cpus=4', 'title=2026', 'profileGib=null', 'memoryLocked=true', 'limits.iops=500']),
    ).toEqual({
      cpus: 4,
      title: '2026',
      profileGib: null,
      limits: { memoryLocked: true, iops: 500 },
    });
    expect(settingsOf(['hours=[]', 'closedReason=back at 8=00'])).toEqual({
      hours: [],
      closedReason: 'back at 8=00',
    });
  });

  test('are refused by name', () => {
    expect(() => settingsOf(['colour=red'])).toThrow('There is no setting "colour"');
    expect(() => settingsOf(['cpus'])).toThrow('no key=value');
  });

  test('come from a file, and from options that count more', () => {
    const file = parseSettings('{"id":"x","machines":{},"cpus":2,"limits":{"iops":100}}', 'a.json');
    expect(merged(file, settingsOf(['cpuShares=200', 'cpus=4']))).toEqual({
      cpus: 4,
      limits: { iops: 100, cpuShares: 200 },
    });
    expect(() => parseSettings('[1]', 'a.json')).toThrow('a.json is no JSON object');
  });

  test('tell a network in words', () => {
    expect(networkOf('nat')).toEqual({ kind: 'nat' });
    expect(networkOf('routed 10.20.0.0/22 neighbours')).toEqual({
      kind: 'routed',
      subnet: '10.20.0.0/22',
      neighbours: true,
    });
    expect(networkOf('bridge br0 vlan 20 ovs ipv6')).toEqual({
      kind: 'bridge',
      bridge: 'br0',
      vlan: 20,
      openVSwitch: true,
      ipv6: true,
    });
    expect(() => networkOf('bridge br0 20')).toThrow(expect.objectContaining({ code: 'badInput' }));
  });
});
