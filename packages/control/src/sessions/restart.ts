import { sql } from 'kysely';
import { assignMachine } from '../broker/broker.ts';
import type { Context } from '../context.ts';
import { bringProfile } from '../profiles/claim.ts';
import { openAnew, takeMachineAway } from './replace.ts';

export type Restart =
  /** A machine of the person's own is restarted. */
  | { kind: 'restarted'; machineId: string }
  /** The machine was thrown away; the session has another one, or waits for it. */
  | { kind: 'replaced'; machineId: string }
  /** It has none yet. */
  | { kind: 'noMachine' }
  | { kind: 'missing' };

/**
 * Restarts the machine under a session, for whoever finds it hung. The session stays. A person's own machine shuts down
 * and boots; `hard` switches it off at once. A pooled one is thrown away, and the session gets a fresh one; with `hard`
 * its guest is not asked to close the person's files first: the next machine checks them. Again is harmless: it restarts what there is then.
 */
export async function restartSession(
  context: Context,
  sessionId: string,
  how: 'gently' | 'hard',
): Promise<Restart> {
  const { db } = context;
  const outcome = await db.transaction().execute(async (trx): Promise<Restart & { poolId?: string }> => {
    const session = await trx
      .selectFrom('session')
      .innerJoin('pool', 'pool.id', 'session.pool_id')
      .select(['session.machine_id', 'session.pool_id', 'pool.kind'])
      .where('session.id', '=', sessionId)
      .where('session.ended_at', 'is', null)
      .forUpdate('session')
      .executeTakeFirst();
    if (session === undefined) return { kind: 'missing' };
    const { machine_id: machineId } = session;
    if (machineId === null) return { kind: 'noMachine' };
    if (session.kind === 'persistent') {
      await openAnew(trx, sessionId);
      await trx
        .updateTable('machine')
        .set({ restart: how, retry_at: null })
        .where('id', '=', machineId)
        .execute();
      return { kind: 'restarted', machineId };
    }
    const reason = 'Your machine is replaced by a fresh one.';
    await takeMachineAway(trx, { sessionId, machineId, reason, how });
    return { kind: 'replaced', machineId, poolId: session.pool_id };
  });
  // Whatever of it a killed server does not come to, the sessions loop does.
  if (outcome.kind === 'replaced' && outcome.poolId !== undefined) {
    const { poolId } = outcome;
    const has = await db.transaction().execute((trx) => assignMachine(trx, sessionId, poolId));
    if (has) await bringProfile(db, sessionId);
    await sql`select pg_notify('orangery_nudge', ${`pools:${poolId}`})`.execute(db);
  }
  return outcome;
}
