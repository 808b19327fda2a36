import { expect, it } from 'vitest';
import { eachOf } from './each-of.ts';

it('each has its turn once, and never more than so many at a time', async () => {
  const done: number[] = [];
  let now = 0;
  let most = 0;
  await eachOf([1, 2, 3, 4, 5], 2, async (each) => {
    now += 1;
    most = Math.max(most, now);
    await Promise.resolve();
    done.push(each);
    now -= 1;
  });
  expect([done, most]).toEqual([[1, 2, 3, 4, 5], 2]);
  await eachOf([], 2, () => Promise.reject(new Error('nothing to do')));
});
