import { expect, it } from 'vitest';
import { decideReadiness, type Hours } from './readiness.ts';

const morning: Hours = {
  weekdays: [1, 2, 3, 4, 5],
  fromMinute: 7 * 60,
  untilMinute: 9 * 60,
  timeZone: 'Europe/Vienna',
  readyCount: 50,
};
const at = (iso: string): number => Date.parse(iso);

it('keeps more ready in its hours, where its people live, summer and winter', () => {
  const count = (iso: string): number => decideReadiness(2, [morning], at(iso)).readyCount;
  expect(count('2026-07-01T05:00:00Z')).toBe(50);
  expect(count('2026-07-01T06:59:00Z')).toBe(50);
  expect(count('2026-07-01T07:00:00Z')).toBe(2);
  expect(count('2026-12-01T05:59:00Z')).toBe(2);
  expect(count('2026-12-01T06:00:00Z')).toBe(50);
});

it('rests at the weekend, and says why it keeps what it keeps', () => {
  expect(decideReadiness(2, [morning], at('2026-07-04T06:00:00Z'))).toEqual({
    readyCount: 2,
    reason: 'as always',
  });
  expect(decideReadiness(2, [morning], at('2026-07-01T06:00:00Z')).reason).toContain(
    '07:00 to 09:00 Europe/Vienna',
  );
});

it('takes the most of several, and never less than always', () => {
  const more = { ...morning, readyCount: 80, fromMinute: 8 * 60 };
  const few = { ...morning, readyCount: 1 };
  expect(decideReadiness(2, [morning, more], at('2026-07-01T06:30:00Z')).readyCount).toBe(80);
  expect(decideReadiness(2, [few], at('2026-07-01T06:30:00Z')).readyCount).toBe(2);
});
