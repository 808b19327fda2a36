import type { Context } from '../context.ts';
import { findGroup, type Group } from '../groups/store.ts';
import { isUniqueViolation } from '../rows.ts';
import type { Directory } from './store.ts';

const NAME_LENGTH_MAX = 100;

/**
 * Takes a group of a directory in; again answers the one there is. Where another group has its name, it bears the
 * directory's besides.
 */
export async function takeGroupIn(
  context: Pick<Context, 'db'>,
  directory: Directory,
  group: { id: string; name: string },
): Promise<Group | 'taken'> {
  const name = group.name.slice(0, NAME_LENGTH_MAX);
  for (const each of [name, besides(name, directory)]) {
    const found = await context.db
      .selectFrom('principal')
      .select('id')
      .where('source', '=', directory.name)
      .where('kind', '=', 'group')
      .where('external_id', '=', group.id)
      .executeTakeFirst();
    try {
      const { id } =
        found ??
        (await context.db
          .insertInto('principal')
          .values({
            tenant_id: directory.tenantId,
            kind: 'group',
            name: each,
            source: directory.name,
            external_id: group.id,
          })
          .returning('id')
          .executeTakeFirstOrThrow());
      const made = await findGroup(context, id);
      if (made !== undefined) return made;
    } catch (error) {
      if (!isUniqueViolation(error)) throw error;
    }
  }
  return 'taken';
}

/** A group is called here as it is there, unless another one is called so. */
export async function followName(
  { db }: Pick<Context, 'db'>,
  directory: Directory,
  group: { id: string; name: string },
  there: string,
): Promise<void> {
  const name = there.slice(0, NAME_LENGTH_MAX);
  if (group.name === name || group.name === besides(name, directory)) return;
  await db
    .updateTable('principal')
    .set({ name })
    .where('id', '=', group.id)
    .execute()
    .catch((error: unknown) => {
      if (!isUniqueViolation(error)) throw error;
    });
}

const besides = (name: string, { title }: Directory): string => `${name} (${title})`;

/** Takes one out again, or all. Answers them as they were; `endUnentitled` has to follow. */
export async function takeGroupsOut(
  context: Pick<Context, 'db'>,
  source: string,
  groupId?: string,
): Promise<Group[]> {
  let rows = context.db
    .selectFrom('principal')
    .select('id')
    .where('source', '=', source)
    .where('kind', '=', 'group');
  if (groupId !== undefined) rows = rows.where('id', '=', groupId);
  const out: Group[] = [];
  for (const { id } of await rows.execute()) {
    const group = await findGroup(context, id);
    const deleted = await context.db
      .deleteFrom('principal')
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst();
    if (group !== undefined && deleted !== undefined) out.push(group);
  }
  return out;
}
