import type { Storage } from '../../../api/client.ts';
import { browserClock } from '../../../clock.ts';
import { bytes } from '../../../components/format.ts';

export type Run = Storage['dedupe']['runs'][number];

export const OUTCOMES: Readonly<Record<NonNullable<Run['outcome']>, string>> = {
  done: 'Done',
  cut: 'Ended early',
  failed: 'Failed',
};

/** What a run gave back; machines that wrote more meanwhile make it nothing. */
export const savedBy = ({ usedBefore, usedAfter }: Run): number =>
  usedBefore === null || usedAfter === null ? 0 : Math.max(0, usedBefore - usedAfter);

/** Ended runs, the oldest first, with their heights from 0 to 1. */
export function barsOf(runs: readonly Run[]): { run: Run; saved: number; height: number }[] {
  const ended = runs.filter(({ endedAt }) => endedAt !== null).toReversed();
  const most = Math.max(1, ...ended.map(savedBy));
  return ended.map((run) => ({ run, saved: savedBy(run), height: savedBy(run) / most }));
}

/** The chart for who does not see it. */
export function chartWords(runs: readonly Run[]): string {
  const bars = barsOf(runs);
  if (bars.length === 0) return 'No run yet.';
  const [last] = bars.slice(-1);
  const all = bars.reduce((sum, { saved }) => sum + saved, 0);
  return `${bars.length} runs gave back ${bytes(all)}; the last one ${bytes(last?.saved ?? 0)}.`;
}

/** When it is done next, in a few words. */
export function whenWords({ dedupe }: Storage): string {
  if (dedupe.runs[0]?.endedAt === null) return 'It runs now.';
  if (dedupe.nextAt === null) return 'Only when you ask for it.';
  const next = new Date(dedupe.nextAt);
  if (next.getTime() <= browserClock.now()) return 'Its time is now.';
  return `Next on ${next.toLocaleString('en-GB', { weekday: 'long', hour: '2-digit', minute: '2-digit' })}, by this browser’s clock.`;
}
