import { sql } from 'kysely';
import type { Context } from '../context.ts';

export type Change = { kind: 'done' } | { kind: 'missing' } | { kind: 'refused'; reason: string };

/**
 * Makes a version the one that its image's pools follow, forwards or back. Sessions go on where they are: each machine
 * is replaced when its person logs off.
 */
export function makeCurrent({ db }: Context, versionId: string): Promise<Change> {
  return db.transaction().execute(async (trx) => {
    const version = await trx
      .selectFrom('image_version')
      .selectAll()
      .where('id', '=', versionId)
      .where('desired', '=', 'ready')
      .forUpdate()
      .executeTakeFirst();
    if (version === undefined) return { kind: 'missing' };
    if (version.phase !== 'ready') {
      return { kind: 'refused', reason: `Version ${version.version} is not ready: it is ${version.phase}.` };
    }
    await trx
      .updateTable('image_version')
      .set({ current: false })
      .where('image_id', '=', version.image_id)
      .where('current', '=', true)
      .where('id', '!=', versionId)
      .execute();
    await trx.updateTable('image_version').set({ current: true }).where('id', '=', versionId).execute();
    return { kind: 'done' };
  });
}

export async function setVersionNotes({ db }: Context, versionId: string, notes: string): Promise<boolean> {
  const changed = await db
    .updateTable('image_version')
    .set({ notes })
    .where('id', '=', versionId)
    .returning('id')
    .executeTakeFirst();
  return changed !== undefined;
}

/** Deletes a version that nothing uses; otherwise says who does. Its templates and volumes go by the loops. */
export function deleteVersion({ db }: Context, versionId: string): Promise<Change> {
  return db.transaction().execute(async (trx) => {
    const version = await trx
      .selectFrom('image_version')
      .selectAll()
      .where('id', '=', versionId)
      .where('desired', '=', 'ready')
      .forUpdate()
      .executeTakeFirst();
    if (version === undefined) return { kind: 'missing' };
    const refuse = (reason: string): Change => ({ kind: 'refused', reason });
    if (version.current && !(await isLastOfItsImage(trx, version))) {
      return refuse(`Version ${version.version} is the current one: make another one current first.`);
    }
    if (version.phase === 'authoring') {
      return refuse(`Version ${version.version} is being changed by somebody: discard the draft instead.`);
    }
    const drafts = await trx
      .selectFrom('image_version')
      .select('version')
      .where('base_version_id', '=', versionId)
      .where('phase', '=', 'authoring')
      .execute();
    if (drafts.length > 0) {
      const numbers = drafts.map((draft) => draft.version).join(', ');
      return refuse(`The draft of version ${numbers} is made from it: publish or discard that first.`);
    }
    const kept = await trx
      .selectFrom('pool')
      .select('title')
      .where('image_version_id', '=', versionId)
      .where('desired', '=', 'present')
      .execute();
    if (kept.length > 0) {
      return refuse(`It is what these pools are kept on: ${kept.map(({ title }) => title).join(', ')}.`);
    }
    const served = await trx
      .selectFrom('pool')
      .select('title')
      .where('serves_version_id', '=', versionId)
      .where('desired', '=', 'present')
      .execute();
    if (served.length > 0) {
      return refuse(
        `These pools still make machines from it: ${served.map(({ title }) => title).join(', ')}. Their roll-out of a newer version is not done.`,
      );
    }
    const machines = await trx
      .selectFrom('machine')
      .leftJoin('session', (join) =>
        join.onRef('session.machine_id', '=', 'machine.id').on('session.ended_at', 'is', null),
      )
      .leftJoin('principal', (join) =>
        join.on('principal.id', '=', sql`coalesce(machine.principal_id, session.principal_id)`),
      )
      .select(['machine.name', 'principal.name as person'])
      .where('machine.image_version_id', '=', versionId)
      // A copy needs it no more.
      .where('machine.disk_gib', 'is', null)
      .orderBy('machine.name')
      .limit(NAMED_MAX + 1)
      .execute();
    if (machines.length > 0) {
      const named = machines
        .slice(0, NAMED_MAX)
        .map(({ name, person }) => (person === null ? name : `${name} (${person})`));
      const more = machines.length > NAMED_MAX ? ' and more' : '';
      return refuse(`These machines stand on it: ${named.join(', ')}${more}.`);
    }
    await trx.updateTable('image_version').set({ desired: 'absent' }).where('id', '=', versionId).execute();
    return { kind: 'done' };
  });
}

/** The only version of an image that no recipe makes and no pool has: with it the image goes. */
async function isLastOfItsImage(
  trx: Context['db'],
  version: { id: string; image_id: string },
): Promise<boolean> {
  const image = await trx
    .selectFrom('image')
    .select('id')
    .where('id', '=', version.image_id)
    .where('recipe', 'is', null)
    .where(
      sql<boolean>`not exists (select from pool where pool.image_id = image.id and pool.desired = 'present')`,
    )
    .where(
      sql<boolean>`not exists (
        select from image_version other where other.image_id = image.id and other.id <> ${version.id})`,
    )
    .forUpdate()
    .executeTakeFirst();
  return image !== undefined;
}

/** How many of those in the way are named. */
const NAMED_MAX = 5;

/** A version that failed is made or tested again. */
export async function retryVersion({ db }: Context, versionId: string): Promise<Change> {
  return db.transaction().execute(async (trx) => {
    const version = await trx
      .selectFrom('image_version')
      .innerJoin('image', 'image.id', 'image_version.image_id')
      .selectAll('image_version')
      .select('image.recipe')
      .where('image_version.id', '=', versionId)
      .where('desired', '=', 'ready')
      .forUpdate('image_version')
      .executeTakeFirst();
    if (version === undefined) return { kind: 'missing' };
    if (version.phase !== 'failed')
      return { kind: 'refused', reason: `Version ${version.version} did not fail: it is ${version.phase}.` };
    const made = version.path !== null;
    if (!made && (version.recipe === null || version.source === 'import'))
      return { kind: 'refused', reason: 'Its file was refused: import another one.' };
    const anew = { attempts: 0, retry_at: null, reason: null, progress: null };
    await trx
      .updateTable('image_version')
      .set({ phase: made ? 'testing' : 'planned', ...anew })
      .where('id', '=', versionId)
      .execute();
    await trx
      .updateTable('template')
      .set({ desired: 'ready', attempts: 0, retry_at: null })
      .where('image_version_id', '=', versionId)
      .where('phase', '=', 'failed')
      .execute();
    await sql`select pg_notify('orangery_nudge', ${`images:${versionId}`})`.execute(trx);
    return { kind: 'done' };
  });
}
