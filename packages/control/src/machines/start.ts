import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { mayStart } from '../hosts/throttle.ts';

/** Who starts for longer than this strains its host no more; perhaps its guest hangs. */
export const STARTING_MS_MAX = 180_000;

/**
 * Takes a place among the machines that start on the host, in the row itself: it is `phase` from then on. Answers why it
 * has to wait, where there is no place; nothing is changed then but the reason that the row gives.
 */
export function takeStart(
  { db, clock }: Context,
  machine: { id: string; host_id: string; reason: string | null; awaited: boolean },
  phase: 'cloning' | 'booting',
): Promise<string | undefined> {
  const now = clock.now();
  return db.transaction().execute(async (trx) => {
    // One after the other for each host, or all of them would find the same place.
    const host = await trx
      .selectFrom('host')
      .select(['name', 'starts_max as startsMax', 'starts_reason as why'])
      .where('id', '=', machine.host_id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const { starting } = await trx
      .selectFrom('machine')
      .select((eb) => eb.fn.countAll<number>().as('starting'))
      .where('host_id', '=', machine.host_id)
      .where('id', '!=', machine.id)
      .where(sql<boolean>`phase in ('cloning', 'booting')`)
      .where('phase_since', '>', new Date(now - STARTING_MS_MAX))
      .executeTakeFirstOrThrow();
    const mine = trx.updateTable('machine').where('id', '=', machine.id);
    if (mayStart({ startsMax: host.startsMax, starting, awaited: machine.awaited })) {
      await mine.set({ phase, phase_since: new Date(now), reason: null }).execute();
      return undefined;
    }
    const others = starting === 1 ? 'another machine starts' : `${starting} others start`;
    const reason = `${others} on ${host.name} now, ${host.startsMax} may at a time: ${host.why}`;
    if (reason !== machine.reason) await mine.set({ reason }).execute();
    return reason;
  });
}
