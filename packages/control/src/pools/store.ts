import type { poolSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { windowOf } from '../maintenance/store.ts';
import { rolloutsOf } from './rollout-store.ts';

export type Pool = z.infer<typeof poolSchema>;

/** A tenant's pools that are not on their way out, with how their machines are. */
export async function listPools(context: Context, tenantId: string, id?: string): Promise<Pool[]> {
  const { db } = context;
  const pools = db
    .selectFrom('pool')
    .innerJoin('image', 'image.id', 'pool.image_id')
    .leftJoin('machine', (join) =>
      join.onRef('machine.pool_id', '=', 'pool.id').on('machine.desired', '=', 'running'),
    )
    .selectAll('pool')
    .select([
      'image.name as image',
      sql<number>`count(machine.id) filter (where machine.phase = 'ready' and machine.taken_at is null)`.as(
        'ready',
      ),
      sql<number>`count(machine.id) filter (where machine.taken_at is not null)`.as('inUse'),
      sql<number>`count(machine.id) filter (where machine.phase in ('planned','cloning','booting','identifying') and machine.taken_at is null)`.as(
        'starting',
      ),
      sql<number>`count(machine.id) filter (where machine.phase in ('stopping','off') and machine.taken_at is null)`.as(
        'off',
      ),
      sql<Pool['hours']>`(
        select coalesce(json_agg(json_build_object(
          'weekdays', weekdays, 'fromMinute', from_minute, 'untilMinute', until_minute,
          'timeZone', time_zone, 'readyCount', s.ready_count) order by from_minute), '[]')
        from pool_schedule s where s.pool_id = pool.id)`.as('hours'),
    ])
    .select([
      sql<Pool['networks']>`(
        select coalesce(json_agg(json_build_object(
          'host', h.name, 'name', n.name, 'phase', n.phase, 'reason', n.reason,
          'bridge', n.bridge, 'subnet', n.subnet, 'room', n.room) order by h.name), '[]')
        from host_network n join host h on h.id = n.host_id where n.pool_id = pool.id)`.as('networks'),
    ])
    .select(
      sql<
        string | null
      >`(select detail from loop_status s where s.loop = 'pools' and s.key = pool.id::text)`.as('look'),
    )
    .where('pool.tenant_id', '=', tenantId)
    .where('pool.desired', '=', 'present')
    .groupBy(['pool.id', 'image.name'])
    .orderBy('pool.title');
  const rows = await (id === undefined ? pools : pools.where('pool.id', '=', id)).execute();
  const rollouts = await rolloutsOf(
    context,
    rows.map((row) => row.id),
  );
  return rows.map((row) => ({
    ...(rollouts.get(row.id) ?? { rollout: null, versions: [] }),
    id: row.id,
    name: row.name,
    title: row.title,
    description: row.description,
    closedReason: row.closed_reason,
    image: row.image,
    kind: row.kind,
    imageVersionId: row.image_version_id,
    cpus: row.cpus,
    memoryMib: row.memory_mib,
    readyCount: row.ready_count,
    machinesMax: row.machines_max,
    machineName: row.machine_name,
    limits: {
      cpuShares: row.cpu_shares,
      cpuCapPercent: row.cpu_cap_percent,
      memoryLocked: row.memory_locked,
      readMibPerS: row.read_mib_per_s,
      writeMibPerS: row.write_mib_per_s,
      iops: row.iops,
    },
    network: {
      kind: row.network_kind,
      subnet: row.network_subnet,
      bridge: row.network_bridge,
      openVSwitch: row.network_open_vswitch,
      vlan: row.network_vlan,
      ipv6: row.network_ipv6,
      neighbours: row.network_neighbours,
    },
    networks: row.networks,
    display: {
      clipboard: row.clipboard,
      screenMax: sizeOf(row.screen_width_max, row.screen_height_max),
    },
    hours: row.hours,
    learns: row.learns,
    timeZone: row.time_zone,
    disconnectTimeoutS: row.disconnect_timeout_s,
    idleTimeoutS: row.idle_timeout_s,
    diskKind: row.disk_kind,
    powerOffAfterS: row.power_off_after_s,
    profileGib: row.profile_gib,
    maintenance: windowOf(row.maintenance),
    look: row.look,
    machines: { ready: row.ready, inUse: row.inUse, starting: row.starting, off: row.off },
  }));
}

/** Both or none. */
export const sizeOf = (
  width: number | null,
  height: number | null,
): { width: number; height: number } | null => (width === null || height === null ? null : { width, height });
