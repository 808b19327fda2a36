import type { imageSchema } from '@orangery/contract';
import type { DB } from '@orangery/database';
import type { Selectable } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { uploadSchema } from '../imports/service.ts';
import { scheduleOf } from '../refresh/service.ts';
import { iso, isoOrNull, progressOf } from '../rows.ts';

export type Image = z.infer<typeof imageSchema>;

/** A tenant's images, and the installation's, which all may use. */
export async function listImages({ db }: Context, tenantId: string): Promise<Image[]> {
  const images = await db
    .selectFrom('image')
    .selectAll()
    .where((eb) => eb.or([eb('tenant_id', 'is', null), eb('tenant_id', '=', tenantId)]))
    .orderBy('title')
    .execute();
  const versions = await db
    .selectFrom('image_version')
    .selectAll()
    .where('desired', '=', 'ready')
    .orderBy('version', 'desc')
    .execute();
  const drafts = await db
    .selectFrom('draft')
    .innerJoin('host', 'host.id', 'draft.host_id')
    .selectAll('draft')
    .select('host.name as host')
    .execute();
  return images.map((image) => ({
    id: image.id,
    name: image.name,
    title: image.title,
    description: image.description,
    recipe: image.recipe,
    shared: image.tenant_id === null,
    refresh: {
      ...scheduleOf(image.refresh),
      nextAt: isoOrNull(image.refresh_at),
      lastAt: isoOrNull(image.refreshed_at),
      lastResult: image.refresh_result,
    },
    versions: versions
      .filter((version) => version.image_id === image.id)
      .map((version) => ({
        id: version.id,
        version: version.version,
        phase: version.phase,
        progress: progressOf(version.progress),
        reason: version.reason,
        source: version.source,
        base: versions.find(({ id }) => id === version.base_version_id)?.version ?? null,
        draft: draftOf(drafts.find((draft) => draft.version_id === version.id)),
        upload: uploadOf(version.upload),
        current: version.current,
        notes: version.notes,
        virtualBytes: version.virtual_bytes,
        fileBytes: version.file_bytes,
        createdAt: iso(version.created_at),
        readyAt: isoOrNull(version.ready_at),
      })),
  }));
}

type DraftRow = Selectable<DB['draft']> & { host: string };

function draftOf(row: DraftRow | undefined): Image['versions'][number]['draft'] {
  if (row === undefined) return null;
  const { desired, phase, reason, host, progress } = row;
  return { desired, phase, reason, host, progress: progressOf(progress), diskGib: row.disk_gib };
}

function uploadOf(column: unknown): Image['versions'][number]['upload'] {
  const upload = uploadSchema.safeParse(column);
  if (!upload.success) return null;
  const { fileName, bytes, kind } = upload.data;
  return { fileName, bytes, kind };
}
