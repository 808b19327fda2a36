import { OrangeryError } from '@orangery/std';
import { sql } from 'kysely';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { freeHost, nextVersion } from '../drafts/service.ts';
import { macAddress } from '../names.ts';
import { refusalOfFile } from '../quotas/machines.ts';

/** What the row of a version knows of the file that it is made from. */
export const uploadSchema = z.object({
  fileName: z.string(),
  bytes: z.number().int().min(1),
  sha256: z.string().nullable(),
  kind: z.enum(['disk', 'iso']),
  /** Of the empty disk that an installer fills. */
  diskGib: z.number().int().nullable(),
});
export type Upload = z.infer<typeof uploadSchema>;

export type ImportInput = {
  /** Of an image of the tenant that is there, whose next version it becomes, or of a new one. */
  name: string;
  title?: string | undefined;
  notes: string;
  upload: Upload;
};

export type ImportBegun =
  | { kind: 'begun'; versionId: string }
  | { kind: 'refused'; reason: string }
  | { kind: 'overQuota'; reason: string };

const MEMORY_MIB = 2_048;
const CPUS = 2;

/**
 * The row of a version whose file is yet to come; says at once when there is no room for it, on the disk or in its tenant's quota. `shared`: where the tenant has no
 * image of the name and the installation has one, it becomes the next version of that.
 */
export async function beginImport(
  { db, images }: Context,
  { tenantId, shared }: { tenantId: string; shared: boolean },
  input: ImportInput,
): Promise<ImportBegun> {
  const { upload } = input;
  try {
    await images.uploads.requireRoom(upload.bytes);
  } catch (error) {
    if (error instanceof OrangeryError && error.code === 'diskFull')
      return { kind: 'refused', reason: `${error.message}. ${error.fix ?? ''}`.trim() };
    throw error;
  }
  return db.transaction().execute(async (trx) => {
    const common = await trx
      .selectFrom('image')
      .select('tenant_id')
      .where('name', '=', input.name)
      .where((eb) => eb.or([eb('tenant_id', '=', tenantId), eb('tenant_id', 'is', null)]))
      .execute();
    const owner =
      shared && common.length > 0 && common.every(({ tenant_id }) => tenant_id === null) ? null : tenantId;
    const refusal = owner === null ? undefined : await refusalOfFile(trx, owner, upload.bytes);
    if (refusal !== undefined) return { kind: 'overQuota', reason: refusal };
    await trx
      .insertInto('image')
      .values({ tenant_id: owner, name: input.name, title: input.title ?? input.name, recipe: null })
      .onConflict((conflict) => conflict.columns(['tenant_id', 'name']).doNothing())
      .execute();
    const image = await trx
      .selectFrom('image')
      .select('id')
      .where('tenant_id', 'is not distinct from', owner)
      .where('name', '=', input.name)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const version = await trx
      .insertInto('image_version')
      .values({
        image_id: image.id,
        version: await nextVersion(trx, image.id),
        phase: 'uploading',
        source: upload.kind === 'iso' ? 'installer' : 'import',
        upload: JSON.stringify(upload),
        notes: input.notes,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return { kind: 'begun', versionId: version.id };
  });
}

/** What is there of an upload; undefined: there is none that still takes anything. */
export async function uploadState(
  { db, images }: Context,
  versionId: string,
): Promise<{ received: number; bytes: number } | undefined> {
  const row = await db
    .selectFrom('image_version')
    .select(['upload', 'phase'])
    .where('id', '=', versionId)
    .where('desired', '=', 'ready')
    .executeTakeFirst();
  const upload = uploadSchema.safeParse(row?.upload);
  if (row === undefined || !upload.success) return undefined;
  const { bytes } = upload.data;
  return { bytes, received: row.phase === 'uploading' ? await images.uploads.received(versionId) : bytes };
}

export type Received =
  | { kind: 'received'; received: number; bytes: number }
  | { kind: 'missing' }
  /** Somebody else sends at the same moment, or from another place: go on where it ends. */
  | { kind: 'elsewhere'; received: number; bytes: number; reason: string };

/** Takes a piece of an upload; with the last one its check begins, or the installer's machine. */
export async function receivePiece(
  context: Context,
  versionId: string,
  offset: number,
  content: AsyncIterable<Buffer>,
): Promise<Received> {
  const { db, images, locks } = context;
  const done = await locks.tryWith(`upload:${versionId}`, async (): Promise<Received> => {
    const row = await db
      .selectFrom('image_version')
      .select(['upload', 'image_id'])
      .where('id', '=', versionId)
      .where('phase', '=', 'uploading')
      .where('desired', '=', 'ready')
      .executeTakeFirst();
    if (row === undefined) return { kind: 'missing' };
    const upload = uploadSchema.parse(row.upload);
    const { bytes } = upload;
    const there = await images.uploads.received(versionId);
    if (there !== offset)
      return { kind: 'elsewhere', received: there, bytes, reason: `It has ${there} bytes: go on there.` };
    const received = await images.uploads.append(versionId, offset, content, bytes);
    if (received === bytes) await complete(context, versionId, upload);
    return { kind: 'received', received, bytes };
  });
  if (done !== undefined) return done.value;
  const state = await uploadState(context, versionId);
  if (state === undefined) return { kind: 'missing' };
  return { kind: 'elsewhere', ...state, reason: 'Another piece of it is being received.' };
}

/** All of it is there. Again is harmless: whoever was killed before this is completed by its next, empty, piece. */
async function complete({ db, rng }: Context, versionId: string, upload: Upload): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const phase = upload.kind === 'iso' ? 'authoring' : 'checking';
    const changed = await trx
      .updateTable('image_version')
      .set({ phase })
      .where('id', '=', versionId)
      .where('phase', '=', 'uploading')
      .returning('id')
      .executeTakeFirst();
    if (changed === undefined) return;
    if (upload.kind === 'iso') {
      const host = await freeHost(trx, null);
      if (host === undefined)
        throw new OrangeryError('hostUnreachable', 'No host is ready to run the installer’s machine');
      await trx
        .insertInto('draft')
        .values({
          version_id: versionId,
          host_id: host,
          cpus: CPUS,
          memory_mib: MEMORY_MIB,
          mac_address: macAddress(rng.bytes(3)),
          disk_gib: upload.diskGib ?? 20,
        })
        .execute();
    }
    await sql`select pg_notify('orangery_nudge', ${`images:${versionId}`})`.execute(trx);
  });
}
