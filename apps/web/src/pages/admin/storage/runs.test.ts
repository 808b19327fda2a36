import { expect, test } from 'vitest';
import { barsOf, chartWords, type Run, savedBy } from './runs.ts';

const run = (
  usedBefore: number | null,
  usedAfter: number | null,
  endedAt: string | null = '2026-11-22T02:00:00Z',
): Run => ({
  id: 'r',
  startedAt: '2026-11-22T01:00:00Z',
  endedAt,
  outcome: endedAt === null ? null : 'done',
  reason: null,
  progress: null,
  usedBefore,
  usedAfter,
});

test('what a run gave back is never less than nothing', () => {
  expect(savedBy(run(1_000, 400))).toBe(600);
  expect(savedBy(run(1_000, 1_400))).toBe(0);
  expect(savedBy(run(null, null))).toBe(0);
});

test('bars stand in the order of time, as high as what they gave back; one that runs has none', () => {
  const bars = barsOf([run(null, null, null), run(3_000, 2_000), run(9_000, 5_000)]);
  expect(bars.map(({ height }) => height)).toEqual([1, 0.25]);
});

test('the chart is told in words', () => {
  expect(chartWords([])).toBe('No run yet.');
  expect(chartWords([run(2_048, 1_024), run(4_096, 1_024)])).toBe(
    '2 runs gave back 4.0 KiB; the last one 1.0 KiB.',
  );
});
