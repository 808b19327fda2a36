import { backoffMs, codeOf, messageOf } from '@orangery/std';
import type { Context, Packages } from '../context.ts';
import { reasonOf } from '../reason.ts';
import { refreshNotes } from '../refresh/policy.ts';
import { checkUpload } from '../imports/check.ts';
import { deleteEmptyImage } from '../drafts/loop.ts';
import { finishVersion, testVersion } from './finish.ts';
import { failed, gone, type Loop, progress, settled, type Turn, waiting } from '../loops/loop.ts';

/** Progress is written at most this often: it is for people's eyes. */
const PROGRESS_MS = 500;
const RETRY_FIRST_MS = 10_000;
const RETRY_MAX_MS = 600_000;

/** Builds image versions that are not there yet, tests them, and makes the newest one current. */
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
        .select(['image.recipe', 'image.name as imageName'])
        .where('image_version.id', '=', id)
        .executeTakeFirst();
      if (row === undefined) return gone();
      if (row.desired === 'absent') return removeVersion(context, row);
      switch (row.phase) {
        case 'ready':
          return settled('built');
        case 'testing':
          return testVersion(context, row);
        case 'uploading':
          return waiting('waits for the rest of its file');
        case 'authoring':
          return settled('is changed by somebody');
        case 'checking':
          return checkUpload(context, row, signal);
        case 'planned':
        case 'building':
        case 'failed':
          break;
      }
      const { recipe } = row;
      if (recipe === null || row.source === 'import') return settled(row.reason ?? 'no recipe makes it');
      const now = clock.now();
      if (row.retry_at !== null && row.retry_at.getTime() > now) {
        const waitMs = row.retry_at.getTime() - now;
        return waiting(row.reason ?? 'waits before the next try', Math.min(waitMs, RETRY_MAX_MS));
      }
      const { desired } = await db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
      if (desired !== 'running') return waiting('the installation is stopped');
      await db.updateTable('image_version').set({ phase: 'building' }).where('id', '=', id).execute();
      let written = 0;
      const ended = new AbortController();
      try {
        const built = await step('image.build', () =>
          images.build(recipe, {
            ...(row.source === 'refresh' ? { edition: id } : {}),
            signal: AbortSignal.any([signal, ended.signal]),
            onProgress(value) {
              const at = clock.monotonicMs();
              if (at - written < PROGRESS_MS) return;
              written = at;
              db.updateTable('image_version')
                .set({ progress: JSON.stringify(value) })
                .where('id', '=', id)
                .where('phase', '=', 'building')
                .where('desired', '=', 'ready')
                .returning('id')
                .executeTakeFirst()
                // Nobody wants it any more: it need not take its hour.
                .then((wanted) => wanted ?? ended.abort(new Error('the version was deleted')))
                .catch(() => {});
            },
          }),
        );
        if (row.source === 'refresh') await describeRefresh(db, row, built.packages);
        await finishVersion(context, row, built);
        return progress('built', 0);
      } catch (error) {
        if (signal.aborted) throw error;
        if (ended.signal.aborted) return progress('ended');
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

/** A refresh writes its notes by itself: which packages have changed since the version that was current. */
async function describeRefresh(
  db: Context['db'],
  row: { id: string; notes: string; base_version_id: string | null },
  packages: Packages | undefined,
): Promise<void> {
  if (packages === undefined || row.notes !== '') return;
  const base = await db
    .selectFrom('image_version')
    .select('packages')
    .where('id', '=', row.base_version_id)
    .executeTakeFirst();
  const notes = refreshNotes((base?.packages as Packages | null) ?? undefined, packages);
  await db.updateTable('image_version').set({ notes }).where('id', '=', row.id).execute();
}

/** A version that nobody uses: its file goes with its last template. */
async function removeVersion(
  { db, images, step }: Context,
  row: { id: string; image_id: string; path: string | null },
): Promise<Turn> {
  const template = await db
    .updateTable('template')
    .set({ desired: 'absent' })
    .where('image_version_id', '=', row.id)
    .returning('id')
    .execute();
  if (template.length > 0) return waiting(`waits for the end of ${template.length} templates`, 1_000);
  const { path } = row;
  const shared = await db
    .selectFrom('image_version')
    .select('id')
    .where('path', '=', path)
    .where('id', '!=', row.id)
    .executeTakeFirst();
  if (path !== null && shared === undefined) await step('image.delete', () => images.remove(path));
  await images.removeUpload(row.id);
  await db.deleteFrom('image_version').where('id', '=', row.id).execute();
  await deleteEmptyImage(db, row.image_id);
  return gone();
}
