import { type poolInput, type poolUpdateInput, roomOf } from '@orangery/contract';
import type { DB } from '@orangery/database';
import { type Insertable, type Kysely, sql, type Updateable } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { isUniqueViolation } from '../rows.ts';

type PoolInput = z.output<typeof poolInput>;
type PoolUpdate = z.output<typeof poolUpdateInput>;

export type Made =
  | { kind: 'made'; id: string }
  | { kind: 'taken' }
  | { kind: 'noImage' }
  | NotItsVersion
  | RangeTooSmall
  | NotKept;
export type Updated = { kind: 'done' } | { kind: 'missing' } | NotItsVersion | RangeTooSmall | NotKept;
/** The range has addresses for fewer machines than the pool may have. */
type RangeTooSmall = { kind: 'rangeTooSmall'; room: number };
type NotItsVersion = { kind: 'notItsVersion' };
/** Machines that are thrown away have no maintenance. */
type NotKept = { kind: 'notKept' };

/** Makes a pool of an image; its loop makes the machines. */
export async function createPool({ db }: Context, tenantId: string, input: PoolInput): Promise<Made> {
  // Of two with one name, the tenant's own comes before the installation's.
  const image = await db
    .selectFrom('image')
    .select('id')
    .where('name', '=', input.image)
    .where((eb) => eb.or([eb('tenant_id', '=', tenantId), eb('tenant_id', 'is', null)]))
    .orderBy(sql`tenant_id is null`)
    .executeTakeFirst();
  if (image === undefined) return { kind: 'noImage' };
  if (input.kind === 'pooled' && input.maintenance !== null) return { kind: 'notKept' };
  const room = roomFor(input.network.subnet, input.machinesMax);
  if (room !== undefined) return { kind: 'rangeTooSmall', room };
  try {
    return await db.transaction().execute(async (trx) => {
      if (!(await isVersionOf(trx, image.id, input.imageVersionId))) return { kind: 'notItsVersion' };
      const values: Insertable<DB['pool']> = {
        ...columnsOf(input),
        ready_count: input.readyCount ?? (input.kind === 'pooled' ? 1 : 0),
        tenant_id: tenantId,
        name: input.name,
        title: input.title,
        image_id: image.id,
        kind: input.kind,
        cpus: input.cpus,
        memory_mib: input.memoryMib,
      };
      const row = await trx.insertInto('pool').values(values).returning('id').executeTakeFirstOrThrow();
      await writeHours(trx, row.id, input.hours);
      return { kind: 'made', id: row.id };
    });
  } catch (error) {
    if (isUniqueViolation(error)) return { kind: 'taken' };
    throw error;
  }
}

/** Changes what is given and leaves the rest. Machines that run keep what they were made with. */
export function updatePool({ db }: Context, input: PoolUpdate): Promise<Updated> {
  return db.transaction().execute(async (trx) => {
    const values = columnsOf(input);
    const pool = await trx
      .selectFrom('pool')
      .select(['image_id', 'kind', 'network_subnet', 'machines_max'])
      .where('id', '=', input.id)
      .where('desired', '=', 'present')
      .forUpdate()
      .executeTakeFirst();
    if (pool === undefined) return { kind: 'missing' };
    const { maintenance } = input;
    if (pool.kind === 'pooled' && maintenance !== undefined && maintenance !== null)
      return { kind: 'notKept' };
    if (!(await isVersionOf(trx, pool.image_id, input.imageVersionId))) return { kind: 'notItsVersion' };
    const room = roomFor(
      input.network === undefined ? pool.network_subnet : input.network.subnet,
      input.machinesMax ?? pool.machines_max,
    );
    if (room !== undefined) return { kind: 'rangeTooSmall', room };
    if (Object.keys(values).length > 0) {
      await trx.updateTable('pool').set(values).where('id', '=', input.id).execute();
    }
    if (input.hours !== undefined) await writeHours(trx, input.id, input.hours);
    if (input.network !== undefined) await replaceWaiting(trx, input.id);
    if (maintenance !== undefined) await forgetMoments(trx, input.id);
    return { kind: 'done' };
  });
}

/** Machines that wait stand on the network that was: whoever comes next is to be on the one that is. */
function replaceWaiting(trx: Kysely<DB>, poolId: string): Promise<unknown> {
  return trx
    .updateTable('machine')
    .set({ desired: 'absent' })
    .where('pool_id', '=', poolId)
    .where('principal_id', 'is', null)
    .where('taken_at', 'is', null)
    .execute();
}

/** Moments in the window that was; what has begun goes on. */
function forgetMoments(trx: Kysely<DB>, poolId: string): Promise<unknown> {
  return trx
    .deleteFrom('machine_maintenance')
    .where('pool_id', '=', poolId)
    .where('phase', '=', 'planned')
    .where('asked_by', 'is', null)
    .execute();
}

