import type { hostInput } from '@orangery/contract';
import type { z } from 'zod';
import type { Context } from '../context.ts';

/** Adds the row of a host; the hosts loop reaches it at once and says in the row what it found. */
export async function addHost(
  { db, seal }: Context,
  input: z.infer<typeof hostInput>,
): Promise<{ kind: 'added'; id: string } | { kind: 'taken' } | { kind: 'keyMissing' }> {
  if (input.address.kind === 'ssh' && input.privateKey === undefined) return { kind: 'keyMissing' };
  const row = await db
    .insertInto('host')
    .values({
      name: input.name,
      address: JSON.stringify(input.address),
      key_sealed: input.privateKey === undefined ? null : seal('host-key', Buffer.from(input.privateKey)),
      storage_path: input.storagePath,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('id')
    .executeTakeFirst();
  return row === undefined ? { kind: 'taken' } : { kind: 'added', id: row.id };
}
