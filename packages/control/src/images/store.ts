import type { imageSchema } from '@orangery/contract';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { iso, isoOrNull, progressOf } from '../rows.ts';

export type Image = z.infer<typeof imageSchema>;

export async function listImages({ db }: Context): Promise<Image[]> {
  const images = await db.selectFrom('image').selectAll().orderBy('title').execute();
  const versions = await db
    .selectFrom('image_version')
    .selectAll()
    .where('desired', '=', 'ready')
    .orderBy('version', 'desc')
    .execute();
  return images.map((image) => ({
    id: image.id,
    name: image.name,
    title: image.title,
    description: image.description,
    versions: versions
      .filter((version) => version.image_id === image.id)
      .map((version) => ({
        id: version.id,
        version: version.version,
        phase: version.phase,
        progress: progressOf(version.progress),
        reason: version.reason,
        current: version.current,
        notes: version.notes,
        virtualBytes: version.virtual_bytes,
        fileBytes: version.file_bytes,
        createdAt: iso(version.created_at),
        readyAt: isoOrNull(version.ready_at),
      })),
  }));
}
