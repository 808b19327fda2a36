import { LIVE_SILENT_MS, type Topic } from '@orangery/contract';
import type { Clock } from '@orangery/std';

/** Many changes of a moment are one event: a page that shows thousands of machines is asked for again this often at most. */
export const GAP_MS = 300;

/**
 * What one browser is still to be told. It keeps topics, each once, and no events: however much changes and however slowly
 * the browser reads, it holds no more than there are topics, and what it reads at last is one event.
 */
export class LiveStream {
  readonly #clock: Clock;
  readonly #pending: Set<Topic>;
  #ended = false;
  #wake = Promise.withResolvers<void>();

  /** @param first what the first event names */
  constructor(clock: Clock, first: readonly Topic[]) {
    this.#clock = clock;
    this.#pending = new Set(first);
  }

  add(topics: readonly Topic[]): void {
    if (topics.length === 0) return;
    for (const topic of topics) this.#pending.add(topic);
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  /** An event that names nothing says that the stream is still there. */
  async *events(): AsyncGenerator<{ topics: Topic[] }> {
    while (!this.#ended) {
      const topics = [...this.#pending];
      this.#pending.clear();
      yield { topics };
      await this.#until(GAP_MS, () => this.#ended);
      await this.#until(LIVE_SILENT_MS / 2, () => this.#ended || this.#pending.size > 0);
    }
  }

  /** Waits for it, but no longer than this. */
  async #until(ms: number, isSo: () => boolean): Promise<void> {
    const time = { isOver: false };
    const cancel = this.#clock.after(ms, () => {
      time.isOver = true;
      this.#wake.resolve();
    });
    while (!time.isOver && !isSo()) {
      await this.#wake.promise;
      this.#wake = Promise.withResolvers();
    }
    cancel();
  }
}
