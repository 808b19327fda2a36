import type { DB } from '@orangery/database';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';
import { macAddress } from '../names.ts';
import { placeMachines } from '../placement/policy.ts';
import { hostLoads } from '../placement/store.ts';
import { isTenantLimited, roomForMachines } from '../quotas/machines.ts';
import { machineName } from './machine-name.ts';
import { nearestToReady } from '../broker/free.ts';
import type { Template } from './templates.ts';

type Pool = Selectable<DB['pool']>;

/** Rows that are made by one statement: one for each would keep a pool of thousands busy for a minute. */
const MADE_AT_ONCE = 100;

/** Makes rows of machines, each where it fits best; why not, where there is no place. */
export async function makeMachines(
  context: Context,
  pool: Pool,
  count: number,
  templates: readonly Template[],
): Promise<string | undefined> {
  if (count > 0 && templates.length === 0) return 'waits for its template';
  if (count === 0) return undefined;
  const { places, reason } = placeMachines(await hostLoads(context, templates, pool), count);
  const limited = await isTenantLimited(context.db, pool.tenant_id);
  for (let from = 0; from < places.length; from += MADE_AT_ONCE) {
    const some = places.slice(from, from + MADE_AT_ONCE);
    const obstacle = limited
      ? await insertWithinQuota(context, pool, templates, some)
      : await insertMachines(context, pool, templates, some);
    if (obstacle !== undefined) return obstacle;
  }
  return reason;
}

/** As many of them as the tenant's quota has room for; why not all. */
function insertWithinQuota(
  context: Context,
  pool: Pool,
  templates: readonly Template[],
  places: readonly { hostId: string; templateId: string }[],
): Promise<string | undefined> {
  return context.db.transaction().execute(async (trx) => {
    const { room, reason } = await roomForMachines(trx, pool, places.length);
    if (room > 0) await insertMachines({ ...context, db: trx }, pool, templates, places.slice(0, room));
    return reason;
  });
}

async function insertMachines(
  { db, rng, step }: Pick<Context, 'rng' | 'step'> & { db: Kysely<DB> },
  pool: Pool,
  templates: readonly Template[],
  places: readonly { hostId: string; templateId: string }[],
): Promise<undefined> {
  const rows = places.map(({ hostId, templateId }) => {
    const machineId = rng.uuid();
    return {
      id: machineId,
      tenant_id: pool.tenant_id,
      pool_id: pool.id,
      host_id: hostId,
      template_id: templateId,
      image_version_id: templates.find(({ id }) => id === templateId)?.image_version_id ?? null,
      name: machineName(pool.machine_name, { pool: pool.name, machineId }),
      mac_address: macAddress(rng.bytes(3)),
    };
  });
  await step('pool.createMachine', () =>
    db
      .insertInto('machine')
      .values(rows)
      // Of thousands, two may draw the same address or name: the next turn makes what is missing.
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
  return undefined;
}

export type FreeMachine = { id: string; phase: string; template_id: string | null; host_id: string };
/**
 * Of a pool, apart from those that failed. In use: how many, by what they were made from. Away: how many nobody has and
 * nobody can be given, as their host has not been seen for a while; they are there again when it is. Free: the nearest to
 * ready first.
 */
export type PoolMachines = {
  free: readonly FreeMachine[];
  inUse: ReadonlyMap<string | null, number>;
  away: number;
};

/** A libvirtd that restarts is back before this; nobody has to make machines elsewhere for it. */
const AWAY_AFTER = sql`interval '1 minute'`;

export async function freeAndTaken({ db }: Context, pool: Pool): Promise<PoolMachines> {
  const machines = db
    .selectFrom('machine')
    .where('pool_id', '=', pool.id)
    .where('machine.desired', '=', 'running')
    .where('machine.phase', '!=', 'failed');
  const untaken = await machines
    .innerJoin('host', 'host.id', 'machine.host_id')
    .select(['machine.id', 'machine.phase', 'template_id', 'machine.host_id'])
    .select(sql<boolean>`host.phase <> 'ready' and host.seen_at < now() - ${AWAY_AFTER}`.as('away'))
    .where('taken_at', 'is', null)
    .orderBy(nearestToReady)
    .orderBy('machine.created_at')
    .execute();
  const free = untaken.filter(({ away }) => !away);
  const taken = await machines
    .select((eb) => ['template_id', eb.fn.countAll<number>().as('count')])
    .where('taken_at', 'is not', null)
    .groupBy('template_id')
    .execute();
  const inUse = new Map(taken.map(({ template_id, count }) => [template_id, count]));
  return { free, inUse, away: untaken.length - free.length };
}
