import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type MaintenanceWindow, MINUTE_MS, momentsOf, openingsAt } from './window.ts';

const HOUR_MS = 3_600_000;
const at = (text: string): number => Date.parse(text);
const night: MaintenanceWindow = {
  weekdays: [1, 2, 3, 4, 5],
  fromMinute: 22 * 60,
  lastsMinutes: 240,
  timeZone: 'Europe/Vienna',
  atATime: 1,
  limitMinutes: 60,
  switchesOn: true,
};
const zones = fc.constantFrom('Europe/Vienna', 'UTC', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Apia');
const windows = fc
  .record({
    weekdays: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
    fromMinute: fc.nat(1_439),
    lastsMinutes: fc.integer({ min: 15, max: 1_380 }),
    timeZone: zones,
    limit: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ limit, ...rest }): MaintenanceWindow => ({
    ...night,
    ...rest,
    limitMinutes: Math.max(5, Math.floor(limit * rest.lastsMinutes)),
  }));
const instants = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2030, 0) });

describe('when a window is open', () => {
  it('is told by the day on which it begins, also after midnight', () => {
    // 2026-11-27 is a Friday; Vienna is an hour ahead of UTC.
    const friday = { fromMs: at('2026-11-27T21:00:00Z'), untilMs: at('2026-11-28T01:00:00Z') };
    const monday = { fromMs: at('2026-11-30T21:00:00Z'), untilMs: at('2026-12-01T01:00:00Z') };
    expect(openingsAt(night, at('2026-11-27T20:59:59Z'))).toEqual({ now: undefined, next: friday });
    expect(openingsAt(night, at('2026-11-27T21:00:00Z'))).toEqual({ now: friday, next: monday });
    expect(openingsAt(night, at('2026-11-28T00:59:59Z'))).toEqual({ now: friday, next: monday });
    expect(openingsAt(night, at('2026-11-28T01:00:00Z'))).toEqual({ now: undefined, next: monday });
  });

  it('keeps its length when the clocks change', () => {
    const sunday = { ...night, weekdays: [6] };
    const { next } = openingsAt(sunday, at('2026-03-27T12:00:00Z'));
    expect(next).toEqual({ fromMs: at('2026-03-28T21:00:00Z'), untilMs: at('2026-03-29T01:00:00Z') });
  });

  it('is found the same by whoever looks, and never twice at once', () => {
    fc.assert(
      fc.property(windows, instants, (window, nowMs) => {
        const { now, next } = openingsAt(window, nowMs);
        expect(next.fromMs).toBeGreaterThan(nowMs);
        expect(next.fromMs - nowMs).toBeLessThanOrEqual(8 * 24 * HOUR_MS);
        expect(openingsAt(window, next.fromMs).now).toEqual(next);
        expect(openingsAt(window, next.untilMs - 1).now).toEqual(next);
        if (now !== undefined) {
          expect(now.fromMs).toBeLessThanOrEqual(nowMs);
          expect(now.untilMs).toBeGreaterThan(nowMs);
          expect(now.untilMs).toBeLessThanOrEqual(next.fromMs);
        }
      }),
    );
  });
});

describe('the moments of machines', () => {
  const opening = { fromMs: at('2026-11-27T21:00:00Z'), untilMs: at('2026-11-28T01:00:00Z') };
  const machines = fc
    .uniqueArray(fc.uuid(), { maxLength: 60 })
    .chain((ids) => fc.tuple(...ids.map((id) => fc.nat(2).map((host) => ({ id, hostId: `host ${host}` })))));

  it('lie evenly over the window on each host: one in each of as many slots as it has machines', () => {
    fc.assert(
      fc.property(machines, fc.nat(240), (all, workMinutes) => {
        const moments = momentsOf(opening, workMinutes * MINUTE_MS, all);
        const roomMs = opening.untilMs - opening.fromMs - workMinutes * MINUTE_MS;
        for (const group of Map.groupBy(all, ({ hostId }) => hostId).values()) {
          const times = group.map(({ id }) => moments.get(id) ?? Number.NaN).toSorted((a, b) => a - b);
          for (const [slot, time] of times.entries()) {
            expect(time).toBeGreaterThanOrEqual(
              opening.fromMs + Math.floor((slot * roomMs) / group.length) - 1,
            );
            expect(time).toBeLessThanOrEqual(opening.fromMs + ((slot + 1) * roomMs) / group.length);
            expect(time).toBeLessThanOrEqual(opening.untilMs - workMinutes * MINUTE_MS);
          }
        }
      }),
    );
  });

  it('are the same for every server, whatever the order in which it knows the machines', () => {
    fc.assert(
      fc.property(machines, (all) => {
        const moments = momentsOf(opening, HOUR_MS, all);
        const again = momentsOf(opening, HOUR_MS, all.toReversed());
        expect(Object.fromEntries(again)).toEqual(Object.fromEntries(moments));
      }),
    );
  });

  it('are others in each window, and at no round times', () => {
    const all = Array.from({ length: 100 }, (_, index) => ({ id: `machine ${index}`, hostId: 'a' }));
    const later = { fromMs: opening.fromMs + 24 * HOUR_MS, untilMs: opening.untilMs + 24 * HOUR_MS };
    const tonight = momentsOf(opening, HOUR_MS, all);
    const tomorrow = momentsOf(later, HOUR_MS, all);
    const offsets = all.map(({ id }) => [
      (tonight.get(id) ?? 0) - opening.fromMs,
      (tomorrow.get(id) ?? 0) - later.fromMs,
    ]);
    const movedMs = offsets.map(([one = 0, other = 0]) => Math.abs(one - other));
    // Of two independent lots in three hours the mean distance is an hour.
    expect(movedMs.reduce((sum, each) => sum + each, 0) / all.length).toBeGreaterThan(HOUR_MS / 2);
    expect(offsets.filter(([one = 0]) => one % MINUTE_MS === 0).length).toBeLessThan(5);
  });
});
