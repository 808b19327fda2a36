import { describe, expect, test } from 'vitest';
import type { Maintenance } from '../../../api/client.ts';
import { barOf, countsOf, shownFirst, ticksOf, typedWindow, windowFaults, windowIn } from './maintenance.ts';

const window = {
  weekdays: [5, 6],
  fromMinute: 1_320,
  lastsMinutes: 240,
  timeZone: 'Europe/Vienna',
  atATime: 3,
  limitMinutes: 45,
  switchesOn: false,
};
const opening = { fromAt: '2026-11-27T21:00:00.000Z', untilAt: '2026-11-28T01:00:00.000Z' };
const machine = (changes: Partial<Maintenance> = {}): Maintenance => ({
  id: null,
  machineId: null,
  machine: 'pc',
  host: null,
  owner: null,
  phase: 'planned',
  outcome: null,
  reason: null,
  dueAt: '2026-11-27T22:00:00.000Z',
  startedAt: null,
  endedAt: null,
  askedBy: null,
  items: [],
  ...changes,
});

describe('a window that is typed', () => {
  test('is the same as before when nothing is changed, and none where it is off', () => {
    const typed = typedWindow({ maintenance: window, timeZone: 'UTC' });
    expect(typed).toMatchObject({ on: true, from: '22:00', until: '02:00' });
    expect(windowIn(typed)).toEqual(window);
    expect(windowIn({ ...typed, on: false })).toBeNull();
    expect(typedWindow({ maintenance: null, timeZone: 'Asia/Tokyo' })).toMatchObject({
      on: false,
      timeZone: 'Asia/Tokyo',
    });
  });

  test('has its faults where they are', () => {
    const typed = typedWindow({ maintenance: window, timeZone: 'UTC' });
    const faults = (changes: object): string[] =>
      Object.entries(windowFaults({ ...typed, ...changes })).flatMap(([path, fault]) =>
        fault === null ? [] : [path],
      );
    expect(faults({})).toEqual([]);
    expect(faults({ weekdays: [] })).toEqual(['weekdays']);
    expect(faults({ until: '22:05' })).toEqual(['until', 'limitMinutes']);
    expect(faults({ until: '22:00' })).toContain('until');
    expect(faults({ limitMinutes: 300 })).toEqual(['limitMinutes']);
    expect(faults({ on: false, weekdays: [] })).toEqual([]);
  });
});

describe('the picture of a window', () => {
  test('has a point where a moment is to come, and a bar where work was or is', () => {
    const nowMs = Date.parse('2026-11-28T00:00:00.000Z');
    expect(barOf(opening, machine(), nowMs)).toEqual({ left: 25, width: 0 });
    const startedAt = '2026-11-27T23:00:00.000Z';
    expect(barOf(opening, machine({ startedAt }), nowMs)).toEqual({ left: 50, width: 25 });
    const endedAt = '2026-11-27T23:30:00.000Z';
    expect(barOf(opening, machine({ startedAt, endedAt }), nowMs)).toEqual({ left: 50, width: 12.5 });
    expect(barOf(opening, machine({ startedAt: '2026-11-28T09:00:00.000Z' }), nowMs)).toEqual({
      left: 100,
      width: 0,
    });
  });

  test('tells the times of its own place, and how many stand where', () => {
    expect(ticksOf(opening, 'Europe/Vienna')).toEqual(['22:00', '23:00', '00:00', '01:00', '02:00']);
    const all = [
      machine(),
      machine({ phase: 'ended', outcome: 'done' }),
      machine({ phase: 'ended', outcome: 'failed' }),
      machine({ phase: 'running' }),
    ];
    expect(countsOf(all)).toBe('1 failed, 1 running, 1 done, 1 to come');
  });

  test('shows first what needs a look, still in the order of moments', () => {
    const all = ['a', 'b', 'c', 'd'].map((name) =>
      machine({ machine: name, ...(name === 'd' ? { phase: 'ended', outcome: 'failed' } : {}) }),
    );
    expect(shownFirst(all, 2).map((each) => each.machine)).toEqual(['a', 'd']);
    expect(shownFirst(all, 9)).toHaveLength(4);
  });
});
