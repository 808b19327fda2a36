import { expect, test } from 'vitest';
import { screenChoices, screenOf, screenValue } from './display.ts';

test('a size comes back as it was, and so does none', () => {
  expect(screenOf(screenValue({ width: 1_920, height: 1_080 }))).toEqual({ width: 1_920, height: 1_080 });
  expect(screenOf(screenValue(null))).toBeNull();
});

test('a size that only the API was told is among the choices', () => {
  expect(screenChoices({ width: 1_600, height: 900 }).map(({ value }) => value)).toContain('1600x900');
  expect(screenChoices({ width: 1_920, height: 1_080 })).toHaveLength(5);
});
