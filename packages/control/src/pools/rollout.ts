import type { DB } from '@orangery/database';
import { type Selectable, sql } from 'kysely';
import type { Context } from '../context.ts';
import type { PoolMachines } from './machines.ts';
import { decideRollout } from './rollout-policy.ts';
import type { Template } from './templates.ts';

type Pool = Selectable<DB['pool']>;
type Rollout = Selectable<DB['rollout']>;

/** The version that a pool is to come to: the one it is kept on, else its image's current one. */
export async function wantedVersion({ db }: Context, pool: Pool): Promise<string | undefined> {
  if (pool.image_version_id !== null) return pool.image_version_id;
  const current = await db
    .selectFrom('image_version')
    .select('id')
    .where('image_id', '=', pool.image_id)
    .where('current', '=', true)
    .executeTakeFirst();
  return current?.id;
}

/**
 * The version that the pool serves, and the roll-out that is open. One that nobody wants any more is left; where another
 * version is wanted than the pool serves, one is begun.
 */
export async function versionsOf(
  { db, step }: Context,
  pool: Pool,
  wanted: string | undefined,
): Promise<{ serves: string | undefined; rolls: Rollout | undefined }> {
  const serves = pool.serves_version_id ?? undefined;
  if (wanted === undefined) return { serves, rolls: undefined };
  if (serves === undefined) {
    // Nothing stands on anything yet: what comes first is what is served.
    await db.updateTable('pool').set({ serves_version_id: wanted }).where('id', '=', pool.id).execute();
    return { serves: wanted, rolls: undefined };
  }
  await db
    .updateTable('rollout')
    .set({ phase: 'left', ended_at: sql`now()` })
    .where('pool_id', '=', pool.id)
    .where('phase', 'in', ['rolling', 'stopped'])
    .where((eb) => eb.or([eb('to_version_id', '!=', wanted), eb.val(wanted === serves)]))
    .execute();
  if (wanted === serves) return { serves, rolls: undefined };
  await step('pool.beginRollout', () =>
    db
      .insertInto('rollout')
      .values({ pool_id: pool.id, from_version_id: serves, to_version_id: wanted })
      // There is one already.
      .onConflict((conflict) => conflict.doNothing())
      .execute(),
  );
  const rolls = await db
    .selectFrom('rollout')
    .selectAll()
    .where('pool_id', '=', pool.id)
    .where('phase', '=', 'rolling')
    .executeTakeFirst();
  return { serves, rolls };
}

/** Looks how the new version does, and goes on, or stops. Undefined: no machine of it is made now. */
export async function advanceRollout(
  { db, step }: Context,
  pool: Pool,
  rollout: Rollout,
  seen: {
    templates: readonly Template[];
    machines: PoolMachines;
    /** Templates of the new version that machines are made from. */
    current: ReadonlySet<string>;
    wanted: number;
  },
): Promise<{ share: number; last: boolean } | 'done' | undefined> {
  const provenAt = await lastProof(db, pool.id, rollout);
  const failed = await db
    .selectFrom('machine')
    .select('reason')
    .where('pool_id', '=', pool.id)
    .where('image_version_id', '=', rollout.to_version_id)
    .where('phase', '=', 'failed')
    .where('phase_since', '>', provenAt ?? rollout.begun_at)
    .orderBy('phase_since', 'desc')
    .execute();
  const isNew = ({ template_id: template }: { template_id: string | null }): boolean =>
    seen.current.has(template ?? '');
  const { free, inUse } = seen.machines;
  const decision = decideRollout({
    kind: pool.kind,
    phase: rollout.phase === 'stopped' ? 'stopped' : 'rolling',
    wave: rollout.wave,
    template: {
      ready: seen.current.size > 0,
      failures: Math.max(0, ...seen.templates.map(({ attempts }) => attempts)),
      reason: seen.templates.find(({ reason }) => reason !== null)?.reason ?? null,
    },
    machines: { failures: failed.length, reason: failed[0]?.reason ?? null },
    wanted: seen.wanted,
    ready: free.filter((machine) => isNew(machine) && machine.phase === 'ready').length,
    inUse: [...seen.current].reduce((sum, template) => sum + (inUse.get(template) ?? 0), 0),
    oldFree: free.filter((machine) => !isNew(machine)).length,
  });
  const mine = db.updateTable('rollout').where('id', '=', rollout.id).where('phase', '=', 'rolling');
  switch (decision.kind) {
    case 'wait':
      return undefined;
    case 'stop':
      await step('pool.stopRollout', () =>
        mine.set({ phase: 'stopped', reason: decision.reason, ended_at: null }).execute(),
      );
      return undefined;
    case 'done':
      await step('pool.finishRollout', () =>
        db.transaction().execute(async (trx) => {
          await trx
            .updateTable('rollout')
            .set({ phase: 'done', wave: 'all', reason: null, ended_at: sql`now()` })
            .where('id', '=', rollout.id)
            .execute();
          await trx
            .updateTable('pool')
            .set({ serves_version_id: rollout.to_version_id })
            .where('id', '=', pool.id)
            .execute();
        }),
      );
      return 'done';
    case 'roll':
      if (decision.wave !== rollout.wave || provenAt?.getTime() !== rollout.proven_at?.getTime()) {
        await mine.set({ wave: decision.wave, proven_at: provenAt }).execute();
      }
      return { share: decision.share, last: decision.wave === 'all' };
  }
}

