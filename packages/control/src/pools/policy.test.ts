import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decidePool, type PoolView } from './policy.ts';

const empty: PoolView = {
  readyCount: 2,
  readyReason: 'as always',
  machinesMax: 10,
  free: [],
  next: [],
  rollout: undefined,
  outdated: [],
  inUse: 0,
  waiting: 0,
  homes: 0,
  pause: undefined,
};
const machines = (count: number, ready = true): { id: string; ready: boolean }[] =>
  Array.from({ length: count }, (_, index) => ({ id: `m${index}`, ready }));

describe('how many machines a pool makes', () => {
  it('keeps nothing of an older image where nothing is to be kept', () => {
    const old = [{ id: 'old', ready: true }];
    expect(decidePool({ ...empty, readyCount: 0, outdated: old }).retire).toEqual(['old']);
    expect(decidePool({ ...empty, readyCount: 1, outdated: old }).retire).toEqual([]);
    expect(decidePool({ ...empty, readyCount: 1, outdated: old, free: machines(1) }).retire).toEqual(['old']);
  });

  it('keeps the wanted number free, and one more for each session that waits', () => {
    expect(decidePool(empty).create).toBe(2);
    expect(decidePool({ ...empty, free: machines(1), waiting: 3 }).create).toBe(4);
    expect(decidePool({ ...empty, free: machines(2) }).create).toBe(0);
  });

  it('never goes beyond its limit, and says so', () => {
    const decision = decidePool({ ...empty, readyCount: 5, inUse: 8 });
    expect(decision.create).toBe(2);
    expect(decision.reason).toContain('limit of 10');
  });

  it('retires what is too many', () => {
    expect(decidePool({ ...empty, free: machines(4) }).retire).toEqual(['m2', 'm3']);
  });

  it('makes machines where files of people who wait are, however many wait elsewhere', () => {
    const decision = decidePool({ ...empty, free: machines(2), homes: 1 });
    expect(decision).toMatchObject({ createHome: 1, create: 0, retire: [] });
    expect(decision.reason).toContain('where people');
    expect(decidePool({ ...empty, homes: 1, pause: 'some failed' })).toMatchObject({
      createHome: 0,
      reason: 'some failed',
    });
  });

  it('lets one that nobody waits for give way to one that somebody waits for, where the pool is full', () => {
    const full = { ...empty, machinesMax: 4, inUse: 2, free: machines(2), homes: 1 };
    expect(decidePool(full)).toMatchObject({ createHome: 0, create: 0, retire: ['m1'] });
    expect(decidePool({ ...full, waiting: 1 })).toMatchObject({ retire: ['m1'] });
    expect(decidePool({ ...full, waiting: 2 })).toMatchObject({ retire: [] });
  });

  it('replaces machines of an older version only when new ones stand ready', () => {
    const outdated = [{ id: 'old', ready: true }];
    expect(decidePool({ ...empty, outdated }).retire).toEqual([]);
    expect(decidePool({ ...empty, free: machines(2, false), outdated }).retire).toEqual([]);
    expect(decidePool({ ...empty, free: machines(2), outdated }).retire).toEqual(['old']);
  });

  it('makes room for new ones when old ones fill the pool', () => {
    const decision = decidePool({
      ...empty,
      machinesMax: 2,
      outdated: [
        { id: 'a', ready: true },
        { id: 'b', ready: true },
      ],
    });
    expect(decision.retire).toEqual(['a', 'b']);
  });

  it('stops after a few failures in a row and tells why', () => {
    const decision = decidePool({ ...empty, pause: 'the last 3 machines failed' });
    expect(decision.create).toBe(0);
    expect(decision.reason).toBe('the last 3 machines failed');
  });

  it('never exceeds the limit and never retires a machine twice, whatever it sees', () => {
    const view = fc.record({
      readyCount: fc.nat(20),
      readyReason: fc.constant('as always'),
      machinesMax: fc.integer({ min: 1, max: 20 }),
      free: fc.nat(15).map((count) => machines(count)),
      next: fc.constant([]),
      rollout: fc.constant(undefined),
      outdated: fc
        .nat(10)
        .map((count) =>
          Array.from({ length: count }, (_, index) => ({ id: `old${index}`, ready: index % 2 === 0 })),
        ),
      inUse: fc.nat(20),
      waiting: fc.nat(20),
      homes: fc.nat(5),
      pause: fc.constantFrom(undefined, 'some failed'),
    });
    fc.assert(
      fc.property(view, (seen) => {
        const { create: unbound, createHome, retire } = decidePool(seen);
        const create = unbound + createHome;
        const total = seen.free.length + seen.outdated.length + seen.inUse;
        expect(create).toBeGreaterThanOrEqual(0);
        if (create > 0) expect(total + create).toBeLessThanOrEqual(seen.machinesMax);
        expect(new Set(retire).size).toBe(retire.length);
        // Creating and retiring current machines at once would go round in circles. What is made where somebody's files
        // are is theirs: it is not among those that may go.
        if (unbound > 0) expect(retire.every((id) => id.startsWith('old'))).toBe(true);
      }),
    );
  });
});
