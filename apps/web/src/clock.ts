/**
 * The one source of time and chance in the browser, so that what waits or retries can be driven by a test.
 */
export type Clock = {
  /** Milliseconds since 1970; may jump. */
  now(): number;
  /** Milliseconds that never go back; only differences mean something. */
  monotonicMs(): number;
  /** Calls `run` once after `ms`; returns how to call it off. */
  after(ms: number, run: () => void): () => void;
  /** In [0, 1), good enough for jitter. */
  fraction(): number;
};

export const browserClock: Clock = {
  now: () => Date.now(),
  monotonicMs: () => performance.now(),
  after(ms, run) {
    const timer = setTimeout(run, ms);
    return () => clearTimeout(timer);
  },
  fraction: () => Math.random(),
};

/** Calls `run` every `ms` until called off; never twice at once. */
export function every(clock: Clock, ms: number, run: () => void): () => void {
  let cancel = clock.after(ms, tick);
  function tick(): void {
    cancel = clock.after(ms, tick);
    run();
  }
  return () => cancel();
}
