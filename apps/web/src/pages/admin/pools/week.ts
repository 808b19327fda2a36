import type { Pool } from '../../../api/client.ts';

type Hours = Pick<Pool['hours'][number], 'weekdays' | 'fromMinute' | 'untilMinute' | 'readyCount'>;
/** So many machines are ready in these minutes since midnight. */
export type Span = { fromMinute: number; untilMinute: number; readyCount: number };

export const DAY_MINUTES = 1_440;
export const WEEKDAYS = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'] as const;

/** Each day of the week from Monday: how many are ready when. As the pool itself decides, the most that is asked for. */
export function weekOf(readyCount: number, hours: readonly Hours[]): Span[][] {
  return WEEKDAYS.map((_, index) => {
    const today = hours.filter(({ weekdays }) => weekdays.includes(index + 1));
    const edges = [
      0,
      DAY_MINUTES,
      ...today.flatMap(({ fromMinute, untilMinute }) => [fromMinute, untilMinute]),
    ];
    const sorted = [...new Set(edges)].toSorted((a, b) => a - b);
    const spans: Span[] = [];
    for (const [at, untilMinute] of sorted.slice(1).entries()) {
      const fromMinute = sorted[at] ?? 0;
      const asked = today
        .filter((each) => each.fromMinute <= fromMinute && each.untilMinute > fromMinute)
        .map((each) => each.readyCount);
      const count = Math.max(readyCount, ...asked);
      const last = spans.at(-1);
      if (last?.readyCount === count) last.untilMinute = untilMinute;
      else spans.push({ fromMinute, untilMinute, readyCount: count });
    }
    return spans;
  });
}

/** What the picture shows, for who does not see it. */
export function weekWords(week: readonly Span[][]): string {
  return week
    .map((spans, day) => {
      const parts = spans.map(
        ({ fromMinute, untilMinute, readyCount }) =>
          `${readyCount} from ${clockTime(fromMinute)} to ${clockTime(untilMinute)}`,
      );
      const only = spans.length === 1 ? `${spans[0]?.readyCount ?? 0} all day` : parts.join(', ');
      return `${WEEKDAYS[day] ?? ''}: ${only}`;
    })
    .join('; ');
}

/** 450 → "07:30"; the end of the day is "24:00". */
export function clockTime(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, '0')}:${String(minute % 60).padStart(2, '0')}`;
}

/** "07:30" → 450; undefined where it is no time. */
export function minuteOf(time: string): number | undefined {
  const match = /^(\d\d):(\d\d)/.exec(time);
  return match === null ? undefined : Number(match[1]) * 60 + Number(match[2]);
}
