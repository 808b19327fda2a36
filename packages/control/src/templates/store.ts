import type { templateSchema } from '@orangery/contract';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { iso, isoOrNull, progressOf } from '../rows.ts';

export type Template = z.infer<typeof templateSchema>;

export async function listTemplates({ db }: Context): Promise<Template[]> {
  const rows = await db
    .selectFrom('template')
    .innerJoin('image_version', 'image_version.id', 'template.image_version_id')
    .innerJoin('image', 'image.id', 'image_version.image_id')
    .innerJoin('host', 'host.id', 'template.host_id')
    .selectAll('template')
    .select(['image.name as image', 'image_version.version', 'host.name as host'])
    .orderBy('template.created_at', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    image: row.image,
    version: row.version,
    host: row.host,
    hostClass: row.host_class,
    phase: row.phase,
    progress: progressOf(row.progress),
    reason: row.reason,
    savedMemoryBytes: row.saved_memory_bytes,
    createdAt: iso(row.created_at),
    readyAt: isoOrNull(row.ready_at),
  }));
}
