import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type Arrivals, learn, pastOf, SLOTS_A_DAY, SLOTS_AHEAD, WEEKS } from './learn.ts';

const SLOT = 32;
/** Who came in the slot, the latest week first. */
const weeks = (...came: number[]): Arrivals => ({
  weeks: Array.from({ length: WEEKS + 1 }, (_, week) => ({
    week,
    known: week <= came.length,
    counts: Array.from({ length: SLOTS_A_DAY + SLOTS_AHEAD - 1 }, (__, slot) =>
      slot === SLOT && week > 0 ? (came[week - 1] ?? 0) : 0,
    ),
  })),
});

it('keeps what was usual, and says what it saw', () => {
  expect(learn(weeks(12, 9, 14, 11), SLOT, 1)).toEqual({
    readyCount: 12,
    reason: 'as 12, 9, 14 and 11 people came from 08:00 to 08:30 on the last 4 Mondays',
  });
  expect(learn(weeks(12), SLOT, 1)).toEqual({
    readyCount: 12,
    reason: 'as 12 people came from 08:00 to 08:30 a week ago',
  });
});

it('makes no custom of one day, neither of a rush nor of a holiday', () => {
  expect(learn(weeks(2, 200, 3, 2), SLOT, 1)?.readyCount).toBe(3);
  expect(learn(weeks(0, 20, 19, 21), SLOT, 1)?.readyCount).toBe(20);
});

it('looks a slot ahead, over midnight too', () => {
  expect(learn(weeks(5, 5), SLOT - 1, 1)?.readyCount).toBe(5);
  expect(learn(weeks(5, 5), SLOT + 1, 1)).toBeUndefined();
  const midnight = weeks(0);
  midnight.weeks[1]!.counts[SLOTS_A_DAY] = 7;
  expect(learn(midnight, SLOTS_A_DAY - 1, 1)).toMatchObject({
    readyCount: 7,
    reason: 'as 7 people came from 23:45 to 00:15 a week ago',
  });
});

it('knows nothing of a pool that was not there', () => {
  expect(learn(weeks(), SLOT, 1)).toBeUndefined();
});

it('never asks for more than once came, nor for less than came twice', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10_000), { minLength: 1, maxLength: WEEKS }), (came) => {
      const count = learn(weeks(...came), SLOT, 3)?.readyCount ?? 0;
      expect(pastOf(weeks(...came), SLOT)).toEqual(came);
      expect(count).toBeLessThanOrEqual(Math.max(...came));
      expect(came.filter((each) => each > count).length).toBeLessThanOrEqual(1);
    }),
  );
});
