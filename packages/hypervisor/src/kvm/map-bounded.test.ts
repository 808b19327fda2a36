import { expect, test } from 'vitest';
import { mapBounded } from './map-bounded.ts';

test('results come in order, and never more than the limit are under way', async () => {
  let now = 0;
  let most = 0;
  const results = await mapBounded([5, 1, 4, 2, 3, 0], 2, async (turns) => {
    now += 1;
    most = Math.max(most, now);
    for (let turn = 0; turn < turns; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    now -= 1;
    return turns * 10;
  });
  expect(results).toEqual([50, 10, 40, 20, 30, 0]);
  expect(most).toBe(2);
  expect(await mapBounded([], 3, () => Promise.resolve(1))).toEqual([]);
});

test('the first failure is the outcome', async () => {
  const work = (item: number): Promise<number> =>
    item === 2 ? Promise.reject(new Error('two')) : Promise.resolve(item);
  await expect(mapBounded([1, 2, 3], 2, work)).rejects.toThrow('two');
});
