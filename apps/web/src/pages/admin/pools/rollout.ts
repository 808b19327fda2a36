import type { Pool } from '../../../api/client.ts';

type Rollout = NonNullable<Pool['rollout']>;

/** A finished roll-out is worth a look for a day. */
const SHOWN_MS = 86_400_000;

export function isShown(pool: Pick<Pool, 'rollout' | 'versions'>, nowMs: number): boolean {
  const { rollout } = pool;
  if (rollout === null) return false;
  if (rollout.phase !== 'done') return true;
  const recently = rollout.endedAt !== null && nowMs - Date.parse(rollout.endedAt) < SHOWN_MS;
  return recently || pool.versions.some(({ serves, inUse }) => !serves && inUse > 0);
}

const WAVES = {
  canary: 'One machine is made from it first',
  quarter: 'One machine is ready; a quarter of those that wait follow',
  all: 'It takes over: old machines go as new ones become ready',
} as const;

/** Where it stands, in one sentence. */
export function standing({ rollout, versions }: { rollout: Rollout; versions: Pool['versions'] }): string {
  const still = versions.filter(({ id }) => id !== rollout.to.id).reduce((sum, { inUse }) => sum + inUse, 0);
  const people = still === 1 ? 'One person still has' : `${still} people still have`;
  if (rollout.phase === 'stopped') {
    const from = rollout.from === null ? 'the version from before' : `version ${rollout.from.version}`;
    return `New sessions get ${from}.`;
  }
  if (rollout.phase === 'rolling') return `${WAVES[rollout.wave]}.`;
  return still === 0
    ? 'Every machine is of it.'
    : `${people} a machine of the version before, until they log off.`;
}

export const titleOf = (rollout: Rollout): string =>
  ({
    rolling: `Version ${rollout.to.version} is rolled out`,
    stopped: `The roll-out of version ${rollout.to.version} stopped`,
    done: `Version ${rollout.to.version} is rolled out to all`,
  })[rollout.phase];
