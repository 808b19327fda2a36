import { expect, test } from 'vitest';
import { detailsOf } from './quality-words.ts';

test('the meter says what comes over the line and whether it is exact', () => {
  const quality = { level: 'good' as const, roundTripMs: 8, rough: false };
  expect(detailsOf({ ...quality, kilobitsPerS: 64, picturesPerS: 1 })).toBe(
    '64 kbit/s, 1 picture a second, every pixel exact',
  );
  expect(detailsOf({ ...quality, kilobitsPerS: 1_520, picturesPerS: 25, rough: true })).toBe(
    '1.5 Mbit/s, 25 pictures a second, parts are rough while they move',
  );
});
