import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { gone, type Loop, progress, settled, waiting } from '../loops/loop.ts';
import { keptMachines } from './machines.ts';
import { type MaintenanceWindow, MINUTE_MS, momentsOf, type Opening, openingsAt } from './window.ts';
import { windowOf } from './store.ts';

const LOOK_MS_MAX = 3_600_000;
/** Machines that were made after it opened are found by then. */
const OPEN_LOOK_MS = 60_000;
/** What was done is remembered for this long. */
const KEPT_DAYS = 90;

/** Writes down each machine's moment once its pool's window opens. */
export function windowsLoop(context: Context): Loop {
  const { db, clock, step } = context;
  return {
    name: 'windows',
    periodMs: OPEN_LOOK_MS,
    parallel: 4,
    async keys() {
      const rows = await db
        .selectFrom('pool')
        .select('id')
        .where('maintenance', 'is not', null)
        .where('desired', '=', 'present')
        .execute();
      return rows.map((row) => row.id);
    },
    async turn(id) {
      const pool = await db
        .selectFrom('pool')
        .select(['id', 'tenant_id', 'desired', 'kind', 'maintenance'])
        .where('id', '=', id)
        .executeTakeFirst();
      const window = windowOf(pool?.maintenance);
      if (pool === undefined || pool.desired === 'absent' || window === null) return gone('no window');
      const { desired } = await db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
      if (desired !== 'running') return settled('the installation is stopped');
      const now = clock.now();
      const { now: opening, next } = openingsAt(window, now);
      if (opening === undefined)
        return waiting('waits for its window', Math.min(next.fromMs - now, LOOK_MS_MAX));
      const planned = await step('window.plan', () => plan(context, pool, window, opening));
      const againMs = Math.min(OPEN_LOOK_MS, opening.untilMs - now);
      return planned === 0
        ? waiting('every machine has its moment', againMs)
        : progress(planned === 1 ? '1 has its moment' : `${planned} have their moments`, againMs);
    },
  };
}

async function plan(
  { db }: Context,
  pool: { id: string; tenant_id: string },
  window: MaintenanceWindow,
  opening: Opening,
): Promise<number> {
  const machines = await keptMachines({ db }, pool.id);
  const windowFrom = new Date(opening.fromMs);
  const has = await db
    .selectFrom('machine_maintenance')
    .select('machine_id')
    .where('pool_id', '=', pool.id)
    .where('window_from', '=', windowFrom)
    .execute();
  const known = new Set(has.map(({ machine_id }) => machine_id));
  const moments = momentsOf(opening, window.limitMinutes * MINUTE_MS, machines);
  const missing = machines.filter(({ id }) => !known.has(id));
  let planned = 0;
  for (let at = 0; at < missing.length; at += INSERT_MAX) {
    const rows = await db
      .insertInto('machine_maintenance')
      .values(
        missing.slice(at, at + INSERT_MAX).map((machine) => ({
          tenant_id: pool.tenant_id,
          pool_id: pool.id,
          machine_id: machine.id,
          host_id: machine.hostId,
          machine: machine.name,
          window_from: windowFrom,
          until: new Date(opening.untilMs),
          due_at: new Date(moments.get(machine.id) ?? opening.fromMs),
          limit_s: window.limitMinutes * 60,
        })),
      )
      // Another server was faster, or somebody wanted it now.
      .onConflict((conflict) => conflict.doNothing())
      .returning('id')
      .execute();
    planned += rows.length;
  }
  if (planned > 0) {
    await db
      .deleteFrom('machine_maintenance')
      .where('pool_id', '=', pool.id)
      .where('ended_at', '<', sql<Date>`now() - make_interval(days => ${KEPT_DAYS})`)
      .execute();
  }
  return planned;
}

/** Of values in one statement PostgreSQL takes 65,535. */
const INSERT_MAX = 1_000;
