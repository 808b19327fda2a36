import { backoffMs, codeOf, messageOf } from '@orangery/std';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { reasonOf } from '../reason.ts';
import { failed, gone, type Loop, progress, settled, type Turn, waiting } from '../loops/loop.ts';

/** Progress is written at most this often: it is for people's eyes. */
const PROGRESS_MS = 500;
const RETRY_FIRST_MS = 10_000;
const RETRY_MAX_MS = 600_000;

/** Builds image versions that are not there yet, and makes the newest one current. */
export function imagesLoop(context: Context): Loop {
  const { db, images, step, clock, rng } = context;
  return {
    name: 'images',
    periodMs: 10_000,
    // A build takes all cores there are.
    parallel: 1,
    async keys() {
      const rows = await db
        .selectFrom('image_version')
        .select('id')
        .where((eb) => eb.or([eb('phase', '!=', 'ready'), eb('desired', '=', 'absent')]))
        .orderBy('created_at')
        .execute();
      return rows.map((row) => row.id);
    },
    async turn(id, signal) {
      const row = await db
        .selectFrom('image_version')
        .innerJoin('image', 'image.id', 'image_version.image_id')
        .selectAll('image_version')
        .select('image.recipe')
        .where('image_version.id', '=', id)
        .executeTakeFirst();
      if (row === undefined) return gone();
      if (row.desired === 'absent') return removeVersion(context, row);
      if (row.phase === 'ready') return settled('built');
      const now = clock.now();
      if (row.retry_at !== null && row.retry_at.getTime() > now) {
        return waiting(row.reason ?? 'waits before the next try', row.retry_at.getTime() - now);
      }
      await db.updateTable('image_version').set({ phase: 'building' }).where('id', '=', id).execute();
      let written = 0;
      try {
        const built = await step('image.build', () =>
          images.build(row.recipe, {
            signal,
            onProgress(value) {
              const at = clock.monotonicMs();
              if (at - written < PROGRESS_MS) return;
              written = at;
              db.updateTable('image_version')
                .set({ progress: JSON.stringify(value) })
                .where('id', '=', id)
                .where('phase', '=', 'building')
                .execute()
                .catch(() => {});
            },
          }),
        );
        await db.transaction().execute(async (trx) => {
          await trx
            .updateTable('image_version')
            .set({ current: false })
            .where('image_id', '=', row.image_id)
            .where('current', '=', true)
            .execute();
          await trx
            .updateTable('image_version')
            .set({
              phase: 'ready',
              current: true,
              progress: null,
              reason: null,
              retry_at: null,
              path: built.path,
              virtual_bytes: built.virtualBytes,
              file_bytes: built.fileBytes,
              ready_at: sql`now()`,
            })
            .where('id', '=', id)
            .execute();
        });
        return progress('built', 0);
      } catch (error) {
        if (signal.aborted) throw error;
        const retryMs = backoffMs(row.attempts, RETRY_FIRST_MS, RETRY_MAX_MS, rng);
        await db
          .updateTable('image_version')
          .set({
            phase: 'failed',
            progress: null,
            reason: reasonOf(error),
            attempts: row.attempts + 1,
            retry_at: new Date(clock.now() + retryMs),
          })
          .where('id', '=', id)
          .execute();
        return failed(`${codeOf(error) ?? 'error'}: ${messageOf(error)}`, retryMs);
      }
    },
  };
}

/** A version that nobody uses: its file goes with its last template. */
async function removeVersion(
  { db, images, step }: Context,
  row: { id: string; path: string | null },
): Promise<Turn> {
  const template = await db
    .updateTable('template')
    .set({ desired: 'absent' })
    .where('image_version_id', '=', row.id)
    .returning('id')
    .execute();
  if (template.length > 0) return waiting(`waits for the end of ${template.length} templates`, 1_000);
  const { path } = row;
  if (path !== null) await step('image.delete', () => images.remove(path));
  await db.deleteFrom('image_version').where('id', '=', row.id).execute();
  return gone();
}
