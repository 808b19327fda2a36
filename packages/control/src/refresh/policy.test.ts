import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSame, nextRefresh, packageChanges, refreshNotes, type RefreshSchedule } from './policy.ts';

const daily: RefreshSchedule = {
  every: 'daily',
  weekday: 1,
  atMinute: 3 * 60,
  timeZone: 'Europe/Vienna',
  jitterMinutes: 0,
};
const next = (schedule: RefreshSchedule, after: string): string =>
  new Date(nextRefresh(schedule, Date.parse(after), 0) ?? 0).toISOString();

describe('when an image is refreshed', () => {
  it('is each day, or on one day of the week, at the time of its place', () => {
    expect(next(daily, '2026-01-15T01:59:00Z')).toBe('2026-01-15T02:00:00.000Z');
    expect(next(daily, '2026-01-15T02:00:00Z')).toBe('2026-01-16T02:00:00.000Z');
    // 2026-01-15 is a Thursday.
    expect(next({ ...daily, every: 'weekly', weekday: 4 }, '2026-01-15T01:00:00Z')).toBe(
      '2026-01-15T02:00:00.000Z',
    );
    expect(next({ ...daily, every: 'weekly', weekday: 4 }, '2026-01-15T03:00:00Z')).toBe(
      '2026-01-22T02:00:00.000Z',
    );
    expect(next({ ...daily, timeZone: 'Pacific/Auckland' }, '2026-01-15T01:00:00Z')).toBe(
      '2026-01-15T14:00:00.000Z',
    );
    expect(nextRefresh({ ...daily, every: 'off' }, 0, 0)).toBeUndefined();
  });

  it('keeps its local time when the clocks change, and has one each day then, too', () => {
    expect(next(daily, '2026-07-15T00:00:00Z')).toBe('2026-07-15T01:00:00.000Z');
    // In the night to 2026-03-29 there is no 02:30 in Vienna.
    const missing = { ...daily, atMinute: 150 };
    expect(next(missing, '2026-03-28T12:00:00Z')).toMatch(/^2026-03-29T0[01]:30/);
    // In the night to 2026-10-25 there are two.
    expect(next(missing, '2026-10-24T12:00:00Z')).toMatch(/^2026-10-25T0[01]:30/);
    expect(next(missing, next(missing, '2026-10-24T12:00:00Z'))).toMatch(/^2026-10-26T01:30/);
  });

  it('is later than now, and no later than its day and its jitter', () => {
    const schedule = fc.record({
      every: fc.constantFrom('daily' as const, 'weekly' as const),
      weekday: fc.integer({ min: 1, max: 7 }),
      atMinute: fc.integer({ min: 0, max: 1439 }),
      timeZone: fc.constantFrom('Europe/Vienna', 'UTC', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Apia'),
      jitterMinutes: fc.nat(240),
    });
    const at = fc.integer({ min: Date.UTC(2025, 0), max: Date.UTC(2030, 0) });
    fc.assert(
      fc.property(schedule, at, fc.double({ min: 0, max: 0.999, noNaN: true }), (each, afterMs, fraction) => {
        const nextMs = nextRefresh(each, afterMs, fraction) ?? 0;
        const daysMax = each.every === 'daily' ? 1 : 7;
        expect(nextMs).toBeGreaterThan(afterMs);
        expect(nextMs - afterMs).toBeLessThanOrEqual(
          (daysMax * 24 + 2) * 3_600_000 + each.jitterMinutes * 60_000,
        );
      }),
    );
  });
});

describe('what a refresh changed', () => {
  const p = (version: string, security = false): { version: string; security: boolean } => ({
    version,
    security,
  });
  const before = { libc6: p('1'), bash: p('5'), old: p('1'), openssl: p('3.0.11') };
  const after = { libc6: p('1', true), bash: p('6'), openssl: p('3.0.15', true), fresh: p('2') };

  it('is told package by package, security first', () => {
    expect(refreshNotes(before, after).split('\n')).toEqual([
      'Refreshed: 4 packages changed, 1 for security.',
      'openssl 3.0.11 → 3.0.15 (security)',
      'bash 5 → 6',
      '+ fresh 2',
      '− old 1',
    ]);
  });

  it('is nothing where all versions are the same, and unknown where the old ones are', () => {
    expect(packageChanges(before, before)).toEqual([]);
    expect([isSame(before, before), isSame(before, after), isSame(undefined, after)]).toEqual([
      true,
      false,
      false,
    ]);
    expect(refreshNotes(undefined, after)).toContain('not known');
  });

  it('fits into the notes, however much it is', () => {
    const many = Object.fromEntries(
      Array.from({ length: 3_000 }, (_, index) => [`package-${index}`, p('1')]),
    );
    const notes = refreshNotes({}, many);
    expect(notes.length).toBeLessThan(5_000);
    expect(notes).toMatch(/… and \d+ more$/);
  });
});
