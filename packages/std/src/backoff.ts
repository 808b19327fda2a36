import type { Rng } from './rng.ts';

/**
 * The wait before attempt `attempt` (0 is the first retry): doubles from `firstMs` to at most `maxMs`, with
 * the upper half random, so that many clients of one broken peer do not return at the same moment.
 */
export function backoffMs(attempt: number, firstMs: number, maxMs: number, rng: Rng): number {
  const ceiling = Math.min(maxMs, firstMs * 2 ** Math.min(attempt, 30));
  return Math.round(ceiling / 2 + (ceiling / 2) * rng.fraction());
}
