import { expect, test } from 'vitest';
import { ago, bytes } from './format.ts';

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
