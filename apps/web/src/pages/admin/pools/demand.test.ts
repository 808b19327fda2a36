import { expect, test } from 'vitest';
import { curvesOf, demandWords } from './demand.ts';

const slot = (fromMinute: number, readyCount: number, past: number[], today: number | null) => ({
  fromMinute,
  readyCount,
  reason: '',
  learned: 0,
  past,
  today,
});
const demand = {
  timeZone: 'Europe/Vienna',
  weekday: 1,
  minute: 20,
  now: { readyCount: 5, reason: '' },
  slots: [slot(0, 1, [0, 2], 3), slot(15, 5, [4, 2], 2), slot(30, 5, [4, 1], null)],
};

test('curves end where the day has not come yet', () => {
  expect(curvesOf(demand)).toEqual({
    minutes: [0, 15, 30],
    kept: [1, 5, 5],
    today: [5, 2, null],
    before: [
      [0, 4, 4],
      [2, 2, 1],
    ],
  });
});

test('words tell each change once', () => {
  expect(demandWords(demand)).toBe(
    'Ready machines today, Europe/Vienna: 1 from 00:00, 5 from 00:15. 5 people came until now.',
  );
});
