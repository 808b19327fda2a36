import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { iso, isoOrNull } from '../rows.ts';
import type { Pool } from './store.ts';

type RolloutOf = Pick<Pool, 'rollout' | 'versions'>;

/** How far the newest version is in each pool, and which versions its machines are of. */
export async function rolloutsOf(
  { db }: Context,
  poolIds: readonly string[],
): Promise<Map<string, RolloutOf>> {
  if (poolIds.length === 0) return new Map();
  const rollouts = await db
    .selectFrom('rollout')
    .distinctOn('rollout.pool_id')
    .innerJoin('image_version as to', 'to.id', 'rollout.to_version_id')
    .leftJoin('image_version as from', 'from.id', 'rollout.from_version_id')
    .selectAll('rollout')
    .select(['to.version as toVersion', 'from.version as fromVersion', 'from.phase as fromPhase'])
    .where('rollout.pool_id', 'in', poolIds)
    .where('rollout.phase', '!=', 'left')
    .orderBy('rollout.pool_id')
    .orderBy('rollout.begun_at', 'desc')
    .execute();
  const versions = await db
    .selectFrom('pool')
    .innerJoin('image_version', 'image_version.image_id', 'pool.image_id')
    .leftJoin('machine', (join) =>
      join
        .onRef('machine.pool_id', '=', 'pool.id')
        .onRef('machine.image_version_id', '=', 'image_version.id')
        .on('machine.desired', '=', 'running')
        .on('machine.phase', '!=', 'failed'),
    )
    .select([
      'pool.id as poolId',
      'image_version.id',
      'image_version.version',
      sql<boolean>`image_version.id is not distinct from pool.serves_version_id`.as('serves'),
      sql<number>`count(machine.id) filter (where machine.phase = 'ready' and machine.taken_at is null)`.as(
        'ready',
      ),
      sql<number>`count(machine.id) filter (where machine.taken_at is not null)`.as('inUse'),
      sql<number>`count(machine.id) filter (where machine.phase in ('planned','cloning','booting','identifying') and machine.taken_at is null)`.as(
        'starting',
      ),
      sql<number>`count(machine.id) filter (where machine.phase in ('stopping','off') and machine.taken_at is null)`.as(
        'off',
      ),
    ])
    .where('pool.id', 'in', poolIds)
    .groupBy(['pool.id', 'image_version.id'])
    .having(
      sql<boolean>`count(machine.id) > 0 or image_version.id is not distinct from pool.serves_version_id
        or exists (select from rollout where rollout.pool_id = pool.id and phase in ('rolling', 'stopped')
          and image_version.id = rollout.to_version_id)`,
    )
    .orderBy('image_version.version', 'desc')
    .execute();
  return new Map(
    poolIds.map((id) => {
      const row = rollouts.find(({ pool_id: pool }) => pool === id);
      return [
        id,
        {
          rollout:
            row === undefined
              ? null
              : {
                  phase: row.phase === 'left' ? 'done' : row.phase,
                  wave: row.wave,
                  reason: row.reason,
                  from:
                    row.from_version_id === null || row.fromVersion === null
                      ? null
                      : { id: row.from_version_id, version: row.fromVersion },
                  to: { id: row.to_version_id, version: row.toVersion },
                  begunAt: iso(row.begun_at),
                  endedAt: isoOrNull(row.ended_at),
                },
          versions: versions
            .filter(({ poolId }) => poolId === id)
            .map(({ poolId: _id, ...version }) => version),
        },
      ] as const;
    }),
  );
}
