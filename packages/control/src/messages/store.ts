import type { messageSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { iso } from '../rows.ts';

export type Message = z.infer<typeof messageSchema>;

/** Whoever has so many unread is shown no more of them. */
const UNREAD_MAX = 20;
const KEPT_DAYS = 7;

const COLUMNS = ['id', 'sender', 'text', 'at'] as const;
const toMessage = ({ at, ...row }: { id: string; sender: string; text: string; at: Date }): Message => ({
  ...row,
  at: iso(at),
});
const old = ({ clock }: Pick<Context, 'clock'>): Date => new Date(clock.now() - KEPT_DAYS * 86_400_000);

/** What a person has not read yet, the oldest first. */
export async function unreadMessages(context: Context, personId: string): Promise<Message[]> {
  const rows = await context.db
    .selectFrom('message')
    .select(COLUMNS)
    .where('person_id', '=', personId)
    .where('read_at', 'is', null)
    .where('at', '>', old(context))
    .orderBy('at')
    .limit(UNREAD_MAX)
    .execute();
  return rows.map(toMessage);
}

/** Says something to a person. */
export function sendMessage(
  context: Context,
  personId: string,
  { sender, text }: { sender: string; text: string },
): Promise<{ kind: 'sent'; message: Message } | { kind: 'missing' } | { kind: 'tooMany' }> {
  return context.db.transaction().execute(async (trx) => {
    const person = await trx
      .selectFrom('principal')
      .select(['id', 'tenant_id'])
      .where('id', '=', personId)
      .where('kind', '=', 'person')
      .forUpdate()
      .executeTakeFirst();
    if (person === undefined) return { kind: 'missing' };
    const { unread } = await trx
      .selectFrom('message')
      .select(sql<number>`count(*)`.as('unread'))
      .where('person_id', '=', personId)
      .where('read_at', 'is', null)
      .where('at', '>', old(context))
      .executeTakeFirstOrThrow();
    if (unread >= UNREAD_MAX) return { kind: 'tooMany' };
    const row = await trx
      .insertInto('message')
      .values({
        tenant_id: person.tenant_id,
        person_id: personId,
        sender,
        text,
        at: new Date(context.clock.now()),
      })
      .returning(COLUMNS)
      .executeTakeFirstOrThrow();
    return { kind: 'sent', message: toMessage(row) };
  });
}

/** Undefined: nothing of the kind was said to them, or they have read it. */
export async function readMessage(
  { db, clock }: Context,
  personId: string,
  id: string,
): Promise<Message | undefined> {
  const row = await db
    .updateTable('message')
    .set({ read_at: new Date(clock.now()) })
    .where('id', '=', id)
    .where('person_id', '=', personId)
    .where('read_at', 'is', null)
    .returning(COLUMNS)
    .executeTakeFirst();
  return row === undefined ? undefined : toMessage(row);
}

export async function deleteOldMessages(context: Context): Promise<number> {
  const { numDeletedRows } = await context.db
    .deleteFrom('message')
    .where('at', '<', old(context))
    .executeTakeFirst();
  return Number(numDeletedRows);
}
