import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import type { Context } from '../context.ts';
import { recordUsage } from '../usage.ts';
import { profileHolder } from './store.ts';
import { isUnentitled } from './unentitled.ts';

/** What happens to a machine whose session is over: a pooled one is thrown away, a person's own waits for them. */
async function releaseMachine(trx: Kysely<DB>, machineId: string): Promise<void> {
  const own = await trx
    .updateTable('machine')
    .set({ taken_at: null, adopted_at: null, released_at: sql`now()` })
    .where('id', '=', machineId)
    .where('principal_id', 'is not', null)
    .returning('id')
    .executeTakeFirst();
  if (own === undefined)
    await trx.updateTable('machine').set({ desired: 'absent' }).where('id', '=', machineId).execute();
}

const holds = {
  async finished(trx: Kysely<DB>, sessionId: string): Promise<boolean> {
    const more = await trx
      .selectFrom('session')
      .leftJoin('session_program as program', (join) =>
        join
          .onRef('program.session_id', '=', 'session.id')
          .on('program.started_at', 'is', null)
          .on('program.reason', 'is', null),
      )
      .select('session.id')
      .where('session.id', '=', sessionId)
      .where((eb) => eb.or([eb('session.mode', '=', 'desktop'), eb('program.id', 'is not', null)]))
      .executeTakeFirst();
    return more === undefined;
  },
  async unentitled(trx: Kysely<DB>, sessionId: string): Promise<boolean> {
    const row = await trx
      .selectFrom('session')
      .select('id')
      .where('id', '=', sessionId)
      .where(isUnentitled)
      .executeTakeFirst();
    return row !== undefined;
  },
};

/**
 * Logs a session off. Again is harmless. `only`: where, with its row locked, this still holds of it; `finished`: it shows
 * programs alone, and none waits to be started.
 */
export async function endSession(
  { db }: Context,
  sessionId: string,
  reason: string,
  { only }: { only?: keyof typeof holds } = {},
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    if (only !== undefined) {
      // Whoever opens something in it, or looks at it, locks its row first: after this they find it ended.
      await trx.selectFrom('session').select('id').where('id', '=', sessionId).forUpdate().execute();
      if (!(await holds[only](trx, sessionId))) return;
    }
    const session = await trx
      .updateTable('session')
      .set({ phase: 'ended', ended_at: sql`now()`, phase_since: sql`now()`, end_reason: reason })
      .where('id', '=', sessionId)
      .where('ended_at', 'is', null)
      .returningAll()
      .executeTakeFirst();
    if (session === undefined) return;
    if (session.machine_id !== null) await releaseMachine(trx, session.machine_id);
    await recordUsage(trx, session, 'session.ended', { reason });
  });
}

/** Which sessions: those of a pool, of a person, one alone, or all. */
export type SessionsOf = { poolId?: string; personId?: string; sessionId?: string };

/**
 * Ends sessions that wait for their first look and that their person may no longer enter: nothing of theirs is in them,
 * and their machines are free for others. Whoever clicked at the moment in which it was taken away, or what a killed
 * server did not come to, the sessions loop finds by the same question.
 */
export async function endUnentitled(
  context: Context,
  { poolId, personId, sessionId }: SessionsOf = {},
): Promise<void> {
  let sessions = context.db.selectFrom('session').select(['id', 'mode']).where(isUnentitled);
  if (poolId !== undefined) sessions = sessions.where('pool_id', '=', poolId);
  if (personId !== undefined) sessions = sessions.where('principal_id', '=', personId);
  if (sessionId !== undefined) sessions = sessions.where('id', '=', sessionId);
  for (const { id, mode } of await sessions.execute()) {
    const what = mode === 'desktop' ? 'desktop' : 'application';
    await endSession(context, id, `this ${what} may no longer be used`, { only: 'unentitled' });
  }
}

