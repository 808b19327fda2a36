import { access } from 'node:fs/promises';
import { codeOf } from '@orangery/std';
import type { Context } from '../context.ts';
import { NEVER } from '../names.ts';

/** Goes on after a stop. Whoever asks has perhaps just put right what failed: nothing waits for its next try. */
export async function startInstallation(context: Context): Promise<void> {
  const { db } = context;
  await db.updateTable('installation').set({ desired: 'running' }).execute();
  const anew = { phase: 'planned', attempts: 0, retry_at: null, reason: null } as const;
  await db
    .updateTable('image_version')
    .set(anew)
    .where('phase', '=', 'failed')
    .where('retry_at', '<', NEVER)
    .execute();
  await db.updateTable('template').set(anew).where('phase', '=', 'failed').execute();
  await rebuildLost(context);
}

/** A file of an image that is gone (a cleaned cache, a purge that left the database) is built anew where it can be. */
export async function rebuildLost({ db, images, log }: Context): Promise<void> {
  const hashes = new Set((await images.recipes()).map(({ hash }) => hash));
  const versions = await db
    .selectFrom('image_version')
    .select(['id', 'path', 'recipe_hash'])
    .where('phase', '=', 'ready')
    .where('desired', '=', 'ready')
    .execute();
  for (const { id, path, recipe_hash: hash } of versions) {
    if (path !== null && (await exists(path))) continue;
    const lost =
      hash !== null && hashes.has(hash)
        ? ({ phase: 'planned', path: null } as const)
        : ({ phase: 'failed', reason: `its file ${path} is gone`, retry_at: NEVER } as const);
    log.warn({ version: id, path }, 'the file of an image version is gone');
    await db.updateTable('image_version').set(lost).where('id', '=', id).execute();
  }
}

/** Whatever else keeps it from being read, as a share that hangs, is no loss. */
const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    (error: unknown) => codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR',
  );
