import { expect, test } from 'vitest';
import { monthStart } from './month.ts';

test.each([
  ['2026-11-22T23:00:00Z', 'UTC', '2026-11-01T00:00:00.000Z'],
  ['2026-11-22T23:00:00Z', 'Europe/Vienna', '2026-10-31T23:00:00.000Z'],
  // Summer time ended within the month before.
  ['2026-10-30T12:00:00Z', 'Europe/Vienna', '2026-09-30T22:00:00.000Z'],
  // It is December there already.
  ['2026-11-30T13:00:00Z', 'Pacific/Auckland', '2026-11-30T11:00:00.000Z'],
  ['2026-01-01T01:00:00Z', 'America/New_York', '2025-12-01T05:00:00.000Z'],
])('at %s the month in %s began at %s', (now, zone, began) =>
  expect(new Date(monthStart(Date.parse(now), zone)).toISOString()).toBe(began),
);
