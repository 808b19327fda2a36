import type { Clock } from '@orangery/std';

/** Within QEMU's shortest interval (30 ms), so that it never grows. */
const BUSY_MS = 20;
/** While somebody only looks: what a guest changes by itself is then at most about 100 ms late, and not two seconds. */
const IDLE_MS = 100;
/** Somebody who works pauses about so long, and should not feel that they did. */
const INPUT_MS = 10_000;
/** What changed goes on changing, or does not: a caret that blinks is not worth a busy timer. */
const CHANGE_MS = 300;

/**
 * Keeps a console's refresh timer short. QEMU looks for changes less and less often while there are none, from 30 ms to
 * seconds, so that the first key after a pause waits; each message of certain kinds sets it back.
 */
export class Refresh {
  readonly #clock: Clock;
  readonly #pulse: () => void;
  #cancel: () => void = () => {};
  #busyUntilMs = 0;
  #running = false;
  #busy = false;

  constructor(clock: Clock, pulse: () => void) {
    this.#clock = clock;
    this.#pulse = pulse;
  }

  start(): void {
    if (this.#running) return;
    this.#running = true;
    this.#next();
  }

  /** Somebody does something. */
  input(): void {
    this.#hurry(INPUT_MS);
  }

  /** The picture changed. */
  changed(): void {
    this.#hurry(CHANGE_MS);
  }

  #hurry(forMs: number): void {
    this.#busyUntilMs = Math.max(this.#busyUntilMs, this.#clock.monotonicMs() + forMs);
    if (!this.#running || this.#busy) return;
    this.#cancel();
    this.#pulse();
    this.#next();
  }

  stop(): void {
    this.#running = false;
    this.#cancel();
  }

  #next(): void {
    this.#busy = this.#clock.monotonicMs() < this.#busyUntilMs;
    this.#cancel = this.#clock.after(this.#busy ? BUSY_MS : IDLE_MS, () => {
      this.#pulse();
      this.#next();
    });
  }
}
