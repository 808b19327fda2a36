/** Asks for what has changed, one request of each kind at a time: what changes meanwhile is asked for once more after it. */
export class Refresher<Kind> {
  readonly #refresh: (kind: Kind) => Promise<void>;
  /** Those that are being asked for; true: once more. */
  readonly #asked = new Map<Kind, boolean>();

  constructor(refresh: (kind: Kind) => Promise<void>) {
    this.#refresh = refresh;
  }

  add(kinds: readonly Kind[]): void {
    for (const kind of kinds) {
      if (this.#asked.has(kind)) this.#asked.set(kind, true);
      else void this.#run(kind);
    }
  }

  async #run(kind: Kind): Promise<void> {
    do {
      this.#asked.set(kind, false);
      // What failed is shown where it is shown, and asked for again there.
      await this.#refresh(kind).catch(() => {});
    } while (this.#asked.get(kind) === true);
    this.#asked.delete(kind);
  }
}
