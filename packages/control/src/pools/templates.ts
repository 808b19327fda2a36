import type { DB } from '@orangery/database';
import { type Kysely, type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';

type Pool = Selectable<DB['pool']>;

export type Template = {
  id: string;
  host_id: string;
  image_version_id: string;
  phase: string;
  reason: string | null;
  attempts: number;
};

/** A template of each version on each ready host, of the pool's size; what no pool wants goes once nothing stands on it. */
export async function ensureTemplates(
  { db }: Context,
  pool: Pool,
  versions: readonly (string | undefined)[],
): Promise<void> {
  const wanted = versions.filter((version) => version !== undefined);
  if (wanted.length > 0) {
    await insertTemplates(db, pool, wanted, ['ready']);
  }
  await retireTemplates(db);
}

/** Rows of templates of the pool's size on each ready host, of versions that are in one of these phases. */
export async function insertTemplates(
  db: Kysely<DB>,
  pool: Pick<Pool, 'cpus' | 'memory_mib'>,
  versions: readonly string[],
  phases: readonly ('ready' | 'testing')[],
): Promise<void> {
  await db
    .insertInto('template')
    .columns(['image_version_id', 'host_id', 'host_class', 'cpus', 'memory_mib'])
    .expression((eb) =>
      eb
        .selectFrom('image_version')
        .innerJoin('host', (join) => join.on('host.phase', '=', 'ready'))
        .select([
          'image_version.id',
          'host.id as host_id',
          sql<string>`host.facts->>'hostClass'`.as('host_class'),
          sql<number>`${pool.cpus}::integer`.as('cpus'),
          sql<number>`${pool.memory_mib}::integer`.as('memory_mib'),
        ])
        .where('image_version.id', 'in', versions)
        .where('image_version.phase', 'in', phases)
        .where('image_version.desired', '=', 'ready'),
    )
    .onConflict((conflict) =>
      // Wanted again before it was gone.
      conflict
        .columns(['image_version_id', 'host_id', 'host_class', 'cpus', 'memory_mib'])
        .doUpdateSet({ desired: 'ready' })
        .where('template.desired', '=', 'absent'),
    )
    .execute();
}

/** A pool wants what it serves and what is rolled out to it; a version that is tested wants its own. */
export function retireTemplates(db: Kysely<DB>): Promise<unknown> {
  return db
    .updateTable('template')
    .set({ desired: 'absent' })
    .where('desired', '=', 'ready')
    .where(
      sql<boolean>`not exists (
        select from pool left join rollout on rollout.pool_id = pool.id and rollout.phase = 'rolling'
        where pool.desired = 'present' and pool.cpus = template.cpus and pool.memory_mib = template.memory_mib
          and template.image_version_id in (pool.serves_version_id, rollout.to_version_id))`,
    )
    .where(
      sql<boolean>`not exists (
        select from image_version where image_version.id = template.image_version_id and image_version.phase = 'testing')`,
    )
    .where(sql<boolean>`not exists (select from machine where machine.template_id = template.id)`)
    .execute();
}

export function templatesOf(
  { db }: Context,
  pool: Pool,
  versions: readonly (string | undefined)[],
): Promise<Template[]> {
  const wanted = versions.filter((version) => version !== undefined);
  if (wanted.length === 0) return Promise.resolve([]);
  return db
    .selectFrom('template')
    .select(['id', 'host_id', 'image_version_id', 'phase', 'reason', 'attempts'])
    .where('image_version_id', 'in', wanted)
    .where('desired', '=', 'ready')
    .where('cpus', '=', pool.cpus)
    .where('memory_mib', '=', pool.memory_mib)
    .execute();
}
