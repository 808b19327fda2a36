/** Lets requests wait for "something changed" without asking the database in between. */
export class Changes {
  #wait = Promise.withResolvers<void>();

  /** Resolves at the next change. Take it before you look, so that no change falls in between. */
  next(): Promise<void> {
    return this.#wait.promise;
  }

  announce(): void {
    this.#wait.resolve();
    this.#wait = Promise.withResolvers();
  }
}
