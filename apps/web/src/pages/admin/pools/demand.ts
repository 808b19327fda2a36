import type { PoolDemand } from '../../../api/client.ts';
import { clockTime } from './week.ts';

/** The curves of a pool's day over minutes since midnight; null is a time that is not there yet. */
export function curvesOf({ slots }: PoolDemand): {
  minutes: number[];
  kept: number[];
  today: (number | null)[];
  before: number[][];
} {
  const weeks = Math.max(0, ...slots.map(({ past }) => past.length));
  return {
    minutes: slots.map(({ fromMinute }) => fromMinute),
    kept: slots.map(({ readyCount }) => readyCount),
    // As the weeks before are told: with who came in the quarter of an hour after.
    today: slots.map(({ today }, at) => (today === null ? null : today + (slots[at + 1]?.today ?? 0))),
    before: Array.from({ length: weeks }, (_, week) => slots.map(({ past }) => past[week] ?? 0)),
  };
}

/** What the picture shows, for who does not see it. */
export function demandWords({ slots, timeZone }: PoolDemand): string {
  const spans: { from: number; readyCount: number }[] = [];
  for (const { fromMinute, readyCount } of slots) {
    if (spans.at(-1)?.readyCount !== readyCount) spans.push({ from: fromMinute, readyCount });
  }
  const came = slots.reduce((sum, { today }) => sum + (today ?? 0), 0);
  return `Ready machines today, ${timeZone}: ${spans
    .map(({ from, readyCount }) => `${readyCount} from ${clockTime(from)}`)
    .join(', ')}. ${came} people came until now.`;
}
