import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decidePool } from './policy.ts';
import { decideRollout, FAILURES_MAX, type RolloutView, type Wave } from './rollout-policy.ts';

const view: RolloutView = {
  kind: 'pooled',
  phase: 'rolling',
  wave: 'canary',
  template: { ready: true, failures: 0, reason: null },
  machines: { failures: 0, reason: null },
  wanted: 8,
  ready: 0,
  inUse: 0,
  oldFree: 8,
};

describe('a roll-out', () => {
  it('goes from one machine to a quarter to all, each wave when the one before stands', () => {
    expect(decideRollout(view)).toEqual({ kind: 'roll', wave: 'canary', share: 1 });
    expect(decideRollout({ ...view, ready: 1 })).toEqual({ kind: 'roll', wave: 'quarter', share: 2 });
    expect(decideRollout({ ...view, wave: 'quarter', inUse: 2 })).toEqual({
      kind: 'roll',
      wave: 'all',
      share: 8,
    });
    expect(decideRollout({ ...view, wave: 'all', ready: 8, oldFree: 0 })).toEqual({ kind: 'done' });
    expect(decideRollout({ ...view, wave: 'all', ready: 7, oldFree: 0 }).kind).toBe('roll');
  });

  it('tries one machine even in a pool that keeps none ready', () => {
    expect(decideRollout({ ...view, wanted: 0, oldFree: 0 })).toMatchObject({ wave: 'canary', share: 1 });
    expect(decideRollout({ ...view, wanted: 0, oldFree: 0, ready: 1 })).toEqual({ kind: 'done' });
  });

  it('waits for its template, and stops when that fails twice', () => {
    const template = { ready: false, failures: 1, reason: 'it stands still' };
    expect(decideRollout({ ...view, template })).toEqual({ kind: 'wait', reason: 'it stands still' });
    const again = decideRollout({ ...view, template: { ...template, failures: FAILURES_MAX } });
    expect(again).toMatchObject({
      kind: 'stop',
      reason: expect.stringContaining('it stands still') as string,
    });
  });

  it('stops when its machines fail twice in a row, with the reason', () => {
    expect(decideRollout({ ...view, machines: { failures: 1, reason: 'no agent' } }).kind).toBe('roll');
    expect(decideRollout({ ...view, machines: { failures: 2, reason: 'no agent' } })).toMatchObject({
      kind: 'stop',
      reason: expect.stringContaining('no agent') as string,
    });
    expect(decideRollout({ ...view, phase: 'stopped', ready: 1 }).kind).toBe('wait');
  });

  it('exchanges nobody’s own machine', () => {
    expect(decideRollout({ ...view, kind: 'persistent' })).toEqual({ kind: 'done' });
  });
});

type Machine = { id: string; next: boolean; ready: boolean; failed: boolean; taken: boolean };
type Event = 'becomes ready' | 'opens' | 'logs off';

/** A pool on which both policies act after each event, with what they decided carried out at once. */
function simulate(options: {
  readyCount: number;
  machinesMax: number;
  oldInUse: number;
  newFails: (nth: number) => boolean;
  events: readonly Event[];
}): {
  states: { machines: Machine[]; wave: Wave; readyBefore: number }[];
  end: 'rolling' | 'stopped' | 'done';
} {
  let machines: Machine[] = [];
  let made = 0;
  let provenAt = 0;
  let madeNew = 0;
  let wave: Wave = 'canary';
  let end: 'rolling' | 'stopped' | 'done' = 'rolling';
  const add = (next: boolean, ready: boolean, taken = false): void => {
    made += 1;
    machines.push({ id: `m${made}`, next, ready, failed: false, taken });
  };
  for (let count = 0; count < options.readyCount; count += 1) add(false, true);
  for (let count = 0; count < options.oldInUse; count += 1) add(false, true, true);
  const states: { machines: Machine[]; wave: Wave; readyBefore: number }[] = [];
  const turn = (): void => {
    const alive = machines.filter(({ failed }) => !failed);
    const free = alive.filter(({ taken }) => !taken);
    const news = free.filter(({ next }) => next);
    const readyBefore = free.filter(({ ready }) => ready).length;
    const decision =
      end === 'done'
        ? { kind: 'done' as const }
        : decideRollout({
            ...view,
            phase: end,
            wave,
            wanted: options.readyCount,
            machines: {
              failures: machines.filter(({ failed, id }) => failed && Number(id.slice(1)) > provenAt).length,
              reason: 'broken',
            },
            ready: news.filter(({ ready }) => ready).length,
            inUse: alive.filter(({ next, taken }) => next && taken).length,
            oldFree: free.length - news.length,
          });
    if (decision.kind === 'stop') end = 'stopped';
    if (decision.kind === 'done') end = 'done';
    if (decision.kind === 'roll') ({ wave } = decision);
    const rolls = decision.kind === 'roll';
    const served = free.filter(({ next }) => next === (end === 'done'));
    const pool = decidePool({
      readyCount: options.readyCount,
      readyReason: 'as always',
      machinesMax: options.machinesMax,
      free: served,
      next: rolls ? news : [],
      rollout: rolls ? { share: decision.share, last: decision.wave === 'all' } : undefined,
      outdated: rolls ? [] : free.filter(({ next }) => next !== (end === 'done')),
      inUse: alive.length - free.length,
      waiting: 0,
      homes: 0,
      pause: undefined,
    });
    machines = machines.filter(({ id }) => !pool.retire.includes(id));
    for (let count = 0; count < pool.createNext; count += 1) add(true, false);
    for (let count = 0; count < pool.create; count += 1) add(end === 'done', false);
    states.push({ machines: structuredClone(machines), wave, readyBefore });
  };
  turn();
  for (const event of options.events) {
    if (event === 'becomes ready') {
      const starting = machines.find(({ ready, failed }) => !ready && !failed);
      if (starting?.next === true) {
        madeNew += 1;
        if (options.newFails(madeNew)) starting.failed = true;
        else provenAt = Math.max(provenAt, Number(starting.id.slice(1)));
      }
      if (starting !== undefined && !starting.failed) starting.ready = true;
    } else if (event === 'opens') {
      const first = machines.find(({ ready, taken, failed }) => ready && !taken && !failed);
      if (first !== undefined) first.taken = true;
    } else {
      const first = machines.find(({ taken }) => taken);
      machines = machines.filter((each) => each !== first);
    }
    turn();
  }
  return { states, end };
}

