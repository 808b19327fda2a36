import type { Call } from './call.ts';
import { CALLS_QUEUED_BYTES_MAX, CALLS_QUEUED_MAX } from './wire/limits.ts';

/** Calls that wait for a place in flight: first come, first served, but long ones may have to stand aside. */
export class CallQueue {
  readonly #calls: Call[] = [];
  #bytes = 0;

  get full(): boolean {
    return this.#calls.length >= CALLS_QUEUED_MAX || this.#bytes >= CALLS_QUEUED_BYTES_MAX;
  }

  push(call: Call): void {
    this.#calls.push(call);
    this.#bytes += call.message.length;
  }

  /** Takes out the call whose turn it is. */
  next(mayBeLong: boolean): Call | undefined {
    const index = mayBeLong ? 0 : this.#calls.findIndex((call) => call.procedure.manner !== 'long');
    const call = this.#calls[index];
    if (call !== undefined) this.#removeAt(index);
    return call;
  }

  /** Harmless for a call that does not wait. */
  remove(call: Call): void {
    const index = this.#calls.indexOf(call);
    if (index >= 0) this.#removeAt(index);
  }

  empty(): Call[] {
    this.#bytes = 0;
    return this.#calls.splice(0);
  }

  #removeAt(index: number): void {
    const [call] = index === 0 ? [this.#calls.shift()] : this.#calls.splice(index, 1);
    this.#bytes -= call?.message.length ?? 0;
  }
}
