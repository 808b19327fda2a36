import { describe, expect, it } from 'vitest';
import { listSearchOf, sortedBy, sortOf } from './list-search.ts';

describe('the address of a list', () => {
  it('says what is searched for, how it is sorted and which rows are shown', () => {
    const given = { search: 'ada', sort: 'name', order: 'asc', show: 'ended' };
    expect(listSearchOf(given)).toEqual(given);
    expect(listSearchOf({ search: 2026 })).toEqual({ search: '2026' });
  });

  it('that means nothing shows the list as it usually is', () => {
    expect(listSearchOf({ search: '', sort: 'a b', order: 'up', show: 7, page: 3 })).toEqual({});
    expect(listSearchOf({ search: 'x'.repeat(500) }).search).toHaveLength(100);
    expect(sortOf({ sort: 'nonsense', order: 'asc' }, ['created', 'name'], 'desc')).toEqual({
      sort: 'created',
      order: 'desc',
    });
    expect(sortOf({ sort: 'name' }, ['created', 'name'], 'desc')).toEqual({ sort: 'name', order: 'desc' });
  });
});

it('a column’s head sorts upwards, and once more downwards', () => {
  const first = sortedBy({}, 'name');
  expect(first).toEqual({ sort: 'name', order: 'asc' });
  expect(sortedBy(first, 'name')).toEqual({ sort: 'name', order: 'desc' });
  expect(sortedBy(first, 'host')).toEqual({ sort: 'host', order: 'asc' });
});
