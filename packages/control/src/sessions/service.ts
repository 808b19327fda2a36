import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { recordUsage } from '../usage.ts';

/** Logs a session off: its machine is thrown away. Again is harmless. */
export async function endSession({ db }: Context, sessionId: string, reason: string): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const session = await trx
      .updateTable('session')
      .set({ phase: 'ended', ended_at: sql`now()`, phase_since: sql`now()`, end_reason: reason })
      .where('id', '=', sessionId)
      .where('ended_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (session === undefined) return;
    if (session.machine_id !== null) {
      await trx
        .updateTable('machine')
        .set({ desired: 'absent' })
        .where('id', '=', session.machine_id)
        .execute();
    }
    await recordUsage(trx, session, 'session.ended', { reason });
  });
}

/** Tells the rows that a browser came or went; again is harmless. A session that ended meanwhile stays ended. */
export async function markSession(
  { db }: Context,
  sessionId: string,
  phase: 'connected' | 'disconnected',
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const session = await trx
      .updateTable('session')
      .set({
        phase,
        phase_since: sql`now()`,
        ...(phase === 'connected' ? { connected_at: sql`coalesce(connected_at, now())` } : {}),
      })
      .where('id', '=', sessionId)
      .where('ended_at', 'is', null)
      .where('phase', '!=', phase)
      .returningAll()
      .executeTakeFirst();
    if (session !== undefined) await recordUsage(trx, session, `session.${phase}`, {});
  });
}

/** All viewers are gone, or all of one session, e.g. because the gateway that carried them died. */
export async function forgetViewers(context: Context, sessionId?: string): Promise<void> {
  const connected = context.db
    .selectFrom('session')
    .select('id')
    .where('phase', '=', 'connected')
    .where('ended_at', 'is', null);
  const sessions = await (
    sessionId === undefined ? connected : connected.where('id', '=', sessionId)
  ).execute();
  for (const { id } of sessions) await markSession(context, id, 'disconnected');
}
