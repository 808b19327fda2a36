import { createReadStream } from 'node:fs';
import type { HostDriver } from '@orangery/hypervisor';
import type { Context } from '../context.ts';
import { goldenVolume, storagePoolName } from '../names.ts';

/** Progress is written at most this often: it is for people's eyes. */
const PROGRESS_MS = 500;

type Progress = { step: string; fraction: number; detail: string };

/** Brings the disk of an image version to a host's storage pool; one that is there completely is left alone. */
export async function importGolden(
  context: Context,
  driver: HostDriver,
  golden: { hostId: string; versionId: string; path: string; fileBytes: number },
  onProgress: (progress: Progress) => Promise<unknown>,
  signal: AbortSignal,
): Promise<void> {
  const { step, locks } = context;
  const { fileBytes, path } = golden;
  const pool = storagePoolName(context.installation.id);
  const name = goldenVolume(golden.versionId);
  // Templates of several sizes stand on one golden volume.
  await locks.with(`golden:${golden.hostId}:${golden.versionId}`, signal, async () => {
    // The driver leaves a complete one alone and begins an interrupted one anew.
    const there = await driver.storage.find(pool, name);
    await step('template.importGolden', () =>
      driver.storage.importVolume(
        pool,
        { name, fileBytes },
        createReadStream(path, { highWaterMark: 1 << 20 }),
        {
          signal,
          onProgress: told(context, PROGRESS_MS, (sentBytes) =>
            onProgress({
              step: 'Copy',
              fraction: Math.min(1, sentBytes / fileBytes),
              detail: 'copies the image to the host',
            }),
          ),
        },
      ),
    ).catch(async (error: unknown) => {
      // What this try began is half a file that nothing stands on; on a full disk it is in everybody's way.
      if (there === undefined && !signal.aborted) await driver.storage.delete(pool, name).catch(() => {});
      throw error;
    });
  });
}

/** Passes a value on at most once in so many milliseconds; what the telling fails with is nobody's concern. */
export function told<T>(
  { clock }: Pick<Context, 'clock'>,
  everyMs: number,
  tell: (value: T) => Promise<unknown>,
): (value: T) => void {
  let written = -Infinity;
  return (value) => {
    const at = clock.monotonicMs();
    if (at - written < everyMs) return;
    written = at;
    tell(value).catch(() => {});
  };
}

/**
 * The image's volume on a host goes with the last thing that stands on it: templates, machines, drafts. `without` is the
 * template or machine that goes itself.
 */
export async function deleteGoldenAfter(
  { db, locks, installation, step }: Context,
  driver: HostDriver,
  golden: { hostId: string; versionId: string; without?: string },
  signal: AbortSignal,
): Promise<void> {
  const { hostId, versionId, without } = golden;
  // The lock under which it is imported: nobody begins to need it in between.
  await locks.with(`golden:${hostId}:${versionId}`, signal, async () => {
    const others = await db
      .selectFrom('template')
      .select('id')
      .where('host_id', '=', hostId)
      .where('image_version_id', '=', versionId)
      .$if(without !== undefined, (some) => some.where('id', '!=', without as string))
      .executeTakeFirst();
    const machines = await db
      .selectFrom('machine')
      .select('id')
      .where('host_id', '=', hostId)
      .where('image_version_id', '=', versionId)
      .$if(without !== undefined, (some) => some.where('id', '!=', without as string))
      // A copy stands on nothing.
      .where('disk_gib', 'is', null)
      .executeTakeFirst();
    const drafts = await db
      .selectFrom('draft')
      .innerJoin('image_version', 'image_version.id', 'draft.version_id')
      .select('image_version.id')
      .where('host_id', '=', hostId)
      .where('base_version_id', '=', versionId)
      .executeTakeFirst();
    if (others !== undefined || machines !== undefined || drafts !== undefined) return;
    await step('template.deleteGolden', () =>
      driver.storage.delete(storagePoolName(installation.id), goldenVolume(versionId)),
    );
  });
}
