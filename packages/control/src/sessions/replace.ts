import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';

/** Programs that were open are opened on the machine that comes. */
export async function openAnew(db: Kysely<DB>, sessionId: string): Promise<void> {
  await db
    .updateTable('session_program')
    .set({ started_at: null })
    .where('session_id', '=', sessionId)
    .where('reason', 'is', null)
    .execute();
}

/**
 * Throws the pooled machine of a session away; the session goes on and waits for another one. Again is harmless, and so is
 * a session that has ended or has another machine by now. `hard`: its guest is not asked to close anything.
 */
export async function takeMachineAway(
  db: Kysely<DB>,
  of: { sessionId: string; machineId: string; reason: string; how?: 'gently' | 'hard' },
): Promise<void> {
  const waits = await db
    .updateTable('session')
    .set({ machine_id: null, phase: 'waiting', phase_since: sql`now()`, reason: of.reason })
    .where('id', '=', of.sessionId)
    .where('machine_id', '=', of.machineId)
    .where('ended_at', 'is', null)
    .returning('id')
    .executeTakeFirst();
  if (waits === undefined) return;
  await openAnew(db, of.sessionId);
  await db
    .updateTable('machine')
    .set({ desired: 'absent', ...(of.how === 'hard' ? { restart: of.how } : {}) })
    .where('id', '=', of.machineId)
    .execute();
}
