import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { type Turn, progress, waiting } from '../loops/loop.ts';
import { NEVER } from '../names.ts';
import { insertTemplates } from '../pools/templates.ts';
import { decideTest } from './policy.ts';

/** The file of a version, as it came out of a build, a draft or an upload. */
export type VersionFile = {
  path: string;
  virtualBytes: number;
  fileBytes: number;
  packages?: Readonly<Record<string, { version: string; security: boolean }>> | undefined;
};

/**
 * The file of a version is there. The first of its image is current at once; any other is boot-tested before. One that
 * was built anew because its file was lost is what it was.
 */
export async function finishVersion(
  { db }: Context,
  version: { id: string; image_id: string },
  file: VersionFile,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    // Of two first versions, one is current.
    await trx.selectFrom('image').select('id').where('id', '=', version.image_id).forUpdate().execute();
    const current = await trx
      .selectFrom('image_version')
      .select('id')
      .where('image_id', '=', version.image_id)
      .where('current', '=', true)
      .where('id', '!=', version.id)
      .executeTakeFirst();
    const { ready_at: readyAt } = await trx
      .selectFrom('image_version')
      .select('ready_at')
      .where('id', '=', version.id)
      .executeTakeFirstOrThrow();
    const first = current === undefined;
    const known = readyAt !== null;
    await trx
      .updateTable('image_version')
      .set({
        phase: first || known ? 'ready' : 'testing',
        current: first,
        progress: null,
        reason: null,
        attempts: 0,
        retry_at: null,
        path: file.path,
        virtual_bytes: file.virtualBytes,
        file_bytes: file.fileBytes,
        ...(file.packages === undefined ? {} : { packages: JSON.stringify(file.packages) }),
        ready_at: sql`now()`,
      })
      .where('id', '=', version.id)
      .execute();
  });
}

/**
 * The boot test of a version: its template, of the size of a pool that will follow it, comes to rest on a host. Then the
 * version is current, and pools roll it out; else it is failed, and nothing has changed for anybody.
 */
export async function testVersion(
  { db, step }: Context,
  row: { id: string; image_id: string },
): Promise<Turn> {
  const pool = await db
    .selectFrom('pool')
    .select(['cpus', 'memory_mib'])
    .where('image_id', '=', row.image_id)
    .where('desired', '=', 'present')
    .orderBy((eb) => eb('image_version_id', 'is', null), 'desc')
    .orderBy('created_at')
    .executeTakeFirst();
  if (pool !== undefined) await insertTemplates(db, pool, [row.id], ['testing']);
  const templates = await db
    .selectFrom('template')
    .select(['phase', 'attempts', 'reason'])
    .where('image_version_id', '=', row.id)
    .where('desired', '=', 'ready')
    .execute();
  const decision = decideTest({ hasPool: pool !== undefined, templates });
  if (decision.kind === 'wait') return waiting(decision.reason);
  await step('image.endTest', () =>
    db.transaction().execute(async (trx) => {
      if (decision.kind === 'failed') {
        await trx
          .updateTable('image_version')
          .set({ phase: 'failed', reason: decision.reason, retry_at: NEVER })
          .where('id', '=', row.id)
          .where('phase', '=', 'testing')
          .execute();
        await trx
          .updateTable('template')
          .set({ desired: 'absent' })
          .where('image_version_id', '=', row.id)
          .execute();
        return;
      }
      await trx
        .updateTable('image_version')
        .set({ current: false })
        .where('image_id', '=', row.image_id)
        .where('current', '=', true)
        .execute();
      await trx
        .updateTable('image_version')
        .set({ phase: 'ready', current: true })
        .where('id', '=', row.id)
        .execute();
    }),
  );
  return progress(decision.kind === 'failed' ? decision.reason : 'tested, and current');
}
