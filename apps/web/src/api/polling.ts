import { isLive } from './live.ts';

/**
 * How often a page asks while something changes, and otherwise. While it is told of changes it asks for what nobody is told
 * of: a place in a queue, how far something is. Queries pause by themselves while the page is hidden.
 */
const ASKED = { changingMs: 1_000, calmMs: 5_000 };
const TOLD = { changingMs: 3_000, calmMs: 60_000 };

export function pollMs(isChanging: boolean): number {
  const { changingMs, calmMs } = isLive() ? TOLD : ASKED;
  return isChanging ? changingMs : calmMs;
}
