import { expect, test } from 'vitest';
import type { Pool } from '../../../api/client.ts';
import { isShown, standing } from './rollout.ts';

const version = (number: number, inUse: number): Pool['versions'][number] => ({
  id: `v${number}`,
  version: number,
  serves: number === 2,
  ready: 0,
  inUse,
  starting: 0,
  off: 0,
});
const rollout: NonNullable<Pool['rollout']> = {
  phase: 'done',
  wave: 'all',
  reason: null,
  from: { id: 'v1', version: 1 },
  to: { id: 'v2', version: 2 },
  begunAt: '2026-01-01T08:00:00Z',
  endedAt: '2026-01-01T08:05:00Z',
};
const NOW = Date.parse('2026-01-01T09:00:00Z');
const MONTH_MS = 30 * 86_400_000;

test('a roll-out is shown while it is open, while somebody has an old machine, and for a day', () => {
  const one = [version(2, 1)];
  expect(isShown({ rollout: null, versions: one }, NOW)).toBe(false);
  expect(isShown({ rollout, versions: one }, NOW)).toBe(true);
  expect(isShown({ rollout, versions: one }, NOW + MONTH_MS)).toBe(false);
  expect(isShown({ rollout, versions: [...one, version(1, 1)] }, NOW + MONTH_MS)).toBe(true);
  expect(isShown({ rollout: { ...rollout, phase: 'stopped' }, versions: one }, NOW + MONTH_MS)).toBe(true);
});

test('it says who still has what, and what new sessions get', () => {
  expect(standing({ rollout, versions: [version(2, 3), version(1, 2)] })).toBe(
    '2 people still have a machine of the version before, until they log off.',
  );
  expect(standing({ rollout, versions: [version(2, 3)] })).toBe('Every machine is of it.');
  expect(standing({ rollout: { ...rollout, phase: 'stopped' }, versions: [] })).toBe(
    'New sessions get version 1.',
  );
});
