import type { personSchema, Right, Role } from '@orangery/contract';
import { type Kysely, sql } from 'kysely';
import type { DB } from '@orangery/database';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { refusalToGive, refusalToTouch } from './roles.ts';

export type Person = z.infer<typeof personSchema>;
export type PersonChange =
  | { kind: 'done'; value: Person; before: readonly Role[] }
  | { kind: 'missing' }
  /** By who asks. */
  | { kind: 'forbidden'; reason: string }
  /** By what is. */
  | { kind: 'refused'; reason: string };

const LAST: PersonChange = {
  kind: 'refused',
  reason: 'Nobody else is an operator: make another person one first.',
};

/** A person, locked until the transaction ends. */
function locked(trx: Kysely<DB>, id: string) {
  return trx
    .selectFrom('principal')
    .leftJoin('auth_user', 'auth_user.id', 'principal.auth_user_id')
    .select([
      'principal.id',
      'principal.name',
      'principal.roles',
      'auth_user.email',
      'auth_user.id as userId',
    ])
    .where('principal.id', '=', id)
    .where('principal.kind', '=', 'person')
    .forUpdate('principal')
    .executeTakeFirst();
}

/** Of two who unmake the last two operators at once, one comes second and is refused. */
async function isLastOperator(trx: Kysely<DB>, id: string): Promise<boolean> {
  await trx.selectFrom('installation').select('id').forUpdate().execute();
  const other = await trx
    .selectFrom('principal')
    .select('id')
    .where(sql<boolean>`roles <> '{}' and 'operator' = any(roles)`)
    .where('id', '!=', id)
    .limit(1)
    .executeTakeFirst();
  return other === undefined;
}

/** Gives a person these roles and no others. They count from their next call on. */
export function setRoles(
  { db }: Pick<Context, 'db'>,
  rights: ReadonlySet<Right>,
  id: string,
  roles: readonly Role[],
): Promise<PersonChange> {
  return db.transaction().execute(async (trx): Promise<PersonChange> => {
    const row = await locked(trx, id);
    if (row === undefined) return { kind: 'missing' };
    const reason = refusalToGive(rights, row.roles, roles);
    if (reason !== undefined) return { kind: 'forbidden', reason };
    if (row.roles.includes('operator') && !roles.includes('operator') && (await isLastOperator(trx, id)))
      return LAST;
    await trx
      .updateTable('principal')
      .set({ roles: [...roles] })
      .where('id', '=', id)
      .execute();
    const { userId: _, ...person } = row;
    return { kind: 'done', value: { ...person, roles: [...roles] }, before: row.roles };
  });
}

/** What becomes of the files of who is deleted; nothing said: they are not deleted while they have any. */
export type FilesOfPerson = { setFilesAside?: boolean; heirId?: string | undefined };

/**
 * Gives a person's disk to another, or forgets whose it is: then its host shows it in quarantine, with all that is on it.
 * Says why not.
 */
async function letGoOfFiles(
  trx: Kysely<DB>,
  id: string,
  { setFilesAside = false, heirId }: FilesOfPerson,
): Promise<string | undefined> {
  const disk = await trx
    .selectFrom('profile_disk')
    .select(['id', 'machine_id'])
    .where('principal_id', '=', id)
    .forUpdate()
    .executeTakeFirst();
  if (disk === undefined) return undefined;
  if (disk.machine_id !== null) return 'Their files are in use by a machine: wait until it is gone.';
  if (heirId !== undefined) {
    if (heirId === id) return 'Who is deleted cannot keep the files.';
    const heir = await locked(trx, heirId);
    if (heir === undefined) return 'Who is to have their files is not there.';
    const own = await trx
      .selectFrom('profile_disk')
      .select('id')
      .where('principal_id', '=', heirId)
      .executeTakeFirst();
    if (own !== undefined) return `${heir.name} has files of their own: give them to somebody who has none.`;
    await trx.updateTable('profile_disk').set({ principal_id: heirId }).where('id', '=', disk.id).execute();
    return undefined;
  }
  if (!setFilesAside)
    return 'They have files on a disk of their own: say who gets them, or that they are set aside.';
  await trx.deleteFrom('profile_disk').where('id', '=', disk.id).execute();
  return undefined;
}

/**
 * Deletes a person, with how they sign in, what was given to them and the sessions that they had; what they did stays in the
 * audit log. Refused while something of theirs would be lost or goes on. Answers them as they were.
 */
export function deletePerson(
  { db }: Pick<Context, 'db'>,
  rights: ReadonlySet<Right>,
  id: string,
  files: FilesOfPerson = {},
): Promise<PersonChange> {
  return db.transaction().execute(async (trx): Promise<PersonChange> => {
    // Whoever makes something of theirs at this moment needs their row, and comes wholly before or after.
    const row = await locked(trx, id);
    if (row === undefined) return { kind: 'missing' };
    const reason = refusalToTouch(rights, row.roles);
    if (reason !== undefined) return { kind: 'forbidden', reason };
    if (row.roles.includes('operator') && (await isLastOperator(trx, id))) return LAST;
    const { sessions, machines } = await trx
      .selectNoFrom([
        sql<number>`(select count(*) from session where principal_id = ${id} and ended_at is null)`.as(
          'sessions',
        ),
        sql<number>`(select count(*) from machine where principal_id = ${id})`.as('machines'),
      ])
      .executeTakeFirstOrThrow();
    if (sessions > 0) return { kind: 'refused', reason: 'They have an open session: end it first.' };
    if (machines > 0)
      return {
        kind: 'refused',
        reason: 'They have a machine of their own: delete it first, with what is on it.',
      };
    const kept = await letGoOfFiles(trx, id, files);
    if (kept !== undefined) return { kind: 'refused', reason: kept };
    await trx.deleteFrom('session').where('principal_id', '=', id).execute();
    await trx.deleteFrom('principal').where('id', '=', id).execute();
    const { userId, ...person } = row;
    if (userId !== null) await trx.deleteFrom('auth_user').where('id', '=', userId).execute();
    return { kind: 'done', value: person, before: row.roles };
  });
}

/** Why a caller may do nothing about how this person signs in; undefined: they may, or there is none. */
export async function refusalFor(
  { db }: Pick<Context, 'db'>,
  rights: ReadonlySet<Right>,
  id: string,
): Promise<string | undefined> {
  const row = await db.selectFrom('principal').select('roles').where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : refusalToTouch(rights, row.roles);
}