/**
 * The person's choice where their files are in use by another desktop of theirs: to end that one, or to go on without;
 * the latter also while they wait for a host that keeps their files and does not answer. False when there is nothing to
 * choose.
 */
export async function resolveProfile(
  context: Context,
  sessionId: string,
  choice: 'takeOver' | 'without',
): Promise<boolean> {
  const { db } = context;
  if (choice === 'without' && (await leaveLostFiles(db, sessionId))) return true;
  const session = await db
    .selectFrom('session')
    .select(['principal_id', 'machine_id'])
    .where('id', '=', sessionId)
    .where('profile', '=', 'conflict')
    .where('ended_at', 'is', null)
    .executeTakeFirst();
  if (session === undefined) return false;
  if (choice === 'takeOver') {
    const other = await profileHolder(context, session.principal_id);
    if (other !== undefined)
      await endSession(context, other.sessionId, 'its files were taken to another desktop');
  }
  const resolved = await db
    .updateTable('session')
    .set({ profile: choice === 'without' ? 'none' : 'disk' })
    .where('id', '=', sessionId)
    .where('profile', '=', 'conflict')
    .where('ended_at', 'is', null)
    .returning('machine_id')
    .executeTakeFirst();
  if (resolved === undefined) return false;
  await sql`select pg_notify('orangery_nudge', ${`sessions:${sessionId}`}),
    pg_notify('orangery_nudge', ${`machines:${resolved.machine_id}`})`.execute(db);
  return true;
}

async function leaveLostFiles(db: Kysely<DB>, sessionId: string): Promise<boolean> {
  const left = await db
    .updateTable('session')
    .set({ profile: 'none' })
    .where('id', '=', sessionId)
    .where('profile', '=', 'disk')
    .where('machine_id', 'is', null)
    .where('ended_at', 'is', null)
    .where(
      sql<boolean>`exists (select from profile_disk join host on host.id = profile_disk.host_id
        where profile_disk.principal_id = session.principal_id and host.phase <> 'ready')`,
    )
    .returning('pool_id')
    .executeTakeFirst();
  if (left === undefined) return false;
  await sql`select pg_notify('orangery_nudge', ${`sessions:${sessionId}`}),
    pg_notify('orangery_nudge', ${`pools:${left.pool_id}`})`.execute(db);
  return true;
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
      // What a viewer of a machine that was taken away still tells says nothing of the one that is to come.
      .where('machine_id', 'is not', null)
      .where('phase', '!=', phase)
      .returningAll()
      .executeTakeFirst();
    if (session !== undefined) await recordUsage(trx, session, `session.${phase}`, {});
  });
}

/** How long its viewer waits for the gateway, in milliseconds. */
export async function recordLatency({ db }: Context, sessionId: string, latencyMs: number): Promise<void> {
  await db
    .updateTable('session')
    .set({ latency_ms: latencyMs })
    .where('id', '=', sessionId)
    .where('ended_at', 'is', null)
    .execute();
}

/** Somebody typed or pointed in it. */
export async function recordInput({ db }: Context, sessionId: string, atMs: number): Promise<void> {
  await db
    .updateTable('session')
    .set({ last_input_at: new Date(atMs) })
    .where('id', '=', sessionId)
    .where('ended_at', 'is', null)
    .execute();
}

/**
 * Nobody looks at the sessions of gateways that died: PostgreSQL lists no connection of their name. One that was only
 * cut off for a moment tells of its viewers anew when it is back.
 */
export async function forgetLostViewers(context: Context): Promise<void> {
  const sessions = await context.db
    .selectFrom('session')
    .select('id')
    .where('phase', '=', 'connected')
    .where('ended_at', 'is', null)
    .where(
      sql<boolean>`not exists (select from pg_stat_activity
        where datname = current_database() and application_name = viewer ->> 'gateway')`,
    )
    .execute();
  for (const { id } of sessions) await markSession(context, id, 'disconnected');
}
