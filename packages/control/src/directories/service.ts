import type { directoryInput } from '@orangery/contract';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import type { Group } from '../groups/store.ts';
import { endUnentitled } from '../sessions/service.ts';
import { takeGroupsOut } from './groups.ts';
import { endPeople } from './people.ts';
import { type Directory, sealSecret, secretFor } from './store.ts';

/** Changes a directory; one that is turned off signs its people out, `ended` of them. */
export async function updateDirectory(
  context: Context,
  before: Directory,
  input: Omit<z.output<typeof directoryInput>, 'name'>,
): Promise<{ kind: 'done'; ended: number } | { kind: 'otherKind' } | { kind: 'secretMissing' }> {
  const { title, enabled, settings } = input;
  // Whoever an id stands for would be somebody else.
  if (settings.kind !== before.settings.kind) return { kind: 'otherKind' };
  const secret = secretFor(before, settings, input.secret);
  if (secret === undefined) return { kind: 'secretMissing' };
  const ended = await context.db.transaction().execute(async (trx) => {
    await trx
      .updateTable('directory')
      .set({
        title,
        enabled,
        settings: JSON.stringify(settings),
        secret_sealed: sealSecret(context, before.id, secret),
      })
      .where('id', '=', before.id)
      .execute();
    return enabled ? 0 : endPeople({ ...context, db: trx }, before.name);
  });
  return { kind: 'done', ended };
}

/** Takes a group of a directory out again, with what it may use; undefined: it is not there. */
export async function removeDirectoryGroup(
  context: Context,
  { name }: Pick<Directory, 'name'>,
  groupId: string,
): Promise<Group | undefined> {
  const [group] = await takeGroupsOut(context, name, groupId);
  if (group !== undefined) await endUnentitled(context);
  return group;
}

/** Takes a directory away with its groups, and signs its people out; undefined: somebody else has. */
export async function removeDirectory(
  context: Context,
  { id, name }: Pick<Directory, 'id' | 'name'>,
): Promise<{ ended: number; groups: Group[] } | undefined> {
  const removed = await context.db.transaction().execute(async (trx) => {
    const deleted = await trx
      .with('status', (q) =>
        q.deleteFrom('loop_status').where('loop', '=', 'directories').where('key', '=', id),
      )
      .deleteFrom('directory')
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst();
    if (deleted === undefined) return undefined;
    const inside = { ...context, db: trx };
    return { ended: await endPeople(inside, name), groups: await takeGroupsOut(inside, name) };
  });
  // Again by the sessions loop, if this server is killed before.
  if (removed !== undefined && removed.groups.length > 0) await endUnentitled(context);
  return removed;
}
