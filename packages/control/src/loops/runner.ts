import { backoffMs, type Clock, type Log, messageOf, type Rng } from '@orangery/std';
import type { Locks } from './locks.ts';
import { failed, type Loop, type LoopName, type Turn, turnLock } from './loop.ts';

const FAILED_FIRST_MS = 1_000;
const FAILED_MAX_MS = 60_000;

type ObjectState = {
  running: boolean;
  /** Its last turn was so short a time ago that the next one waits. */
  resting: boolean;
  /** Nudged meanwhile: look once more. */
  again: boolean;
  failures: number;
  cancelTimer: (() => void) | undefined;
  lastDetail: string;
};

/** What waits for a place, in its order: what something happened to goes before what is only looked at now and then. */
type Queue = { nudged: Set<string>; periodic: Set<string> };
type Why = keyof Queue;

export type RunnerOptions = {
  locks: Locks;
  clock: Clock;
  rng: Rng;
  log: Log;
  report: (report: LoopReport) => Promise<void>;
};

export type LoopReport = { loop: LoopName; key: string; turn: Turn };

/** Runs the loops: on their periods, on nudges, single-flight per object, with a pause after failures. */
export class LoopRunner {
  readonly #loops: ReadonlyMap<LoopName, Loop>;
  readonly #options: RunnerOptions;
  readonly #states = new Map<string, ObjectState>();
  readonly #running = new Map<LoopName, number>();
  readonly #queued = new Map<LoopName, Queue>();
  readonly #active = new Set<Promise<void>>();
  readonly #periods = new Map<LoopName, () => void>();
  #controller = new AbortController();
  #stopped = true;

  constructor(loops: readonly Loop[], options: RunnerOptions) {
    this.#loops = new Map(loops.map((loop) => [loop.name, loop]));
    this.#options = options;
  }

  start(): void {
    this.#stopped = false;
    for (const loop of this.#loops.values()) this.#tick(loop);
  }

  /** Ends when no turn runs any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    for (const cancel of this.#periods.values()) cancel();
    for (const state of this.#states.values()) state.cancelTimer?.();
    this.#queued.clear();
    this.abortTurns('the server stops');
    while (this.#active.size > 0) await Promise.allSettled(this.#active);
  }

  /** Ends all turns that run, e.g. because their locks are lost. */
  abortTurns(reason: string): void {
    this.#controller.abort(new Error(reason));
    this.#controller = new AbortController();
  }

  /** Looks at one object soon; at all of the loop without a key. */
  nudge(name: LoopName, key?: string): void {
    const loop = this.#loops.get(name);
    if (loop === undefined || this.#stopped) return;
    if (key !== undefined) {
      this.#due(loop, key, 'nudged');
      return;
    }
    this.#track(
      loop.keys().then(
        (keys) => {
          for (const each of keys) this.#due(loop, each, 'periodic');
        },
        (error: unknown) =>
          this.#options.log.warn(
            { loop: name, reason: messageOf(error) },
            'the objects of a loop could not be listed',
          ),
      ),
    );
  }

  #tick(loop: Loop): void {
    if (this.#stopped) return;
    this.nudge(loop.name);
    this.#periods.set(
      loop.name,
      this.#options.clock.after(loop.periodMs, () => this.#tick(loop)),
    );
  }

  #due(loop: Loop, key: string, why: Why): void {
    if (this.#stopped) return;
    const state = this.#state(loop, key);
    if (state.running || state.resting) {
      state.again = true;
      return;
    }
    state.cancelTimer?.();
    state.cancelTimer = undefined;
    const count = this.#running.get(loop.name) ?? 0;
    if (count >= loop.parallel) {
      this.#enqueue(loop.name, key, why);
      return;
    }
    const queue = this.#queued.get(loop.name);
    queue?.nudged.delete(key);
    queue?.periodic.delete(key);
    state.running = true;
    state.again = false;
    this.#running.set(loop.name, count + 1);
    this.#track(this.#run(loop, key, state));
  }

  async #run(loop: Loop, key: string, state: ObjectState): Promise<void> {
    const { locks, rng, log } = this.#options;
    const signal = this.#controller.signal;
    let turn: Turn | undefined;
    try {
      const done = await locks.tryWith(turnLock(loop.name, key), () => loop.turn(key, signal));
      // Another process has it; it will also be the one that goes on.
      turn = done?.value;
    } catch (error) {
      if (!signal.aborted) log.warn({ loop: loop.name, key, reason: messageOf(error) }, 'a turn failed');
      turn = failed(messageOf(error));
    }
    if (turn !== undefined) {
      if (turn.detail !== state.lastDetail || turn.outcome === 'failed') {
        state.lastDetail = turn.detail;
        await this.#options.report({ loop: loop.name, key, turn }).catch(() => {});
      }
      state.failures = turn.outcome === 'failed' ? state.failures + 1 : 0;
    }
    // Only now: what is nudged while the report is written is a nudge of this run, or it would be forgotten with its state.
    state.running = false;
    this.#running.set(loop.name, (this.#running.get(loop.name) ?? 1) - 1);
    if (!this.#stopped) {
      const againMs =
        turn?.againMs ??
        (turn?.outcome === 'failed'
          ? backoffMs(state.failures - 1, FAILED_FIRST_MS, FAILED_MAX_MS, rng)
          : undefined);
      if (loop.restMs !== undefined) this.#rest(loop, key, state, loop.restMs, againMs);
      else if (state.again) this.#due(loop, key, 'nudged');
      else this.#later(loop, key, state, againMs);
      this.#next(loop);
    }
  }

  /** Looks again after `againMs`; without it, its state is forgotten. */
  #later(loop: Loop, key: string, state: ObjectState, againMs: number | undefined): void {
    if (againMs === undefined) this.#states.delete(`${loop.name}:${key}`);
    else state.cancelTimer = this.#options.clock.after(againMs, () => this.#due(loop, key, 'nudged'));
  }

  #rest(loop: Loop, key: string, state: ObjectState, restMs: number, againMs: number | undefined): void {
    state.resting = true;
    state.cancelTimer = this.#options.clock.after(restMs, () => {
      state.resting = false;
      state.cancelTimer = undefined;
      if (state.again) this.#due(loop, key, 'nudged');
      else this.#later(loop, key, state, againMs === undefined ? undefined : Math.max(0, againMs - restMs));
    });
  }

  #enqueue(name: LoopName, key: string, why: Why): void {
    const queue = this.#queued.get(name) ?? { nudged: new Set(), periodic: new Set() };
    this.#queued.set(name, queue);
    if (queue.nudged.has(key)) return;
    if (why === 'nudged') queue.periodic.delete(key);
    queue[why].add(key);
  }

  #next(loop: Loop): void {
    const queue = this.#queued.get(loop.name);
    if (queue === undefined) return;
    for (const why of ['nudged', 'periodic'] as const) {
      const { value } = queue[why].values().next();
      if (value === undefined) continue;
      queue[why].delete(value);
      this.#due(loop, value, why);
      return;
    }
  }

  #state(loop: Loop, key: string): ObjectState {
    const name = `${loop.name}:${key}`;
    let state = this.#states.get(name);
    if (state === undefined) {
      state = {
        running: false,
        resting: false,
        again: false,
        failures: 0,
        cancelTimer: undefined,
        lastDetail: '',
      };
      this.#states.set(name, state);
    }
    return state;
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#active.delete(tracked));
    this.#active.add(tracked);
  }
}