const arbitrary = fc.record({
  readyCount: fc.integer({ min: 1, max: 12 }),
  spare: fc.integer({ min: 1, max: 5 }),
  oldInUse: fc.nat(4),
  events: fc.array(fc.constantFrom<Event>('becomes ready', 'becomes ready', 'opens', 'logs off'), {
    maxLength: 60,
  }),
});

describe('a roll-out in a pool that people use', () => {
  it('never costs a ready machine that is promised, nor a person theirs, nor goes beyond the limit', () => {
    fc.assert(
      fc.property(arbitrary, fc.nat(3), ({ readyCount, spare, oldInUse, events }, failing) => {
        const machinesMax = readyCount + oldInUse + 60 + spare;
        const { states } = simulate({
          readyCount,
          machinesMax,
          oldInUse,
          newFails: (nth) => nth % 4 < failing,
          events,
        });
        let taken = new Set<string>();
        for (const { machines, readyBefore } of states) {
          const ready = machines.filter((each) => each.ready && !each.taken && !each.failed).length;
          expect(ready).toBeGreaterThanOrEqual(Math.min(readyCount, readyBefore));
          const now = new Set(machines.filter((each) => each.taken).map(({ id }) => id));
          // Of those in use, at most the one that logged off is gone.
          expect([...taken].filter((id) => !now.has(id)).length).toBeLessThanOrEqual(1);
          taken = now;
          expect(machines.filter(({ failed }) => !failed).length).toBeLessThanOrEqual(machinesMax);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('has one free machine of the new version at most until that one is ready', () => {
    fc.assert(
      fc.property(arbitrary, ({ readyCount, oldInUse, events }) => {
        const { states } = simulate({
          readyCount,
          machinesMax: 100,
          oldInUse,
          newFails: () => false,
          events,
        });
        for (const { machines, wave } of states) {
          const news = machines.filter(({ next }) => next);
          if (!news.some(({ ready }) => ready) && wave === 'canary')
            expect(news.length).toBeLessThanOrEqual(1);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('stops where all new machines fail, after two of them, and serves the old version whole', () => {
    fc.assert(
      fc.property(arbitrary, ({ readyCount, oldInUse }) => {
        const events = Array.from({ length: 40 }, () => 'becomes ready' as const);
        const { states, end } = simulate({
          readyCount,
          machinesMax: 100,
          oldInUse,
          newFails: () => true,
          events,
        });
        const last = states.at(-1)?.machines ?? [];
        expect(end).toBe('stopped');
        expect(last.filter(({ failed }) => failed).length).toBe(FAILURES_MAX);
        expect(last.filter((each) => each.ready && !each.taken && !each.next).length).toBe(readyCount);
      }),
      { numRuns: 100 },
    );
  });

  it('comes to its end wherever new machines become ready, also in a pool without room for one more', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 12 }), fc.nat(3), (readyCount, spare) => {
        const events = Array.from({ length: 80 }, () => 'becomes ready' as const);
        const machinesMax = readyCount + spare;
        const { states, end } = simulate({
          readyCount,
          machinesMax,
          oldInUse: 0,
          newFails: () => false,
          events,
        });
        expect(end).toBe('done');
        const last = states.at(-1)?.machines ?? [];
        expect(last.map(({ next, ready }) => next && ready)).toEqual(
          Array.from({ length: readyCount }, () => true),
        );
        for (const { machines } of states) {
          expect(machines.length).toBeLessThanOrEqual(machinesMax);
          // Without room, one at a time gives way.
          expect(machines.filter(({ ready }) => ready).length).toBeGreaterThanOrEqual(
            readyCount - (spare === 0 ? 1 : 0),
          );
        }
      }),
      { numRuns: 100 },
    );
  });
});