/** When a machine of the new version last became ready: failures of before no longer count. */
async function lastProof(db: Context['db'], poolId: string, rollout: Rollout): Promise<Date | null> {
  const { at } = await db
    .selectFrom('machine')
    .select((eb) => eb.fn.max('phase_since').as('at'))
    .where('pool_id', '=', poolId)
    .where('image_version_id', '=', rollout.to_version_id)
    .where('phase', '=', 'ready')
    .executeTakeFirstOrThrow();
  const seen = at as Date | null;
  if (seen === null || (rollout.proven_at !== null && rollout.proven_at > seen)) return rollout.proven_at;
  return seen > rollout.begun_at ? seen : rollout.proven_at;
}

export type RolloutChange = { kind: 'done' } | { kind: 'missing' } | { kind: 'refused'; reason: string };

/** Tries a version again whose roll-out stopped: from one machine on. */
export async function retryRollout({ db }: Context, poolId: string): Promise<RolloutChange> {
  return db.transaction().execute(async (trx) => {
    const pool = await trx
      .selectFrom('pool')
      .select('id')
      .where('id', '=', poolId)
      .where('desired', '=', 'present')
      .executeTakeFirst();
    if (pool === undefined) return { kind: 'missing' };
    const again = await trx
      .updateTable('rollout')
      .set({ phase: 'rolling', wave: 'canary', reason: null, begun_at: sql`now()`, proven_at: null })
      .where('pool_id', '=', poolId)
      .where('phase', '=', 'stopped')
      .returning('to_version_id')
      .executeTakeFirst();
    if (again === undefined) return { kind: 'refused', reason: 'No roll-out of this pool has stopped.' };
    await trx
      .updateTable('template')
      .set({ attempts: 0, retry_at: null })
      .where('image_version_id', '=', again.to_version_id)
      .where('phase', '=', 'failed')
      .execute();
    return { kind: 'done' };
  });
}

/**
 * Back to the version of before: for a pool that is kept on a version, this pool alone; else the image's current version,
 * which all pools follow that are not kept on one.
 */
export async function rollBack({ db }: Context, poolId: string): Promise<RolloutChange> {
  return db.transaction().execute(async (trx) => {
    const pool = await trx
      .selectFrom('pool')
      .selectAll()
      .where('id', '=', poolId)
      .where('desired', '=', 'present')
      .forUpdate()
      .executeTakeFirst();
    if (pool === undefined) return { kind: 'missing' };
    const last = await trx
      .selectFrom('rollout')
      .innerJoin('image_version', 'image_version.id', 'rollout.from_version_id')
      .select(['image_version.id', 'image_version.phase', 'image_version.version', 'rollout.to_version_id'])
      .where('pool_id', '=', poolId)
      .where('rollout.phase', '!=', 'left')
      .where('image_version.desired', '=', 'ready')
      .orderBy('begun_at', 'desc')
      .executeTakeFirst();
    if (last === undefined)
      return { kind: 'refused', reason: 'There is no version of before to go back to.' };
    if (last.phase !== 'ready')
      return { kind: 'refused', reason: `Version ${last.version} is ${last.phase}, not ready.` };
    if (pool.image_version_id !== null) {
      await trx.updateTable('pool').set({ image_version_id: last.id }).where('id', '=', poolId).execute();
      return { kind: 'done' };
    }
    await trx
      .updateTable('image_version')
      .set({ current: false })
      .where('image_id', '=', pool.image_id)
      .where('current', '=', true)
      .where('id', '!=', last.id)
      .execute();
    await trx.updateTable('image_version').set({ current: true }).where('id', '=', last.id).execute();
    return { kind: 'done' };
  });
}
