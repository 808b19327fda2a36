import type { poolDemandSchema } from '@orangery/contract';
import type { DB } from '@orangery/database';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import {
  type Arrivals,
  learn,
  type Learned,
  pastOf,
  SLOT_MINUTES,
  SLOTS_A_DAY,
  SLOTS_AHEAD,
  WEEKS,
} from './learn.ts';
import { localTime } from '../local-time.ts';
import { decideReadiness, readHours } from './readiness.ts';

type Demand = z.infer<typeof poolDemandSchema>;

/**
 * Arrivals on this weekday, today and in the weeks before, with the first slots of the days after them: what comes right
 * after midnight is looked for before it. A week before the pool was made is not known.
 */
export async function readArrivals(
  db: Kysely<DB>,
  pool: Pick<Selectable<DB['pool']>, 'id' | 'time_zone' | 'created_at'>,
  nowMs: number,
): Promise<Arrivals> {
  const slots = SLOTS_A_DAY + SLOTS_AHEAD - 1;
  const { rows } = await sql<{ week: number; known: boolean; slot: number | null; arrivals: number }>`
    with day as (
      select week, date_trunc('day', ${new Date(nowMs)}::timestamptz at time zone ${pool.time_zone})
        - make_interval(weeks => week) as midnight
      from generate_series(0, ${WEEKS}::integer) week)
    select week, midnight at time zone ${pool.time_zone} >= ${pool.created_at}::timestamptz as known,
      floor(extract(epoch from (created_at at time zone ${pool.time_zone}) - midnight)
        / ${SLOT_MINUTES * 60}::integer)::integer as slot,
      count(created_at) as arrivals
    from day left join session on pool_id = ${pool.id}
      and created_at >= midnight at time zone ${pool.time_zone}
      and created_at < (midnight + make_interval(mins => ${slots * SLOT_MINUTES}::integer)) at time zone ${pool.time_zone}
    group by 1, 2, 3 order by 1`.execute(db);
  const weeks = Array.from({ length: WEEKS + 1 }, (_, week) => ({
    week,
    known: rows.some((row) => row.week === week && row.known),
    counts: Array.from({ length: slots }, () => 0),
  }));
  for (const { week, slot, arrivals } of rows) {
    const counts = weeks[week]?.counts;
    if (counts !== undefined && slot !== null && slot >= 0 && slot < slots) counts[slot] = arrivals;
  }
  return { weeks };
}

/** What the weeks before ask for now. */
export async function learnedNow(
  db: Kysely<DB>,
  pool: Parameters<typeof readArrivals>[1],
  nowMs: number,
): Promise<Learned | undefined> {
  const { weekday, minute } = localTime(nowMs, pool.time_zone);
  return learn(await readArrivals(db, pool, nowMs), Math.floor(minute / SLOT_MINUTES), weekday);
}

/** The pool's day as it asks for machines; undefined: there is no such pool. */
export async function demandOf({ db, clock }: Context, poolId: string): Promise<Demand | undefined> {
  const pool = await db
    .selectFrom('pool')
    .selectAll()
    .where('id', '=', poolId)
    .where('desired', '=', 'present')
    .executeTakeFirst();
  if (pool === undefined) return undefined;
  const nowMs = clock.now();
  const { weekday, minute } = localTime(nowMs, pool.time_zone);
  const arrivals = await readArrivals(db, pool, nowMs);
  const hours = await readHours(db, pool.id);
  const nowSlot = Math.floor(minute / SLOT_MINUTES);
  const slots = Array.from({ length: SLOTS_A_DAY }, (_, slot) => {
    const fromMinute = slot * SLOT_MINUTES;
    const learned = learn(arrivals, slot, weekday);
    const atMs = slot === nowSlot ? nowMs : nowMs + (fromMinute - minute) * 60_000;
    return {
      fromMinute,
      ...decideReadiness(pool.ready_count, hours, atMs, pool.learns ? learned : undefined),
      learned: learned?.readyCount ?? 0,
      past: pastOf(arrivals, slot),
      today: slot > nowSlot ? null : (arrivals.weeks[0]?.counts[slot] ?? 0),
    };
  });
  const { readyCount, reason } = slots[nowSlot] ?? { readyCount: pool.ready_count, reason: '' };
  return { timeZone: pool.time_zone, weekday, minute, now: { readyCount, reason }, slots };
}
