import { expect, it } from 'vitest';
import { Refresher } from './refresher.ts';

const settled = async (): Promise<void> => {
  for (let turns = 0; turns < 5; turns += 1) await Promise.resolve();
};

it('what changes while it is asked for is asked for once more, whatever comes of the first', async () => {
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const refresher = new Refresher<string>((kind) => {
    begun.push(kind);
    return new Promise((_, reject) => ends.push(() => reject(new Error('the line is gone'))));
  });
  refresher.add(['machines', 'pools']);
  for (let change = 0; change < 10; change += 1) refresher.add(['machines']);
  await settled();
  expect(begun).toEqual(['machines', 'pools']);
  for (const end of ends.splice(0)) end();
  await settled();
  expect(begun).toEqual(['machines', 'pools', 'machines']);
  ends.splice(0)[0]?.();
  await settled();
  expect(begun).toHaveLength(3);
  refresher.add(['machines']);
  expect(begun).toHaveLength(4);
});
