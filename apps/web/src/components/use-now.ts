import { useSyncExternalStore } from 'react';
import { browserClock, every } from '../clock.ts';

const STEP_MS = 5_000;

/** One clock for all that shows how long ago something was: it goes while anything shows it. */
const watchers = new Set<() => void>();
let stop: (() => void) | undefined;
let now = browserClock.now();

function tick(): void {
  now = browserClock.now();
  for (const watcher of watchers) watcher();
}

function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  if (stop === undefined) {
    now = browserClock.now();
    stop = every(browserClock, STEP_MS, tick);
  }
  return () => {
    watchers.delete(watcher);
    if (watchers.size > 0) return;
    stop?.();
    stop = undefined;
  };
}

/** Milliseconds since 1970, anew every few seconds. */
export const useNow = (): number => useSyncExternalStore(watch, () => now);
