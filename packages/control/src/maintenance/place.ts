import { sql } from 'kysely';
import type { Context } from '../context.ts';
import type { HostLoad } from '../hosts/throttle.ts';
import { STARTING_MS_MAX, startsSince } from '../machines/start.ts';
import { whyNotNow } from './policy.ts';

const BUSY = ['waking', 'starting', 'running'] as const;

/**
 * Takes a place among the maintenances of a host, in the row itself: its phase is `phase` from then on. Answers why it has
 * to wait where there is none. One that somebody asked for takes its place whatever is there.
 */
export function takePlace(
  { db, clock }: Context,
  row: { id: string; pool_id: string; host_id: string | null; asked_by: string | null },
  atATime: number,
  phase: 'waking' | 'starting',
): Promise<string | undefined> {
  return db.transaction().execute(async (trx) => {
    const take = (): Promise<unknown> =>
      trx
        .updateTable('machine_maintenance')
        .set({ phase, reason: null, ...(phase === 'waking' ? { woken_at: new Date(clock.now()) } : {}) })
        .where('id', '=', row.id)
        .where('phase', 'in', ['planned', 'waking'])
        .execute();
    if (row.asked_by !== null || row.host_id === null) {
      await take();
      return undefined;
    }
    // One after the other for each host, or all of them would find the same place.
    const host = await trx
      .selectFrom('host')
      .select(['name', 'load', 'starts_max'])
      .where('id', '=', row.host_id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const { maintained, here } = await trx
      .selectFrom('machine_maintenance')
      .select((eb) => [
        eb.fn.countAll<number>().as('maintained'),
        sql<number>`count(*) filter (where pool_id = ${row.pool_id})`.as('here'),
      ])
      .where('host_id', '=', row.host_id)
      .where('id', '!=', row.id)
      .where('phase', 'in', BUSY)
      .executeTakeFirstOrThrow();
    const { starting } = await trx
      .selectFrom('machine')
      .select((eb) => eb.fn.countAll<number>().as('starting'))
      .where('host_id', '=', row.host_id)
      .where(startsSince(new Date(clock.now() - STARTING_MS_MAX)))
      // Those that boot for their maintenance are counted there.
      .where((eb) =>
        eb.not(
          eb.exists(
            eb
              .selectFrom('machine_maintenance as other')
              .select('other.id')
              .whereRef('other.machine_id', '=', 'machine.id')
              .where('other.phase', 'in', BUSY),
          ),
        ),
      )
      .executeTakeFirstOrThrow();
    const why = whyNotNow({
      name: host.name,
      load: loadOf(host.load),
      startsMax: host.starts_max,
      starting,
      maintained,
      maintainedHere: here,
      atATime,
    });
    if (why === undefined) await take();
    return why;
  });
}

/** What the load loop wrote; anything else is nothing. */
function loadOf(column: unknown): HostLoad | undefined {
  if (typeof column !== 'object' || column === null || !('cpuBusy' in column)) return undefined;
  const { cpuBusy } = column;
  const diskMs = 'diskMs' in column && typeof column.diskMs === 'number' ? column.diskMs : null;
  return typeof cpuBusy === 'number' ? { cpuBusy, diskMs } : undefined;
}
