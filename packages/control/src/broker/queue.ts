import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { Kept } from '../kept.ts';

/** Machines of a pool that were made last tell how long the next ones take. */
const SAMPLES = 20;

export type Queue = {
  /** 1 is the next. */
  position: number;
  /** Milliseconds until the person has a machine; null: when somebody logs off, which nobody can tell. */
  expectedMs: number | null;
  reason: string;
  /** The person's files are on a host that does not answer. */
  filesAway: boolean;
};

export type QueueView = {
  position: number;
  /** Machines that are being made and that nobody has yet, with the age of each in milliseconds. */
  making: readonly number[];
  /** How many more the pool may make. */
  room: number;
  /** How long machines of this pool took lately, from row to picture; null: none was made yet. */
  makeMs: number | null;
  /** The host that keeps the person's files, where it makes no machines now. */
  lostHome?: string;
};

/** When somebody who waits gets a machine: those being made come first, in their order, then those still to be begun. */
export function decideQueue({ position, making, room, makeMs, lostHome }: QueueView): Queue {
  if (lostHome !== undefined) {
    const reason = `Your files are on ${lostHome}, which does not answer now. You get a desktop as soon as it does.`;
    return { position, expectedMs: null, reason, filesAway: true };
  }
  const filesAway = false;
  if (position > making.length + room) {
    return {
      position,
      filesAway,
      expectedMs: null,
      reason: `All machines of the pool are in use. You are number ${position}: the next that comes free is for who waits longest.`,
    };
  }
  const where = position === 1 ? 'You are the next.' : `You are number ${position}.`;
  if (makeMs === null) {
    return { position, expectedMs: null, reason: `A machine is being made for you. ${where}`, filesAway };
  }
  const oldestFirst = making.toSorted((a, b) => b - a);
  const ageMs = oldestFirst[position - 1] ?? 0;
  // Those that are not begun yet are made one after the other, at the worst.
  const begunLater = Math.max(0, position - making.length);
  const expectedMs = Math.max(500, makeMs - ageMs) + Math.max(0, begunLater - 1) * makeMs;
  return { position, expectedMs, reason: `A machine is being made for you. ${where}`, filesAway };
}

/** Where a waiting session stands; undefined when it waits for no machine. */
export async function queueOf(context: Context, sessionId: string): Promise<Queue | undefined> {
  const { db, clock } = context;
  const row = await db
    .selectFrom('session')
    .leftJoin('profile_disk', (join) =>
      join
        .onRef('profile_disk.principal_id', '=', 'session.principal_id')
        .on('session.profile', '!=', 'none'),
    )
    .leftJoin('host', 'host.id', 'profile_disk.host_id')
    .select([
      'session.pool_id as poolId',
      'host.id as home',
      'host.name as homeName',
      'host.phase as homePhase',
    ])
    // Whose files are on a host waits for machines there, and for nobody who waits for others.
    .select(
      sql<number>`(
        select count(*) + 1 from session earlier
        where earlier.pool_id = session.pool_id and earlier.ended_at is null and earlier.machine_id is null
          and (earlier.created_at, earlier.id) < (session.created_at, session.id)
          and (host.id is null or not exists (
            select from profile_disk theirs where theirs.principal_id = earlier.principal_id
              and earlier.profile <> 'none' and theirs.host_id <> host.id)))`.as('position'),
    )
    .where('session.id', '=', sessionId)
    .where('session.machine_id', 'is', null)
    .where('session.ended_at', 'is', null)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { making, room, makeMs } = await outlooks.of(context, row.poolId, () =>
    readOutlook(context, row.poolId),
  );
  const now = clock.now();
  const there = making.filter(({ hostId }) => row.home === null || hostId === row.home);
  return decideQueue({
    position: row.position,
    making: there.map(({ atMs }) => Math.max(0, now - atMs)),
    room,
    makeMs,
    ...(row.homeName === null || row.homePhase === 'ready' ? {} : { lostHome: row.homeName }),
  });
}

type Outlook = { making: readonly { hostId: string; atMs: number }[]; room: number; makeMs: number | null };

/** A thousand people who wait ask the same of their pool: its machines are counted once for all of them. */
const outlooks = new Kept<Outlook>(1_000);

/** What the pool has on its way to people, and how long its machines took lately. */
async function readOutlook({ db }: Context, poolId: string): Promise<Outlook> {
  const row = await db
    .selectFrom('pool')
    .select([
      'machines_max',
      sql<number>`(
        select count(*) from machine where machine.pool_id = pool.id and machine.desired = 'running'
          and machine.phase <> 'failed')`.as('machines'),
      sql<{ hostId: string; atMs: number }[]>`(
        select coalesce(json_agg(json_build_object(
          'hostId', machine.host_id, 'atMs', extract(epoch from machine.created_at) * 1000)), '[]')
        from machine
        where machine.pool_id = pool.id and machine.desired = 'running' and machine.taken_at is null
          and machine.painted_at is null and machine.phase <> 'failed')`.as('making'),
      sql<number | null>`(
        select percentile_cont(0.5) within group (order by made.ms) from (
          select extract(epoch from painted_at - created_at) * 1000 as ms from machine
          where machine.pool_id = pool.id and painted_at is not null
          order by painted_at desc limit ${SAMPLES}) made)`.as('makeMs'),
    ])
    .where('id', '=', poolId)
    .executeTakeFirst();
  // A pool that is no more has room for nobody.
  if (row === undefined) return { making: [], room: 0, makeMs: null };
  return { making: row.making, room: Math.max(0, row.machines_max - row.machines), makeMs: row.makeMs };
}
