import type { DB } from '@orangery/database';
import type { Kysely } from 'kysely';
import type { Learned } from './learn.ts';
import { clockTime, localTime } from '../local-time.ts';

/** Hours at which a pool keeps more machines ready; minutes since midnight in its time zone, 1 is Monday. */
export type Hours = {
  weekdays: readonly number[];
  fromMinute: number;
  untilMinute: number;
  timeZone: string;
  readyCount: number;
};

/** How many machines to keep ready now, and why: the most that its hours, or the weeks before, ask for. */
export function decideReadiness(
  readyCount: number,
  hours: readonly Hours[],
  nowMs: number,
  learned?: Learned,
): { readyCount: number; reason: string } {
  let wanted = { readyCount, reason: 'as always' };
  for (const each of hours) {
    const { weekday, minute } = localTime(nowMs, each.timeZone);
    const counts = each.weekdays.includes(weekday) && minute >= each.fromMinute && minute < each.untilMinute;
    if (counts && each.readyCount > wanted.readyCount) {
      const span = `${clockTime(each.fromMinute)} to ${clockTime(each.untilMinute)} ${each.timeZone}`;
      wanted = { readyCount: each.readyCount, reason: `by its hours, ${span}` };
    }
  }
  return learned !== undefined && learned.readyCount > wanted.readyCount ? learned : wanted;
}

export function readHours(db: Kysely<DB>, poolId: string): Promise<Hours[]> {
  return db
    .selectFrom('pool_schedule')
    .select([
      'weekdays',
      'from_minute as fromMinute',
      'until_minute as untilMinute',
      'time_zone as timeZone',
      'ready_count as readyCount',
    ])
    .where('pool_id', '=', poolId)
    .execute();
}
