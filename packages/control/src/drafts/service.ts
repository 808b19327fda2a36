import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { macAddress } from '../names.ts';
import { progressOf } from '../rows.ts';

export type DraftChange = { kind: 'done' } | { kind: 'missing' } | { kind: 'refused'; reason: string };
export type DraftOpened =
  | { kind: 'opened'; versionId: string }
  | { kind: 'missing' }
  | { kind: 'refused'; reason: string };

const CPUS = 2;
const MEMORY_MIB = 2_048;

/**
 * Begins the next version of an image from one of its versions, in a machine of its own that belongs to no pool. Who may not
 * change the installation's images (`shared`) begins an image of the tenant's own from it, by the same name.
 */
export function openDraft(
  { db, rng }: Context,
  { tenantId, shared }: { tenantId: string; shared: boolean },
  versionId: string,
): Promise<DraftOpened> {
  return db.transaction().execute(async (trx) => {
    const base = await trx
      .selectFrom('image_version')
      .selectAll()
      .where('id', '=', versionId)
      .where('desired', '=', 'ready')
      .executeTakeFirst();
    if (base === undefined) return { kind: 'missing' };
    if (base.phase !== 'ready')
      return { kind: 'refused', reason: `Version ${base.version} is ${base.phase}, not ready.` };
    const host = await freeHost(trx, versionId);
    if (host === undefined) return { kind: 'refused', reason: 'No host is ready to run its machine.' };
    // Numbers of versions are given one after the other, and the base is not deleted in between.
    const image = await trx
      .selectFrom('image')
      .select(['id', 'tenant_id', 'name', 'title', 'description'])
      .where('id', '=', base.image_id)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const imageId = image.tenant_id === null && !shared ? await ownImage(trx, tenantId, image) : image.id;
    const draft = await trx
      .insertInto('image_version')
      .values({
        image_id: imageId,
        version: await nextVersion(trx, imageId),
        phase: 'authoring',
        source: 'draft',
        base_version_id: versionId,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    const size = await trx
      .selectFrom('pool')
      .select(['cpus', 'memory_mib'])
      .where('image_id', '=', base.image_id)
      .where('desired', '=', 'present')
      .orderBy('memory_mib', 'desc')
      .executeTakeFirst();
    await trx
      .insertInto('draft')
      .values({
        version_id: draft.id,
        host_id: host,
        cpus: size?.cpus ?? CPUS,
        memory_mib: size?.memory_mib ?? MEMORY_MIB,
        mac_address: macAddress(rng.bytes(3)),
      })
      .execute();
    return { kind: 'opened', versionId: draft.id };
  });
}

/** The tenant's image of this name, made if there is none; locked. */
async function ownImage(
  trx: Context['db'],
  tenantId: string,
  { name, title, description }: { name: string; title: string; description: string },
): Promise<string> {
  await trx
    .insertInto('image')
    .values({ tenant_id: tenantId, name, title, description, recipe: null })
    .onConflict((conflict) => conflict.columns(['tenant_id', 'name']).doNothing())
    .execute();
  const own = await trx
    .selectFrom('image')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('name', '=', name)
    .forUpdate()
    .executeTakeFirstOrThrow();
  return own.id;
}

/** A ready host, where the base's disk is already if there is one. */
export async function freeHost(trx: Context['db'], baseId: string | null): Promise<string | undefined> {
  const host = await trx
    .selectFrom('host')
    .select('id')
    .where('phase', '=', 'ready')
    .orderBy(
      sql`exists (select from template where template.host_id = host.id
        and template.image_version_id = ${baseId} and template.phase = 'ready')`,
      'desc',
    )
    .orderBy(sql`(select count(*) from machine where machine.host_id = host.id)`)
    .executeTakeFirst();
  return host?.id;
}

/** Under the lock of the image's row. */
export async function nextVersion(trx: Context['db'], imageId: string): Promise<number> {
  const { last } = await trx
    .selectFrom('image_version')
    .select((eb) => eb.fn.max('version').as('last'))
    .where('image_id', '=', imageId)
    .executeTakeFirstOrThrow();
  return (last ?? 0) + 1;
}

/** What was changed becomes a version: sealed, shut down, copied, tested. */
export function publishDraft({ db }: Context, id: string, notes: string): Promise<DraftChange> {
  return db.transaction().execute(async (trx) => {
    const draft = await trx
      .selectFrom('draft')
      .selectAll()
      .where('version_id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (draft === undefined) return { kind: 'missing' };
    if (draft.desired !== 'open') return { kind: 'refused', reason: `It is being ${draft.desired}.` };
    if (draft.phase !== 'open')
      return { kind: 'refused', reason: 'Its machine does not run yet: there is nothing to publish.' };
    await trx.updateTable('image_version').set({ notes }).where('id', '=', id).execute();
    await trx
      .updateTable('draft')
      .set({
        desired: 'published',
        phase: 'sealing',
        phase_since: sql`now()`,
        reason: null,
        retry_at: null,
        attempts: 0,
      })
      .where('version_id', '=', id)
      .execute();
    return { kind: 'done' };
  });
}

/** Everything of it goes, its machine with all that was changed. Also while it is being published, until it is a version. */
export function discardDraft({ db }: Context, id: string): Promise<DraftChange> {
  return db.transaction().execute(async (trx) => {
    const draft = await trx
      .selectFrom('draft')
      .innerJoin('image_version', 'image_version.id', 'draft.version_id')
      .select('image_version.phase')
      .where('version_id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (draft === undefined) return { kind: 'missing' };
    if (draft.phase !== 'authoring')
      return { kind: 'refused', reason: 'It is published already: delete the version instead.' };
    await trx.updateTable('draft').set({ desired: 'discarded' }).where('version_id', '=', id).execute();
    return { kind: 'done' };
  });
}

export type DraftState =
  | { kind: 'ready'; machine: string }
  | { kind: 'waiting'; reason: string; progress: ReturnType<typeof progressOf> }
  | { kind: 'ended'; reason: string };

/** Whether the machine of a draft can be shown now; undefined: there is no such draft. */
export async function draftState({ db }: Pick<Context, 'db'>, id: string): Promise<DraftState | undefined> {
  const row = await db
    .selectFrom('draft')
    .innerJoin('image_version', 'image_version.id', 'draft.version_id')
    .innerJoin('image', 'image.id', 'image_version.image_id')
    .select([
      'draft.desired',
      'draft.phase',
      'draft.reason',
      'draft.progress',
      'image.title',
      'image_version.version',
      'image_version.phase as versionPhase',
    ])
    .where('version_id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  if (row.desired === 'discarded') return { kind: 'ended', reason: 'it was discarded' };
  if (row.desired === 'published') return { kind: 'ended', reason: 'it is being published' };
  if (row.phase === 'open') return { kind: 'ready', machine: `${row.title}, version ${row.version}` };
  const reason =
    row.versionPhase === 'uploading' ? 'waits for the rest of its installer' : 'its machine is being made';
  return { kind: 'waiting', reason: row.reason ?? reason, progress: progressOf(row.progress) };
}
