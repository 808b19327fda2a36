import { expect, test } from 'vitest';
import { fullness, isLimited, shown } from './quotas.ts';

test('amounts are told in the units that people read', () => {
  expect(shown('memoryMib', 1536)).toBe('1.5 GiB');
  expect(shown('diskGib', 2048)).toBe('2.0 TiB');
  expect(shown('diskGib', 0)).toBe('0');
  expect(shown('sessions', 12)).toBe('12');
});

test('a bar is full where more is used than may be, and where nothing may', () => {
  expect([fullness(1, 4), fullness(5, 4), fullness(0, 4), fullness(0, 0)]).toEqual([25, 100, 0, 100]);
});

test('a quota without any number limits nothing', () => {
  const none = { vcpus: null, memoryMib: null, diskGib: null, machines: null, sessions: null };
  expect(isLimited(none)).toBe(false);
  expect(isLimited({ ...none, sessions: 0 })).toBe(true);
});
