import { type Clock, every } from '../clock.ts';

export const PING_EVERY_MS = 2_000;
/** A gateway that is there answers within this, or sends picture meanwhile. */
export const SILENCE_MS_MAX = 6_000;
/** On a line that may be another one by now; twice what the slowest takes. */
export const DOUBT_MS = 1_200;
const SAMPLES_MAX = 5;

export type Quality = {
  level: 'good' | 'fair' | 'poor';
  roundTripMs: number;
  /** Since the measurement before. */
  kilobitsPerS: number;
  picturesPerS: number;
  /** Part of the picture is lossy while it moves. */
  rough: boolean;
};

/** What came so far. */
export type Came = { bytes: number; pictures: number; rough: boolean };

/** Judged by what a person feels while typing: below 60 ms nothing, from 150 ms on it is in the way. */
export function levelOf(roundTripMs: number): Quality['level'] {
  return roundTripMs < 60 ? 'good' : roundTripMs < 150 ? 'fair' : 'poor';
}

export type PulseOptions = {
  clock: Clock;
  ping: (at: number) => void;
  measured: (quality: Quality) => void;
  /** The line is dead though nobody has said so. */
  silent: () => void;
};

/**
 * Feels the pulse of a connection: round trip by ping and pong, and whether anything comes at all. A pong waits
 * behind the picture on a slow line, so that any byte counts as life.
 */
export class Pulse {
  readonly #options: PulseOptions;
  readonly #cancel: () => void;
  #samples: number[] = [];
  #heardMs: number;
  #tickedMs: number;
  #unansweredMs: number | undefined;
  #came: (Came & { atMs: number }) | undefined;
  readonly #startMs: number;
  #cancelDoubt = (): void => {};

  constructor(options: PulseOptions) {
    this.#options = options;
    this.#heardMs = this.#tickedMs = this.#startMs = options.clock.monotonicMs();
    this.#cancel = every(options.clock, PING_EVERY_MS, this.#tick);
    this.#ping(this.#heardMs);
  }

  /** Something came over the line. */
  heard(): void {
    this.#heardMs = this.#options.clock.monotonicMs();
    this.#unansweredMs = undefined;
  }

  pong(at: number, came: Came): void {
    const now = this.#options.clock.monotonicMs();
    this.#samples = [...this.#samples, now - at].slice(-SAMPLES_MAX);
    const sorted = this.#samples.toSorted((a, b) => a - b);
    const roundTripMs = Math.round(sorted[Math.floor(sorted.length / 2)] ?? now - at);
    const before = this.#came ?? { ...came, atMs: this.#startMs };
    const seconds = Math.max(0.001, (now - before.atMs) / 1_000);
    this.#came = { ...came, atMs: now };
    this.#options.measured({
      level: levelOf(roundTripMs),
      roundTripMs,
      kilobitsPerS: Math.round((8 * (came.bytes - before.bytes)) / 1_000 / seconds),
      picturesPerS: Math.round((came.pictures - before.pictures) / seconds),
      rough: came.rough,
    });
  }

  /** The line may be gone: it has to show that it is not. */
  doubt(): void {
    this.#cancelDoubt();
    this.#unansweredMs = undefined;
    this.#ping(this.#options.clock.monotonicMs());
    this.#cancelDoubt = this.#options.clock.after(DOUBT_MS, () => {
      if (this.#unansweredMs === undefined) return;
      this.stop();
      this.#options.silent();
    });
  }

  stop(): void {
    this.#cancelDoubt();
    this.#cancel();
  }

  #tick = (): void => {
    const now = this.#options.clock.monotonicMs();
    // The page slept (a closed lid, a tab in the background): what the line did meanwhile is not known yet.
    if (now - this.#tickedMs > 2 * PING_EVERY_MS) this.#unansweredMs = undefined;
    this.#tickedMs = now;
    if (this.#unansweredMs !== undefined && now - this.#unansweredMs >= SILENCE_MS_MAX) {
      this.stop();
      this.#options.silent();
      return;
    }
    this.#ping(now);
  };

  #ping(now: number): void {
    this.#unansweredMs ??= now;
    this.#options.ping(now);
  }
}
