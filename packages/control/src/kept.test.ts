import { ManualClock } from '@orangery/std';
import { expect, it } from 'vitest';
import type { Context } from './context.ts';
import { Kept } from './kept.ts';

it('what is kept is read once in so long, by each server, and anew when it failed', async () => {
  const clock = new ManualClock(0);
  // All that it needs of a server.
  const server = (): Context => ({ clock }) as Partial<Context> as Context;
  const [one, other] = [server(), server()];
  const kept = new Kept<number>(1_000);
  let reads = 0;
  const read = (): Promise<number> => Promise.resolve((reads += 1));
  expect(await Promise.all([kept.of(one, 'a', read), kept.of(one, 'a', read)])).toEqual([1, 1]);
  expect(await kept.of(one, 'b', read)).toBe(2);
  expect(await kept.of(other, 'a', read)).toBe(3);
  await clock.advance(999);
  expect(await kept.of(one, 'a', read)).toBe(1);
  await clock.advance(1);
  expect(await kept.of(one, 'a', read)).toBe(4);
  await expect(kept.of(one, 'c', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
  expect(await kept.of(one, 'c', read)).toBe(5);
});
