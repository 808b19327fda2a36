import { sql } from 'kysely';
import { tryToAssign } from '../broker/broker.ts';
import { serveQueue } from '../broker/serve.ts';
import type { Context } from '../context.ts';
import { gone, type Loop, progress, settled, waiting } from '../loops/loop.ts';
import { bringProfile } from '../profiles/claim.ts';
import { profileHolder } from './store.ts';
import { endSession, endUnentitled } from './service.ts';
import { isUnentitled } from './unentitled.ts';

/**
 * Gives waiting sessions a machine, in their order; ends those whose machine is lost, whose person may no longer use them
 * or that nobody came back to.
 */
export function sessionsLoop(context: Context): Loop {
  const { db, step, clock } = context;
  return {
    name: 'sessions',
    periodMs: 5_000,
    // One at a time, so that who waits longest is first.
    parallel: 1,
    async keys() {
      const rows = await dueSessions(db);
      return rows.map((row) => row.id);
    },
    async turn(id) {
      const session = await db
        .selectFrom('session')
        .innerJoin('pool', 'pool.id', 'session.pool_id')
        .leftJoin('machine', 'machine.id', 'session.machine_id')
        .selectAll('session')
        .select([
          'pool.disconnect_timeout_s',
          'pool.idle_timeout_s',
          'pool.kind as poolKind',
          'machine.adopted_at as adoptedAt',
          'machine.phase as machinePhase',
          'machine.desired as machineDesired',
          'machine.reason as machineReason',
          sql<Date | null>`case when machine.phase = 'ready' then machine.phase_since end`.as(
            'machineReadyAt',
          ),
          isUnentitled.as('unentitled'),
        ])
        .where('session.id', '=', id)
        .executeTakeFirst();
      if (session === undefined || session.phase === 'ended') return gone('ended');
      if (session.unentitled) {
        await step('session.end', () => endUnentitled(context, { sessionId: id }));
        return progress('ended: its person may no longer use it');
      }
      if (session.machine_id === null && session.phase !== 'waiting') {
        await step('session.end', () => endSession(context, id, 'its machine is gone'));
        return progress('ended');
      }
      if (session.machinePhase === 'failed' || session.machineDesired === 'absent') {
        const reason = `its machine ended: ${session.machineReason ?? 'it was deleted'}`;
        await step('session.end', () => endSession(context, id, reason));
        return progress('ended');
      }
      if (session.machine_id === null) {
        const assigned = await step('session.assign', async () => {
          const own = await db.transaction().execute((trx) => tryToAssign(trx, id, session.pool_id));
          // Where there is one for the first, there may be more for those behind.
          // Who has to wait for a machine where their files are keeps nobody from those elsewhere.
          const others = own === 'assigned' || (own === 'none' && session.profile !== 'none');
          if (others && session.poolKind === 'pooled') await serveQueue(db, session.pool_id);
          return own;
        });
        if (assigned === 'assigned') {
          await nudgeNext(db, session.pool_id);
          return progress('has a machine now');
        }
        // Whoever is before it is looked at often enough, and nudges it then.
        if (assigned === 'behind') return waiting('others wait longer');
        await sql`select pg_notify('orangery_nudge', ${`pools:${session.pool_id}`})`.execute(db);
        return waiting('no machine is free', 500);
      }
      if (
        session.profile === 'conflict' &&
        (await profileHolder(context, session.principal_id)) === undefined
      ) {
        // Who had their files has ended: there is nothing to choose any more.
        await db
          .updateTable('session')
          .set({ profile: 'disk' })
          .where('id', '=', id)
          .where('profile', '=', 'conflict')
          .execute();
        return progress('its files are free', 0);
      }
      if (session.profile === 'disk' && session.adoptedAt === null) {
        const claim = await step('session.claimProfile', () => bringProfile(db, id));
        if (claim === 'elsewhere') return progress('gets a machine where its files are', 0);
        if (claim === 'closing') return waiting('its profile disk is being closed elsewhere', 300);
      }
      if (session.phase === 'connected' && session.idle_timeout_s !== null) {
        const lastMs = Math.max(session.phase_since.getTime(), session.last_input_at?.getTime() ?? 0);
        const leftMs = lastMs + session.idle_timeout_s * 1000 - clock.now();
        if (leftMs <= 0) {
          await step('session.end', () => endSession(context, id, 'nobody typed or pointed for too long'));
          return progress('ended');
        }
      }
      // Also who clicked and never came to see it, since its machine is ready.
      const unseen = session.phase === 'waiting' ? session.machineReadyAt : null;
      if (session.phase === 'disconnected' || unseen !== null) {
        const awayMs = clock.now() - Math.max(session.phase_since.getTime(), unseen?.getTime() ?? 0);
        const leftMs = session.disconnect_timeout_s * 1000 - awayMs;
        if (leftMs <= 0) {
          await step('session.end', () => endSession(context, id, 'nobody came back in time'));
          return progress('ended');
        }
      }
      return settled(session.phase);
    },
  };
}

/**
 * Sessions that may need something, in their order: ten thousand that only go on are told apart by one look at all of
 * them. What is not due says so by the same conditions in the turn above.
 */
function dueSessions(db: Context['db']): Promise<{ id: string }[]> {
  return db
    .selectFrom('session')
    .innerJoin('pool', 'pool.id', 'session.pool_id')
    .leftJoin('machine', 'machine.id', 'session.machine_id')
    .select('session.id')
    .where('session.ended_at', 'is', null)
    .where((eb) =>
      eb.or([
        eb.and([
          eb('session.machine_id', 'is', null),
          // In a queue, only the first can get anything.
          eb.or([
            eb('pool.kind', '=', 'persistent'),
            eb('session.phase', '!=', 'waiting'),
            sql<boolean>`session.id = (select first.id from session first
              where first.pool_id = pool.id and first.ended_at is null and first.machine_id is null
              order by first.created_at, first.id limit 1)`,
          ]),
        ]),
        isUnentitled,
        eb('machine.phase', '=', 'failed'),
        eb('machine.desired', '=', 'absent'),
        eb('session.profile', '=', 'conflict'),
        eb.and([eb('session.profile', '=', 'disk'), eb('machine.adopted_at', 'is', null)]),
        eb.and([
          eb('session.phase', '=', 'connected'),
          sql<boolean>`greatest(session.phase_since, session.last_input_at)
            + make_interval(secs => pool.idle_timeout_s) <= now()`,
        ]),
        eb.and([
          eb('session.phase', '=', 'disconnected'),
          sql<boolean>`session.phase_since + make_interval(secs => pool.disconnect_timeout_s) <= now()`,
        ]),
        eb.and([
          eb('session.phase', '=', 'waiting'),
          eb('machine.phase', '=', 'ready'),
          sql<boolean>`greatest(session.phase_since, machine.phase_since) + make_interval(secs => pool.disconnect_timeout_s) <= now()`,
        ]),
      ]),
    )
    .orderBy('session.created_at')
    .orderBy('session.id')
    .execute();
}

/** Who waits longest now. */
async function nudgeNext(db: Context['db'], poolId: string): Promise<void> {
  await sql`select pg_notify('orangery_nudge', 'sessions:' || id) from (
    select id from session where pool_id = ${poolId} and ended_at is null and machine_id is null
    order by created_at, id limit 1) next`.execute(db);
}
