import { expect, it } from 'vitest';
import { reserveHomes } from './homes.ts';

const free = [
  { id: 'm1', host_id: 'a' },
  { id: 'm2', host_id: 'b' },
  { id: 'm3', host_id: 'b' },
];

it('machines where files of people who wait are stay theirs, the nearest to ready first', () => {
  const { reserved, short } = reserveHomes(free, new Map([['b', 1]]), new Set(['a', 'b']));
  expect([...reserved]).toEqual(['m2']);
  expect(short).toEqual([]);
});

it('what is missing there is made there, where it can be', () => {
  const bound = new Map([
    ['a', 2],
    ['b', 1],
    ['gone', 3],
  ]);
  const { reserved, short } = reserveHomes(free, bound, new Set(['a', 'b']));
  expect([...reserved]).toEqual(['m1', 'm2']);
  expect(short).toEqual(['a']);
});
