import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import { isUnentitled } from '../sessions/unentitled.ts';
import { freeMachines, reasonFor } from './free.ts';

/** A statement for more would keep those who click meanwhile waiting. */
const TOGETHER_MAX = 64;
/** Where files bind people to a host, so many are looked through for one there. */
const FREE_LOOKED_AT = 256;

/**
 * Who of those who wait gets which free machine: both in their order; whose files are on a host gets one there, and
 * keeps nobody from machines elsewhere.
 */
export function pairUp<Waiting extends { home: string | null }, Free extends { host_id: string }>(
  waiting: readonly Waiting[],
  free: readonly Free[],
): [Waiting, Free][] {
  const left = [...free];
  return waiting.flatMap((each): [Waiting, Free][] => {
    const index = left.findIndex((machine) => each.home === null || machine.host_id === each.home);
    const [machine] = index === -1 ? [] : left.splice(index, 1);
    return machine === undefined ? [] : [[each, machine]];
  });
}

/**
 * Gives free machines of a pool to those who wait longest, as many as there are of both, at most 64; how many. A queue
 * that is served one by one grows while its pool's machines stand ready: each look at it has its cost, and people who
 * wait have theirs.
 */
export function serveQueue(db: Kysely<DB>, poolId: string): Promise<number> {
  return db.transaction().execute(async (trx) => {
    // Another server that serves it waits here, and finds what is left.
    const waiting = await trx
      .selectFrom('session')
      .select((eb) => [
        'id',
        'profile',
        eb
          .selectFrom('profile_disk')
          .select('host_id')
          .whereRef('profile_disk.principal_id', '=', 'session.principal_id')
          .where('session.profile', '!=', 'none')
          .as('home'),
      ])
      .where('pool_id', '=', poolId)
      .where('ended_at', 'is', null)
      .where('machine_id', 'is', null)
      .where('phase', '=', 'waiting')
      .where((eb) => eb.not(isUnentitled))
      .orderBy('created_at')
      .orderBy('id')
      .limit(TOGETHER_MAX)
      .forUpdate()
      .execute();
    if (waiting.length === 0) return 0;
    const bound = waiting.some(({ home }) => home !== null);
    const free = await freeMachines(trx, poolId)
      .select(['id', 'name', 'phase', 'host_id'])
      .limit(bound ? FREE_LOOKED_AT : waiting.length)
      .execute();
    const pairs = pairUp(waiting, free);
    if (pairs.length === 0) return 0;
    await trx
      .updateTable('machine')
      .set({ taken_at: sql`now()`, power: 'on' })
      .where(sql<boolean>`id = any(${pairs.map(([, { id }]) => id)}::uuid[])`)
      .execute();
    await sql`update session set machine_id = given.machine_id, reason = given.reason
      from unnest(
        ${pairs.map(([{ id }]) => id)}::uuid[], ${pairs.map(([, { id }]) => id)}::uuid[],
        ${pairs.map(([, machine]) => reasonFor(machine, false))}::text[]) as given (session_id, machine_id, reason)
      where session.id = given.session_id`.execute(trx);
    // Their files are brought in a turn of their own.
    const bring = pairs.filter(([{ profile }]) => profile === 'disk').map(([{ id }]) => `sessions:${id}`);
    if (bring.length > 0)
      await sql`select pg_notify('orangery_nudge', key) from unnest(${bring}::text[]) key`.execute(trx);
    return pairs.length;
  });
}
