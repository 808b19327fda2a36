import { expect, test } from 'vitest';
import { ago, bytes, hours } from './format.ts';

test.each([
  [0, '0 B'],
  [1536, '1.5 KiB'],
  [10 * 1024 ** 3, '10 GiB'],
  [5 * 1024 ** 6, '5120 PiB'],
])('%i bytes are %s', (count, text) => expect(bytes(count)).toBe(text));

test.each([
  [-60, 'now'],
  [3, 'now'],
  [59, '59 seconds ago'],
  [3_600, '1 hour ago'],
  [86_400, 'yesterday'],
])('%i seconds are %s', (seconds, text) => {
  const baseMs = Date.UTC(2026, 0, 2);
  expect(ago(new Date(baseMs - seconds * 1000).toISOString(), baseMs)).toBe(text);
});

test.each([
  [-5, '0 min'],
  [59_999, '0 min'],
  [3_599_999, '59 min'],
  [3_600_000, '1 h 0 min'],
  [100 * 3_600_000 + 60_000, '100 h 1 min'],
])('%i ms are %s', (ms, text) => expect(hours(ms)).toBe(text));
