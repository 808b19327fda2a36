import { describe, expect, it } from 'vitest';
import { type LogonProfile, seeded, type Visit, visits } from './profile.ts';

const HOUR_MS = 3_600_000;
const profile: LogonProfile = {
  people: 10_000,
  minutes: 60,
  shape: 'normal',
  doubleClicks: 0.1,
  leaving: 0.2,
  stayMinutes: 15,
};

const within = (all: Visit[], fromMs: number, untilMs: number): number =>
  all.filter(({ atMs }) => atMs >= fromMs && atMs < untilMs).length / all.length;
const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

describe('a morning', () => {
  it('brings everybody once, in order, within its time', () => {
    for (const shape of ['normal', 'uniform', 'burst'] as const) {
      const all = visits({ ...profile, shape }, seeded(1));
      expect(new Set(all.map(({ person }) => person)).size).toBe(10_000);
      expect(all).toEqual(all.toSorted((a, b) => a.atMs - b.atMs));
      expect(all[0]!.atMs).toBeGreaterThanOrEqual(0);
      expect(all.at(-1)!.atMs).toBeLessThanOrEqual(HOUR_MS);
    }
  });

  it('of the normal shape has two thirds of the people within one deviation of its middle', () => {
    const all = visits(profile, seeded(2));
    expect(within(all, HOUR_MS / 3, (HOUR_MS * 2) / 3)).toBeCloseTo(0.683, 1);
    expect(within(all, HOUR_MS / 6, (HOUR_MS * 5) / 6)).toBeCloseTo(0.955, 1);
  });

  it('of the uniform shape has as many in each quarter', () => {
    const all = visits({ ...profile, shape: 'uniform' }, seeded(3));
    for (let quarter = 0; quarter < 4; quarter += 1)
      expect(within(all, (quarter * HOUR_MS) / 4, ((quarter + 1) * HOUR_MS) / 4)).toBeCloseTo(0.25, 1);
  });

  it('of the burst shape is over within a minute', () => {
    expect(visits({ ...profile, shape: 'burst' }, seeded(4)).at(-1)!.atMs).toBeLessThanOrEqual(60_000);
  });

  it('has the shares of double clicks and of people who leave, after the time it names', () => {
    const all = visits(profile, seeded(5));
    expect(all.filter(({ secondClickMs }) => secondClickMs !== undefined).length / 10_000).toBeCloseTo(
      0.1,
      1,
    );
    const stays = all.flatMap(({ stayMs }) => (stayMs === undefined ? [] : [stayMs]));
    expect(stays.length / 10_000).toBeCloseTo(0.2, 1);
    expect(mean(stays) / 60_000).toBeGreaterThan(13);
    expect(mean(stays) / 60_000).toBeLessThan(17);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(visits(profile, seeded(6))).toEqual(visits(profile, seeded(6)));
    expect(visits(profile, seeded(6))).not.toEqual(visits(profile, seeded(7)));
  });
});
