import { describe, expect, it } from 'vitest';
import { ManualClock, silentLog } from '@orangery/std';
import { Locks } from './locks.ts';
import { failed, type Loop, settled, type Turn, waiting } from './loop.ts';
import { type LoopReport, LoopRunner } from './runner.ts';

const rng = { bytes: (count: number) => Buffer.alloc(count), uuid: () => 'u', fraction: () => 1 };

/** PostgreSQL's advisory locks, of one process. */
function freeLocks(clock: ManualClock): Locks {
  return new Locks(
    () => Promise.resolve({ query: () => Promise.resolve({ rows: [{ locked: true }] }) }),
    clock,
  );
}

function setUp(
  turn: (key: string, signal: AbortSignal) => Promise<Turn>,
  keys = ['a'],
  more: Partial<Loop> = {},
) {
  const clock = new ManualClock();
  const reports: LoopReport[] = [];
  const loop: Loop = {
    name: 'machines',
    periodMs: 1_000,
    parallel: 2,
    keys: () => Promise.resolve(keys),
    turn,
    ...more,
  };
  const runner = new LoopRunner([loop], {
    locks: freeLocks(clock),
    clock,
    rng,
    log: silentLog,
    report(report) {
      reports.push(report);
      return Promise.resolve();
    },
  });
  return { clock, runner, reports };
}
const breathe = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn += 1) await Promise.resolve();
};

describe('the runner of loops', () => {
  it('looks at each object at once, on its period, and when nudged', async () => {
    const turns: string[] = [];
    const { clock, runner } = setUp((key) => {
      turns.push(key);
      return Promise.resolve(settled('fine'));
    });
    runner.start();
    await clock.advance(0);
    expect(turns).toEqual(['a']);
    await clock.advance(1_000);
    expect(turns).toEqual(['a', 'a']);
    runner.nudge('machines', 'b');
    await breathe();
    expect(turns).toEqual(['a', 'a', 'b']);
    await runner.stop();
    expect(clock.pending).toBe(0);
  });

  it('forgets no nudge that comes while a report is written', async () => {
    const turns: string[] = [];
    const clock = new ManualClock();
    const written = Promise.withResolvers<void>();
    const loop: Loop = {
      name: 'machines',
      periodMs: 1_000_000,
      parallel: 2,
      keys: () => Promise.resolve(['a']),
      turn: (key) => {
        turns.push(key);
        return Promise.resolve(settled('fine'));
      },
    };
    const report = (): Promise<void> => written.promise;
    const runner = new LoopRunner([loop], { locks: freeLocks(clock), clock, rng, log: silentLog, report });
    runner.start();
    await clock.advance(0);
    await breathe();
    runner.nudge('machines', 'a');
    await breathe();
    // One at a time: the first is not over before it has been reported.
    expect(turns).toEqual(['a']);
    written.resolve();
    await breathe();
    await clock.advance(0);
    await breathe();
    expect(turns).toEqual(['a', 'a']);
    await runner.stop();
  });

  it('never runs two turns of one object at a time, and looks again when nudged meanwhile', async () => {
    let running = 0;
    let most = 0;
    let count = 0;
    const { clock, runner } = setUp(async () => {
      running += 1;
      most = Math.max(most, running);
      count += 1;
      await breathe();
      running -= 1;
      return settled('fine');
    });
    runner.start();
    await clock.advance(0);
    for (let nudges = 0; nudges < 5; nudges += 1) runner.nudge('machines', 'a');
    for (let waits = 0; waits < 10; waits += 1) await clock.advance(0);
    expect(most).toBe(1);
    expect(count).toBe(3);
    await runner.stop();
  });

  it('runs no more turns at the same time than the loop allows, and forgets none', async () => {
    const keys = ['a', 'b', 'c', 'd', 'e'];
    const seen = new Set<string>();
    let running = 0;
    let most = 0;
    const { clock, runner } = setUp(async (key) => {
      running += 1;
      most = Math.max(most, running);
      await breathe();
      seen.add(key);
      running -= 1;
      return settled('fine');
    }, keys);
    runner.start();
    for (let waits = 0; waits < 20; waits += 1) await clock.advance(0);
    expect(most).toBe(2);
    expect([...seen].sort()).toEqual(keys);
    await runner.stop();
  });

  it('lets what something happened to go before what is only looked at now and then', async () => {
    const turns: string[] = [];
    const { clock, runner } = setUp(
      async (key) => {
        turns.push(key);
        await breathe();
        return settled('fine');
      },
      ['a', 'b', 'c', 'd', 'e', 'f'],
    );
    runner.start();
    await breathe();
    runner.nudge('machines', 'f');
    runner.nudge('machines', 'x');
    for (let waits = 0; waits < 40; waits += 1) await clock.advance(0);
    expect(turns).toEqual(['a', 'b', 'f', 'x', 'c', 'd', 'e']);
    await runner.stop();
    expect(clock.pending).toBe(0);
  });

  it('takes nudges within a loop’s rest for one, and forgets none', async () => {
    const at: number[] = [];
    const { clock, runner } = setUp(
      () => {
        at.push(clock.now());
        return Promise.resolve(settled('fine'));
      },
      ['a'],
      { restMs: 100, periodMs: 60_000 },
    );
    const beganMs = clock.now();
    runner.start();
    await clock.advance(0);
    for (let nudges = 0; nudges < 5; nudges += 1) {
      await clock.advance(10);
      runner.nudge('machines', 'a');
    }
    await clock.advance(500);
    runner.nudge('machines', 'a');
    await breathe();
    await clock.advance(500);
    expect(at.map((ms) => ms - beganMs)).toEqual([0, 100, 550]);
    await runner.stop();
    expect(clock.pending).toBe(0);
  });

  it('looks again after a turn that asks for it, rest or not', async () => {
    const at: number[] = [];
    const { clock, runner } = setUp(
      () => {
        at.push(clock.now());
        return Promise.resolve(waiting('soon', 300));
      },
      ['a'],
      { restMs: 100, periodMs: 60_000 },
    );
    const beganMs = clock.now();
    runner.start();
    await clock.advance(0);
    await clock.advance(650);
    expect(at.map((ms) => ms - beganMs)).toEqual([0, 300, 600]);
    await runner.stop();
  });

  it('waits longer after each failure, and reports it', async () => {
    const at: number[] = [];
    const { clock, runner, reports } = setUp(() => {
      at.push(clock.now());
      return Promise.reject(new Error('broken'));
    });
    runner.start();
    await clock.advance(0);
    await clock.advance(3_500);
    expect(at.length).toBeGreaterThanOrEqual(2);
    expect(reports[0]?.turn).toEqual(failed('broken'));
    await runner.stop();
  });

  it('looks again when a turn asks for it', async () => {
    let count = 0;
    const { clock, runner } = setUp(() => {
      count += 1;
      return Promise.resolve(waiting('soon', 100));
    });
    runner.start();
    await clock.advance(0);
    await clock.advance(250);
    expect(count).toBe(3);
    await runner.stop();
  });

  it('aborts turns when the locks are lost', async () => {
    let aborted = false;
    const { clock, runner } = setUp(
      (_key, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(new Error('aborted'));
          });
        }),
    );
    runner.start();
    await clock.advance(0);
    runner.abortTurns('the locks are lost');
    await breathe();
    expect(aborted).toBe(true);
    await runner.stop();
  });
});
