/** Gathers what is told from outside, so that a test can wait for it: events may come after a call's reply. */
export class Collector<T> {
  readonly #seen: T[] = [];
  #wake: (() => void) | undefined;

  add(value: T): void {
    this.#seen.push(value);
    this.#wake?.();
  }

  /** Everything so far, once there are at least `count`. */
  async first(count: number): Promise<readonly T[]> {
    while (this.#seen.length < count) await new Promise<void>((resolve) => (this.#wake = resolve));
    return this.#seen;
  }
}
