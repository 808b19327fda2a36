import { messageOf } from '@orangery/std';
import { sql } from 'kysely';
import type { Context, Packages } from '../context.ts';
import { nextVersion } from '../drafts/service.ts';
import { failed, gone, type Loop, progress, settled, waiting } from '../loops/loop.ts';
import { isSame, nextRefresh, type RefreshSchedule } from './policy.ts';
import { scheduleOf } from './service.ts';

const LOOK_MS_MAX = 3_600_000;
const RETRY_MS = 1_800_000;
/** Versions that are not done yet: a refresh waits for them. */
const UNDER_WAY = ['planned', 'building', 'testing'] as const;

/** Makes the next version of an image from its recipe when its time has come and a package has changed. */
export function refreshesLoop(context: Context): Loop {
  const { db, images, clock, rng } = context;
  return {
    name: 'refreshes',
    periodMs: 60_000,
    // The package lists are everybody's, the builder one.
    parallel: 1,
    async keys() {
      const rows = await db
        .selectFrom('image')
        .select('id')
        .where('recipe', 'is not', null)
        .where((eb) => eb.or([eb(sql`refresh->>'every'`, '!=', 'off'), eb('refresh_at', 'is not', null)]))
        .execute();
      return rows.map((row) => row.id);
    },
    async turn(id, signal) {
      const image = await db.selectFrom('image').selectAll().where('id', '=', id).executeTakeFirst();
      if (image === undefined || image.recipe === null) return gone();
      const now = clock.now();
      const schedule = scheduleOf(image.refresh);
      if (image.refresh_at === null) {
        const at = await setNext(context, id, schedule, now);
        return at === undefined
          ? settled('off')
          : waiting('waits for its time', Math.min(at - now, LOOK_MS_MAX));
      }
      const waitMs = image.refresh_at.getTime() - now;
      if (waitMs > 0) return waiting('waits for its time', Math.min(waitMs, LOOK_MS_MAX));
      const { desired } = await db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
      if (desired !== 'running') return waiting('the installation is stopped');
      const before = await db
        .selectFrom('image_version')
        .select(['id', 'packages', 'phase', 'current'])
        .where('image_id', '=', id)
        .where((eb) => eb.or([eb('current', '=', true), eb('phase', 'in', UNDER_WAY)]))
        .execute();
      if (before.some(({ phase }) => UNDER_WAY.some((each) => each === phase)))
        return waiting('waits for the version that is being made');
      const current = before.find((version) => version.current);
      if (current === undefined) return waiting('waits for its first version');
      let packages: Packages;
      try {
        packages = await images.plan(image.recipe, signal);
      } catch (error) {
        if (signal.aborted) throw error;
        const result = `The packages of today could not be found out: ${messageOf(error).slice(0, 500)}`;
        await finish(context, id, result, new Date(now + RETRY_MS));
        return failed(result, RETRY_MS);
      }
      const known = (current.packages as Packages | null) ?? undefined;
      const nextMs = nextRefresh(schedule, now, rng.fraction());
      const nextAt = nextMs === undefined ? null : new Date(nextMs);
      if (isSame(known, packages)) {
        await finish(context, id, 'Nothing has changed.', nextAt);
        return settled('nothing has changed');
      }
      await db.transaction().execute(async (trx) => {
        await trx.selectFrom('image').select('id').where('id', '=', id).forUpdate().execute();
        const other = await trx
          .selectFrom('image_version')
          .select('id')
          .where('image_id', '=', id)
          .where('phase', 'in', UNDER_WAY)
          .executeTakeFirst();
        // Somebody was faster.
        if (other !== undefined) return;
        const version = await nextVersion(trx, id);
        await trx
          .insertInto('image_version')
          .values({ image_id: id, version, source: 'refresh', base_version_id: current.id })
          .execute();
        await finish({ ...context, db: trx }, id, `Packages have changed: version ${version}.`, nextAt);
      });
      return progress('packages have changed', 0);
    },
  };
}

async function setNext(
  { db, rng }: Context,
  id: string,
  schedule: RefreshSchedule,
  now: number,
): Promise<number | undefined> {
  const at = nextRefresh(schedule, now, rng.fraction());
  if (at === undefined) return undefined;
  await db
    .updateTable('image')
    .set({ refresh_at: new Date(at) })
    .where('id', '=', id)
    .where('refresh_at', 'is', null)
    .execute();
  return at;
}

async function finish(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  id: string,
  result: string,
  nextAt: Date | null,
): Promise<void> {
  await db
    .updateTable('image')
    .set({ refreshed_at: new Date(clock.now()), refresh_result: result, refresh_at: nextAt })
    .where('id', '=', id)
    .execute();
}
