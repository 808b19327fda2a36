import type { DB } from '@orangery/database';
import type { NetworkDescription } from '@orangery/hypervisor';
import type { Selectable } from 'kysely';
import { networkName, ownNetworkName } from '../names.ts';

type Installation = { id: string; generation: number };
export type NetworkWish = Pick<
  Selectable<DB['pool']>,
  | 'id'
  | 'network_kind'
  | 'network_subnet'
  | 'network_bridge'
  | 'network_open_vswitch'
  | 'network_vlan'
  | 'network_ipv6'
  | 'network_neighbours'
>;

/** The network that pools share whose machines go out by their host and see nobody of their own kind. */
export function sharedNetwork(installation: Installation, hostId: string): NetworkDescription {
  return {
    name: networkName(installation.id),
    mark: {
      installationId: installation.id,
      generation: installation.generation,
      kind: 'network',
      rowId: hostId,
    },
    kind: 'nat',
    neighbours: false,
  };
}

/**
 * What a pool's machines are plugged into on a host. Machines that may see each other have a network to themselves: on a
 * shared one, those of other pools would see them too.
 */
export function networkOf(installation: Installation, hostId: string, pool: NetworkWish): NetworkDescription {
  const { network_kind: kind, network_subnet: subnet, network_neighbours: neighbours } = pool;
  const shared = sharedNetwork(installation, hostId);
  if (kind === 'nat' && !neighbours && subnet === null) return shared;
  const mark = { ...shared.mark, rowId: pool.id };
  const named = (...wish: unknown[]): string => ownNetworkName(installation.id, [pool.id, kind, ...wish]);
  if (kind !== 'bridge') {
    return { name: named(subnet), mark, neighbours, kind, ...(subnet === null ? {} : { subnet }) };
  }
  const { network_bridge: bridge, network_open_vswitch: openVSwitch, network_vlan: vlan } = pool;
  return {
    name: named(bridge, openVSwitch, vlan),
    mark,
    neighbours,
    kind,
    bridge: bridge ?? '',
    openVSwitch,
    ipv6: pool.network_ipv6,
    ...(vlan === null ? {} : { vlan }),
  };
}
