import type { NicDescription } from '@orangery/hypervisor';
import { networkOf, type NetworkWish } from '../pools/network.ts';

export type NetworkRow = Omit<NetworkWish, 'id'> & {
  pool_id: string;
  host_id: string;
  mac_address: string;
  networkFound: string | null;
  networkPhase: 'ready' | 'failed' | null;
  networkReason: string | null;
};

export type Card = { kind: 'nic'; nic: NicDescription } | { kind: 'wait'; reason: string };

/** The machine's network card; or why its host has no network for it yet, which the hosts loop sees to. */
export function cardOf(installation: { id: string; generation: number }, row: NetworkRow): Card {
  const { name, neighbours } = networkOf(installation, row.host_id, { ...row, id: row.pool_id });
  if (row.networkFound !== name || row.networkPhase === null) {
    return { kind: 'wait', reason: 'waits for its network to be made' };
  }
  if (row.networkPhase === 'failed') {
    return { kind: 'wait', reason: `has no network: ${row.networkReason ?? 'it could not be made'}` };
  }
  return { kind: 'nic', nic: { network: name, macAddress: row.mac_address, neighbours } };
}
