import { expect, it } from 'vitest';
import { retryAt } from './policy.ts';

it('tries ever more rarely, and never when nobody waits any more', () => {
  const mail = { kind: 'reset', createdAtMs: 0 } as const;
  const tries: number[] = [];
  for (let at: number | undefined = 0, attempts = 1; at !== undefined; attempts += 1) {
    tries.push(at);
    at = retryAt(mail, attempts, at);
  }
  const gaps = tries.slice(1).map((at, index) => at - tries[index]!);
  expect(gaps.slice(0, 3)).toEqual([10_000, 20_000, 40_000]);
  expect(Math.max(...gaps)).toBe(300_000);
  expect(tries.at(-1)).toBeLessThanOrEqual(30 * 60_000);
  expect(tries.at(-1)).toBeGreaterThan(20 * 60_000);
});
