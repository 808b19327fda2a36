import { sql } from 'kysely';
import { assignMachine } from '../broker/broker.ts';
import type { Context } from '../context.ts';
import { gone, type Loop, progress, settled, waiting } from '../loops/loop.ts';
import { bringProfile } from '../profiles/claim.ts';
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
      const rows = await db
        .selectFrom('session')
        .select('id')
        .where('ended_at', 'is', null)
        .orderBy('created_at')
        .orderBy('id')
        .execute();
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
          'machine.adopted_at as adoptedAt',
          'machine.phase as machinePhase',
          'machine.desired as machineDesired',
          'machine.reason as machineReason',
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
        const assigned = await step('session.assign', () =>
          db.transaction().execute((trx) => assignMachine(trx, id, session.pool_id)),
        );
        if (assigned) return progress('has a machine now');
        await sql`select pg_notify('orangery_nudge', ${`pools:${session.pool_id}`})`.execute(db);
        return waiting('no machine is free', 500);
      }
      if (session.profile === 'disk' && session.adoptedAt === null) {
        const claim = await step('session.claimProfile', () => bringProfile(db, id));
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
      if (session.phase === 'disconnected') {
        const awayMs = clock.now() - session.phase_since.getTime();
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
