import { describe, expect, it } from 'vitest';
import { networkOf, type NetworkWish } from './network.ts';

const installation = { id: '6b0c2f0e-9a3d-4f0e-8d7a-0d8a1c1f2b3c', generation: 1 };
const wish = (changes: Partial<NetworkWish> = {}): NetworkWish => ({
  id: 'p1',
  network_kind: 'nat',
  network_subnet: null,
  network_bridge: null,
  network_open_vswitch: false,
  network_vlan: null,
  network_ipv6: false,
  network_neighbours: false,
  ...changes,
});
const name = (changes: Partial<NetworkWish> = {}, host = 'h1'): string =>
  networkOf(installation, host, wish(changes)).name;

describe('the network of a pool', () => {
  it('is shared by those that ask for nothing of their own', () => {
    expect(name()).toBe(name({ id: 'p2' }));
  });

  it('is its own where its machines may see each other: no other pool’s are to see them', () => {
    const own = name({ network_neighbours: true });
    expect(own).not.toBe(name());
    expect(own).not.toBe(name({ id: 'p2', network_neighbours: true }));
  });

  it('is another one after each change of what it stands on, and the same on each host', () => {
    const wishes: Partial<NetworkWish>[] = [
      { network_kind: 'isolated' },
      { network_subnet: '10.20.0.0/22' },
      { network_kind: 'routed', network_subnet: '10.20.0.0/22' },
      { network_kind: 'routed', network_subnet: '10.24.0.0/22' },
      { network_kind: 'bridge', network_bridge: 'br0' },
      { network_kind: 'bridge', network_bridge: 'br0', network_open_vswitch: true },
      { network_kind: 'bridge', network_bridge: 'br0', network_open_vswitch: true, network_vlan: 20 },
    ];
    const names = wishes.map((each) => name(each));
    expect(new Set(names).size).toBe(wishes.length);
    expect(names).toEqual(wishes.map((each) => name(each, 'h2')));
    for (const each of names) expect(each).toMatch(/^o6b0c2f-[0-9a-f]{7}$/);
  });

  it('stays when only what is let through changes: that holds at once, for machines that run', () => {
    const bridge = { network_kind: 'bridge', network_bridge: 'br0' } as const;
    expect(name({ ...bridge, network_ipv6: true })).toBe(name(bridge));
    expect(name({ ...bridge, network_neighbours: true })).toBe(name(bridge));
  });
});
