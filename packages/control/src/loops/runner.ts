import { backoffMs, type Clock, type Log, messageOf, type Rng } from '@orangery/std';
import type { Locks } from './locks.ts';
import { failed, type Loop, type LoopName, type Turn, turnLock } from './loop.ts';

const FAILED_FIRST_MS = 1_000;
const FAILED_MAX_MS = 60_000;

type ObjectState = {
  running: boolean;
  /** Nudged while a turn ran: look once more. */
  again: boolean;
  failures: number;
  cancelTimer: (() => void) | undefined;
  lastDetail: string;
};

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
  readonly #queued = new Map<LoopName, string[]>();
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
      this.#due(loop, key);
      return;
    }
    this.#track(
      loop.keys().then(
        (keys) => {
          for (const each of keys) this.#due(loop, each);
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

  #due(loop: Loop, key: string): void {
    if (this.#stopped) return;
    const state = this.#state(loop, key);
    if (state.running) {
      state.again = true;
      return;
    }
    state.cancelTimer?.();
    state.cancelTimer = undefined;
    const count = this.#running.get(loop.name) ?? 0;
    if (count >= loop.parallel) {
      const queue = this.#queued.get(loop.name) ?? [];
      if (!queue.includes(key)) queue.push(key);
      this.#queued.set(loop.name, queue);
      return;
    }
    state.running = true;
    state.again = false;
    this.#running.set(loop.name, count + 1);
    this.#track(this.#run(loop, key, state));
  }

  async #run(loop: Loop, key: string, state: ObjectState): Promise<void> {
    const { locks, clock, rng, log } = this.#options;
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
    state.running = false;
    this.#running.set(loop.name, (this.#running.get(loop.name) ?? 1) - 1);
    if (turn !== undefined) {
      if (turn.detail !== state.lastDetail || turn.outcome === 'failed') {
        state.lastDetail = turn.detail;
        await this.#options.report({ loop: loop.name, key, turn }).catch(() => {});
      }
      state.failures = turn.outcome === 'failed' ? state.failures + 1 : 0;
    }
    if (!this.#stopped) {
      const againMs =
        turn?.againMs ??
        (turn?.outcome === 'failed'
          ? backoffMs(state.failures - 1, FAILED_FIRST_MS, FAILED_MAX_MS, rng)
          : undefined);
      if (state.again) this.#due(loop, key);
      else if (againMs !== undefined) state.cancelTimer = clock.after(againMs, () => this.#due(loop, key));
      else this.#states.delete(`${loop.name}:${key}`);
      const next = this.#queued.get(loop.name)?.shift();
      if (next !== undefined) this.#due(loop, next);
    }
  }

  #state(loop: Loop, key: string): ObjectState {
    const name = `${loop.name}:${key}`;
    let state = this.#states.get(name);
    if (state === undefined) {
      state = { running: false, again: false, failures: 0, cancelTimer: undefined, lastDetail: '' };
      this.#states.set(name, state);
    }
    return state;
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#active.delete(tracked));
    this.#active.add(tracked);
  }
}
