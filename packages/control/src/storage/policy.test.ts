import { describe, expect, it } from 'vitest';
import { decideDedupe, type DedupeView, mayGoOn } from './policy.ts';

const at = (text: string): number => Date.parse(text);
const view = (changes: Partial<DedupeView> = {}): DedupeView => ({
  enabled: true,
  fromMinute: 60,
  untilMinute: 300,
  timeZone: 'UTC',
  wantedAtMs: undefined,
  lastStartedMs: undefined,
  nowMs: at('2026-11-23T02:00:00Z'),
  ...changes,
});

describe('when equal content is looked for', () => {
  it('is once in its time, and until its end', () => {
    expect(decideDedupe(view())).toMatchObject({ kind: 'run', untilMs: at('2026-11-23T05:00:00Z') });
    expect(decideDedupe(view({ lastStartedMs: at('2026-11-23T01:00:10Z') }))).toMatchObject({
      kind: 'wait',
      nextMs: at('2026-11-24T01:00:00Z'),
    });
    expect(decideDedupe(view({ lastStartedMs: at('2026-11-22T04:00:00Z') })).kind).toBe('run');
    expect(decideDedupe(view({ nowMs: at('2026-11-23T05:00:00Z') })).kind).toBe('wait');
    expect(decideDedupe(view({ enabled: false })).kind).toBe('wait');
  });

  it('may lie over midnight, in its own time zone', () => {
    const night = { fromMinute: 1_380, untilMinute: 120, timeZone: 'Europe/Vienna' };
    expect(decideDedupe(view({ ...night, nowMs: at('2026-11-23T00:30:00Z') })).kind).toBe('run');
    expect(decideDedupe(view({ ...night, nowMs: at('2026-11-23T01:30:00Z') }))).toMatchObject({
      kind: 'wait',
      nextMs: at('2026-11-23T22:00:00Z'),
    });
    const begun = at('2026-11-22T22:10:00Z');
    expect(
      decideDedupe(view({ ...night, nowMs: at('2026-11-23T00:30:00Z'), lastStartedMs: begun })).kind,
    ).toBe('wait');
  });

  it('is at once when somebody asks, also where it is switched off, and only once', () => {
    const wantedAtMs = at('2026-11-23T01:59:00Z');
    const asked = view({ enabled: false, wantedAtMs });
    expect(decideDedupe(asked)).toMatchObject({ kind: 'run', untilMs: undefined });
    expect(decideDedupe({ ...asked, lastStartedMs: wantedAtMs + 1_000 }).kind).toBe('wait');
  });
});

describe('the pace', () => {
  it('stops above the limit and goes on well below it', () => {
    expect(mayGoOn(21, 20, true)).toBe(false);
    expect(mayGoOn(15, 20, true)).toBe(true);
    expect(mayGoOn(15, 20, false)).toBe(false);
    expect(mayGoOn(10, 20, false)).toBe(true);
    expect(mayGoOn(undefined, 20, false)).toBe(true);
  });
});
