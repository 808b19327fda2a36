/** Lets requests wait for "this changed" without asking the database in between, and without waking for what others do. */
export class Changes {
  readonly #waiting = new Map<string, Set<() => void>>();

  /**
   * `changed` resolves at the next change of any of these. Take it before you look, so that no change falls in between;
   * `stop` it when you no longer wait.
   */
  next(ids: readonly string[]): { changed: Promise<void>; stop: () => void } {
    const { promise, resolve } = Promise.withResolvers<void>();
    for (const id of ids) {
      const waiting = this.#waiting.get(id) ?? new Set();
      waiting.add(resolve);
      this.#waiting.set(id, waiting);
    }
    const stop = (): void => {
      for (const id of ids) {
        const waiting = this.#waiting.get(id);
        waiting?.delete(resolve);
        if (waiting?.size === 0) this.#waiting.delete(id);
      }
    };
    return { changed: promise, stop };
  }

  announce(id: string): void {
    for (const resolve of this.#waiting.get(id) ?? []) resolve();
  }

  /** Anything may have changed. */
  announceAll(): void {
    for (const waiting of this.#waiting.values()) for (const resolve of waiting) resolve();
  }

  /** How many objects somebody waits for. */
  get size(): number {
    return this.#waiting.size;
  }
}
