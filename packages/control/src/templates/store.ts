import type { templateSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { iso, isoOrNull, progressOf } from '../rows.ts';

export type Template = z.infer<typeof templateSchema>;

/** Of the tenant's images, and those that its pools fork; with `all`, every template of the installation. */
export async function listTemplates({ db }: Context, tenantId: string, all: boolean): Promise<Template[]> {
  const rows = await db
    .selectFrom('template')
    .innerJoin('image_version', 'image_version.id', 'template.image_version_id')
    .innerJoin('image', 'image.id', 'image_version.image_id')
    .innerJoin('host', 'host.id', 'template.host_id')
    .selectAll('template')
    .select(['image.name as image', 'image_version.version', 'host.name as host'])
    .$if(!all, (templates) =>
      templates.where(
        sql<boolean>`(image.tenant_id = ${tenantId} or exists (
          select from pool where pool.tenant_id = ${tenantId} and pool.image_id = image.id and pool.desired = 'present'
            and pool.cpus = template.cpus and pool.memory_mib = template.memory_mib))`,
      ),
    )
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
