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
    if (version.current) {
      return refuse(`Version ${version.version} is the current one: make another one current first.`);
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

/** How many of those in the way are named. */
const NAMED_MAX = 5;
