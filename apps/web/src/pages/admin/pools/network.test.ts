import { describe, expect, test } from 'vitest';
import { faultsOf, formOf, type NetworkForm, networkOf, roomOf } from './network.ts';

const form = (changes: Partial<NetworkForm>): NetworkForm => ({
  ...formOf({
    kind: 'nat',
    subnet: null,
    bridge: null,
    vlan: null,
    openVSwitch: false,
    ipv6: false,
    neighbours: false,
  }),
  ...changes,
});

describe('the form of a pool’s network', () => {
  test('sends only what its kind has', () => {
    const all = { subnet: '10.20.0.0/22', bridge: 'br0', vlan: 7, openVSwitch: true, ipv6: true } as const;
    expect(networkOf(form({ ...all, kind: 'isolated' }))).toEqual({
      kind: 'isolated',
      neighbours: false,
      subnet: '10.20.0.0/22',
    });
    expect(networkOf(form({ ...all, kind: 'bridge', neighbours: true }))).toEqual({
      kind: 'bridge',
      neighbours: true,
      bridge: 'br0',
      vlan: 7,
      openVSwitch: true,
      ipv6: true,
    });
    expect(networkOf(form({ kind: 'nat' }))).toEqual({ kind: 'nat', neighbours: false, subnet: null });
  });

  test('asks for what its kind cannot do without', () => {
    expect(faultsOf(form({ kind: 'routed' }), 10)['subnet']).toMatch(/router/);
    expect(faultsOf(form({ kind: 'nat' }), 10)['subnet']).toBeNull();
    expect(faultsOf(form({ kind: 'bridge' }), 10)['bridge']).toMatch(/br0/);
    expect(faultsOf(form({ kind: 'bridge', bridge: 'br0', vlan: 5_000 }), 10)['vlan']).toMatch(/4,094/);
  });

  test('tells a range that is none, or too small for the pool', () => {
    expect(faultsOf(form({ subnet: '10.20.0.0/33' }), 10)['subnet']).toMatch(/as in/);
    expect(faultsOf(form({ subnet: '10.20.0.0/24' }), 300)['subnet']).toMatch(/239 machines/);
    expect(faultsOf(form({ subnet: '10.20.0.0/22' }), 300)['subnet']).toBeNull();
    expect(roomOf('10.20.0.0/22')).toBe(1_007);
  });
});
