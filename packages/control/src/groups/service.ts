import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { isUniqueViolation, undefinedWhereGone } from '../rows.ts';
import { endUnentitled } from '../sessions/service.ts';
import { findGroup, findMember, type Group, type GroupMember } from './store.ts';

/** Of groups that are made and changed here; others are read from a directory, and changed there. */
const HERE = 'local';

/** `elsewhere`: the group is of this directory. */
export type Changed<T> =
  | { kind: 'done'; value: T }
  | { kind: 'missing' }
  | { kind: 'taken' }
  | { kind: 'elsewhere'; source: string };

/** Makes a group; `taken` where the tenant has one of this name, however it is written. */
export async function createGroup(
  context: Context,
  tenantId: string,
  name: string,
): Promise<Exclude<Changed<Group>, { kind: 'elsewhere' }>> {
  try {
    const { id } = await context.db
      .insertInto('principal')
      .values({ tenant_id: tenantId, kind: 'group', name })
      .returning('id')
      .executeTakeFirstOrThrow();
    const value = await findGroup(context, id);
    return value === undefined ? { kind: 'missing' } : { kind: 'done', value };
  } catch (error) {
    if (isUniqueViolation(error)) return { kind: 'taken' };
    throw error;
  }
}

/** A group that may be changed here. */
async function groupHere(context: Context, id: string): Promise<Changed<Group>> {
  const value = await findGroup(context, id);
  if (value === undefined) return { kind: 'missing' };
  return value.source === HERE ? { kind: 'done', value } : { kind: 'elsewhere', source: value.source };
}

export async function renameGroup(context: Context, id: string, name: string): Promise<Changed<Group>> {
  const before = await groupHere(context, id);
  if (before.kind !== 'done') return before;
  try {
    const renamed = await context.db
      .updateTable('principal')
      .set({ name })
      .where('id', '=', id)
      .returning('name')
      .executeTakeFirst();
    return renamed === undefined ? { kind: 'missing' } : { kind: 'done', value: { ...before.value, name } };
  } catch (error) {
    if (isUniqueViolation(error)) return { kind: 'taken' };
    throw error;
  }
}

/**
 * Deletes a group, with its entitlements; its people stay. Acts on each of them as `removeEntitlement` does. Answers the
 * group as it was; of two who delete it at once, one hears that it was gone.
 */
export async function deleteGroup(context: Context, id: string): Promise<Changed<Group>> {
  const before = await groupHere(context, id);
  if (before.kind !== 'done') return before;
  const deleted = await context.db
    .deleteFrom('principal')
    .where('id', '=', id)
    .where('kind', '=', 'group')
    .returning('id')
    .executeTakeFirst();
  if (deleted === undefined) return { kind: 'missing' };
  await endUnentitled(context);
  return before;
}

/**
 * Puts a person into a group of their tenant. Again, also at the same moment, is harmless: it answers the membership
 * there is. `missing` when either is not there.
 */
export async function addMember(
  context: Context,
  { groupId, personId }: { groupId: string; personId: string },
): Promise<Changed<GroupMember>> {
  const group = await groupHere(context, groupId);
  if (group.kind !== 'done') return group;
  const pair = await context.db
    .selectFrom('principal as party')
    .innerJoin('principal as person', 'person.tenant_id', 'party.tenant_id')
    .select(['party.id as group_id', 'person.id as person_id'])
    .where('party.id', '=', groupId)
    .where('person.id', '=', personId)
    .where('person.kind', '=', 'person')
    .executeTakeFirst();
  if (pair === undefined) return { kind: 'missing' };
  await context.db
    .insertInto('group_member')
    .values(pair)
    .onConflict((conflict) => conflict.doNothing())
    .execute()
    .catch(undefinedWhereGone);
  // Who takes them out in this moment, or deletes the group, wins: then they are not in it.
  const value = await findMember(context, groupId, personId);
  return value === undefined ? { kind: 'missing' } : { kind: 'done', value };
}

/** Puts those of a tenant into a group who have these addresses. */
export async function addMembers(
  context: Context,
  { groupId, emails }: { groupId: string; emails: readonly string[] },
): Promise<Changed<{ added: number; already: number; unknown: string[] }>> {
  const group = await groupHere(context, groupId);
  if (group.kind !== 'done') return group;
  const wanted = [...new Set(emails.map((each) => each.toLowerCase()))];
  const found = await context.db
    .selectFrom('principal as party')
    .innerJoin('principal as person', 'person.tenant_id', 'party.tenant_id')
    .innerJoin('auth_user', 'auth_user.id', 'person.auth_user_id')
    .select(['person.id', 'auth_user.email'])
    .where('party.id', '=', groupId)
    .where('person.kind', '=', 'person')
    .where(sql<boolean>`lower(auth_user.email) = any(${wanted}::text[])`)
    .execute();
  const known = new Set(found.map(({ email }) => email.toLowerCase()));
  const rows = found.map(({ id }) => ({ group_id: groupId, person_id: id }));
  const added =
    rows.length === 0
      ? []
      : await context.db
          .insertInto('group_member')
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
          .returning('person_id')
          .execute()
          .catch(undefinedWhereGone);
  if (added === undefined) return { kind: 'missing' };
  return {
    kind: 'done',
    value: {
      added: added.length,
      already: rows.length - added.length,
      unknown: wanted.filter((email) => !known.has(email)),
    },
  };
}

/**
 * Takes a person out of a group; acts as `removeEntitlement` does on what they have no other way to. Answers the
 * membership as it was; of two who do it at once, one hears `missing`.
 */
export async function removeMember(
  context: Context,
  { groupId, personId }: { groupId: string; personId: string },
): Promise<Changed<GroupMember>> {
  const group = await groupHere(context, groupId);
  if (group.kind !== 'done') return group;
  const value = await findMember(context, groupId, personId);
  if (value === undefined) return { kind: 'missing' };
  const removed = await context.db
    .deleteFrom('group_member')
    .where('group_id', '=', groupId)
    .where('person_id', '=', personId)
    .returning('person_id')
    .executeTakeFirst();
  if (removed === undefined) return { kind: 'missing' };
  await endUnentitled(context, { personId });
  return { kind: 'done', value };
}