/** How many machines the range has addresses for, where those are too few. */
function roomFor(subnet: string | null, machinesMax: number): number | undefined {
  const room = subnet === null ? undefined : roomOf(subnet);
  return room !== undefined && room < machinesMax ? room : undefined;
}

/** Whether a pool of the image may be pinned to the version; no version at all is the image's current one. */
async function isVersionOf(
  trx: Kysely<DB>,
  imageId: string,
  versionId: string | null | undefined,
): Promise<boolean> {
  if (versionId === null || versionId === undefined) return true;
  const version = await trx
    .selectFrom('image_version')
    .select('id')
    .where('id', '=', versionId)
    .where('image_id', '=', imageId)
    .where('phase', '=', 'ready')
    .where('desired', '=', 'ready')
    // With its row locked, the version is not deleted in between.
    .forUpdate()
    .executeTakeFirst();
  return version !== undefined;
}

export type Deletion =
  | { kind: 'deleted' }
  | { kind: 'missing' }
  | { kind: 'inUse'; sessions: number; own: number };

/**
 * Ends a pool: its loop takes the machines away. Refused while sessions run, or while it has machines of people's own,
 * whose disks go with them: those are deleted one by one, by somebody who knows what is on them.
 */
export function deletePool({ db }: Context, id: string): Promise<Deletion> {
  return db.transaction().execute(async (trx) => {
    const pool = await trx
      .selectFrom('pool')
      .select('desired')
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (pool === undefined || pool.desired === 'absent') return { kind: 'missing' };
    const { sessions } = await trx
      .selectFrom('session')
      .select((eb) => eb.fn.countAll<number>().as('sessions'))
      .where('pool_id', '=', id)
      .where('ended_at', 'is', null)
      .executeTakeFirstOrThrow();
    const { own } = await trx
      .selectFrom('machine')
      .select((eb) => eb.fn.countAll<number>().as('own'))
      .where('pool_id', '=', id)
      .where('principal_id', 'is not', null)
      .executeTakeFirstOrThrow();
    if (sessions + own > 0) return { kind: 'inUse', sessions, own };
    await trx.updateTable('pool').set({ desired: 'absent' }).where('id', '=', id).execute();
    return { kind: 'deleted' };
  });
}

/** The row's columns for what is given; what is not given does not appear. */
function columnsOf(input: Partial<Omit<PoolUpdate, 'id'>>): Updateable<DB['pool']> {
  const { limits = {}, network, display = {} } = input;
  const columns: Record<string, unknown> = {
    title: input.title,
    description: input.description,
    closed_reason: input.closedReason,
    image_version_id: input.imageVersionId,
    cpus: input.cpus,
    memory_mib: input.memoryMib,
    ready_count: input.readyCount,
    learns: input.learns,
    time_zone: input.timeZone,
    machines_max: input.machinesMax,
    machine_name: input.machineName,
    cpu_shares: limits.cpuShares,
    cpu_cap_percent: limits.cpuCapPercent,
    memory_locked: limits.memoryLocked,
    read_mib_per_s: limits.readMibPerS,
    write_mib_per_s: limits.writeMibPerS,
    iops: limits.iops,
    network_kind: network?.kind,
    network_subnet: network?.subnet,
    network_bridge: network?.bridge,
    network_open_vswitch: network?.openVSwitch,
    network_vlan: network?.vlan,
    network_ipv6: network?.ipv6,
    network_neighbours: network?.neighbours,
    clipboard: display.clipboard,
    screen_width_max: display.screenMax === null ? null : display.screenMax?.width,
    screen_height_max: display.screenMax === null ? null : display.screenMax?.height,
    disconnect_timeout_s: input.disconnectTimeoutS,
    idle_timeout_s: input.idleTimeoutS,
    disk_kind: input.diskKind,
    power_off_after_s: input.powerOffAfterS,
    profile_gib: input.profileGib,
    maintenance:
      input.maintenance === undefined || input.maintenance === null
        ? input.maintenance
        : JSON.stringify(input.maintenance),
  };
  return Object.fromEntries(Object.entries(columns).filter(([, value]) => value !== undefined));
}

async function writeHours(
  trx: Kysely<DB>,
  poolId: string,
  hours: NonNullable<PoolUpdate['hours']>,
): Promise<void> {
  await trx.deleteFrom('pool_schedule').where('pool_id', '=', poolId).execute();
  if (hours.length === 0) return;
  await trx
    .insertInto('pool_schedule')
    .values(
      hours.map((each) => ({
        pool_id: poolId,
        weekdays: each.weekdays,
        from_minute: each.fromMinute,
        until_minute: each.untilMinute,
        time_zone: each.timeZone,
        ready_count: each.readyCount,
      })),
    )
    .execute();
}
