import { codeOf } from '@orangery/std';
import type { Context } from '../context.ts';
import { finishVersion } from '../images/finish.ts';
import { told } from '../images/golden.ts';
import { failed, progress, type Turn } from '../loops/loop.ts';
import { NEVER } from '../names.ts';
import { reasonOf } from '../reason.ts';
import { uploadSchema } from './service.ts';

const PROGRESS_MS = 500;
const RETRY_MS = 30_000;

/** Looks what is in a file that somebody brought along, and makes it an image; a file that is refused is not kept. */
export async function checkUpload(
  context: Context,
  row: { id: string; image_id: string; upload: unknown; imageName: string },
  signal: AbortSignal,
): Promise<Turn> {
  const { db, images, step } = context;
  const { sha256 } = uploadSchema.parse(row.upload);
  try {
    const file = await step('image.adopt', () =>
      images.adopt(row.id, `${row.imageName}-${row.id}`, {
        sha256: sha256 ?? undefined,
        signal,
        onProgress: told(context, PROGRESS_MS, (value) =>
          db
            .updateTable('image_version')
            .set({ progress: JSON.stringify(value) })
            .where('id', '=', row.id)
            .where('phase', '=', 'checking')
            .execute(),
        ),
      }),
    );
    await finishVersion(context, row, file);
    await images.removeUpload(row.id);
    return progress('imported', 0);
  } catch (error) {
    if (signal.aborted) throw error;
    const reason = reasonOf(error);
    const refused = codeOf(error) === 'imageRefused' || codeOf(error) === 'notFound';
    await db
      .updateTable('image_version')
      .set(
        refused ? { phase: 'failed', progress: null, reason, retry_at: NEVER } : { progress: null, reason },
      )
      .where('id', '=', row.id)
      .execute();
    if (refused) await images.removeUpload(row.id);
    return failed(reason, RETRY_MS);
  }
}
