import { expect, test } from 'vitest';
import { desktopSize, isScaled } from './fit.ts';

test('a desktop takes the size of the window, in the steps of graphics modes', () => {
  expect(desktopSize({ width: 1443, height: 901 })).toEqual({ width: 1440, height: 901 });
});

test('a phone gets a desktop that can be used', () => {
  expect(desktopSize({ width: 360, height: 640 })).toEqual({ width: 640, height: 1138 });
});

test('a window that is not laid out yet asks for nothing', () => {
  expect(desktopSize({ width: 0, height: 0 })).toBeUndefined();
});

test('a picture that fits is shown dot for dot', () => {
  const view = { width: 1443, height: 901 };
  expect(isScaled('follow', { width: 1440, height: 901 }, view)).toBe(false);
  expect(isScaled('follow', { width: 1920, height: 1080 }, view)).toBe(true);
  expect(isScaled('follow', { width: 800, height: 600 }, view)).toBe(true);
  expect(isScaled('scale', { width: 1440, height: 901 }, view)).toBe(true);
});
