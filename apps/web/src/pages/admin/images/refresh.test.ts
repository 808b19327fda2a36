import { expect, test } from 'vitest';
import { clockTime, minuteOf, refreshSays } from './refresh.ts';

test('times are read as they are written', () => {
  for (const minute of [0, 59, 180, 1_439]) expect(minuteOf(clockTime(minute))).toBe(minute);
  for (const text of ['', '24:00', '3', '12:60', 'noon']) expect(minuteOf(text)).toBeUndefined();
});

test('a schedule is told in words', () => {
  const at = { weekday: 7, atMinute: 185, timeZone: 'Europe/Vienna' };
  expect(refreshSays({ ...at, every: 'off' })).toBe('Not refreshed by itself.');
  expect(refreshSays({ ...at, every: 'daily' })).toContain('every day at 03:05 (Europe/Vienna)');
  expect(refreshSays({ ...at, every: 'weekly' })).toContain('every Sunday at');
});
