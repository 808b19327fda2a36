import type { Clock } from '@orangery/std';

/** Within QEMU's shortest interval (30 ms), so that it never grows. */
const BUSY_MS = 20;
/** While somebody only looks: what a guest changes by itself is then at most about 100 ms late, and not two seconds. */
const IDLE_MS = 100;
/** After a key press or a change of the picture; what a key sets off may take this long to begin. */
const BUSY_FOR_MS = 1_000;

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

  /** Something is done, or something changes. */
  active(): void {
    this.#busyUntilMs = this.#clock.monotonicMs() + BUSY_FOR_MS;
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
