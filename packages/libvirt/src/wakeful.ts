import type { Clock } from '@orangery/std';

/** A daemon of this machine answers a small call in about 0.1 ms; nothing that crosses a network does. */
const QUICK_MS = 0.3;
/** One look of an idle loop takes about 4 µs. */
const LOOKS_MAX = 60;

/**
 * Keeps the event loop from falling asleep while an answer is about to come: to be put to sleep and woken takes as
 * long as the answer itself, and half the calls per second (bench rpc). Only where the last answer was quick, so a
 * remote host or a long call costs no more than one round of looks. Other work of the loop goes on in between.
 *
 *     asked ──▶ answered quickly ──▶ the next answer is looked out for
 *        └────▶ answered late ─────▶ the next one is only timed
 */
export class Wakeful {
  readonly #clock: Clock;
  readonly #look = (): void => {
    this.#looksLeft -= 1;
    this.#looks = this.#looksLeft > 0;
    if (this.#looks) setImmediate(this.#look);
  };
  #looks = false;
  #looksLeft = 0;
  #askedMs = 0;
  #quick = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  asked(): void {
    this.#askedMs = this.#clock.monotonicMs();
    if (!this.#quick) return;
    this.#looksLeft = LOOKS_MAX;
    if (this.#looks) return;
    this.#looks = true;
    setImmediate(this.#look);
  }

  answered(others: { stillWait: boolean }): void {
    this.#quick = this.#clock.monotonicMs() - this.#askedMs < QUICK_MS;
    if (!others.stillWait) this.#looksLeft = 0;
  }
}
