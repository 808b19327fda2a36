import { clockTime } from '../local-time.ts';

/** Arrivals are counted by quarters of an hour of the pool's local day. */
export const SLOT_MINUTES = 15;
export const SLOTS_A_DAY = (24 * 60) / SLOT_MINUTES;
/** Machines are ready for who comes in this quarter of an hour and the next: they are made before they are needed. */
export const SLOTS_AHEAD = 2;
/** The same weekday of so many weeks is remembered. */
export const WEEKS = 4;

/** How many people came in each slot of a local day: `counts[week][slot]`, week 0 is today, 1 a week ago. */
export type Arrivals = { weeks: { week: number; known: boolean; counts: number[] }[] };

export type Learned = { readyCount: number; reason: string };

const WEEKDAYS = ['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays'];

/**
 * How many machines the weeks before ask for in a slot, and why. Of three weeks or more the second highest counts: one
 * day on which everybody came (or nobody did) is no custom yet. Of fewer, the highest.
 */
export function learn({ weeks }: Arrivals, slot: number, weekday: number): Learned | undefined {
  const came = pastOf({ weeks }, slot);
  const sorted = came.toSorted((a, b) => b - a);
  const readyCount = sorted[sorted.length >= 3 ? 1 : 0] ?? 0;
  if (readyCount === 0) return undefined;
  const from = slot * SLOT_MINUTES;
  const span = `${clockTime(from)} to ${clockTime(from + SLOTS_AHEAD * SLOT_MINUTES)}`;
  return {
    readyCount,
    reason:
      came.length === 1
        ? `as ${came[0]} people came from ${span} a week ago`
        : `as ${listed(came)} people came from ${span} on the last ${came.length} ${WEEKDAYS[weekday - 1] ?? 'days'}`,
  };
}

/** Who came in a slot and the next, the latest week first; only weeks that are known. */
export function pastOf({ weeks }: Arrivals, slot: number): number[] {
  return weeks.filter(({ week, known }) => week > 0 && known).map(({ counts }) => cameIn(counts, slot));
}

const cameIn = (counts: readonly number[], slot: number): number =>
  counts.slice(slot, slot + SLOTS_AHEAD).reduce((sum, count) => sum + count, 0);

const listed = (numbers: readonly number[]): string =>
  `${numbers.slice(0, -1).join(', ')} and ${numbers.at(-1)}`;
