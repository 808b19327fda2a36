import { expect, test } from 'vitest';
import type { Pool } from '../../../api/client.ts';
import { named, poolsOf } from './versions.ts';

const pool = (title: string, imageVersionId: string | null): Pool => ({ title, imageVersionId }) as Pool;
const pools = [pool('Office', null), pool('Lab', 'old'), pool('Library', null)];

test('pools follow the current version alone, and others only where they are kept', () => {
  expect(named(poolsOf({ id: 'new', current: true }, pools).following)).toBe('Office and Library');
  expect(poolsOf({ id: 'new', current: true }, pools).kept).toEqual([]);
  expect(poolsOf({ id: 'old', current: false }, pools)).toEqual({ following: [], kept: [pools[1]] });
});
