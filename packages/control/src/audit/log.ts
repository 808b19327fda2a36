import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import type { Context } from '../context.ts';
import { type Fault, follow, genesis, hashOf, type Link, sealedText } from './chain.ts';
import { chained, contents } from './store.ts';

type Chained = Pick<Context, 'db' | 'mac' | 'installation'>;

const MAC_PURPOSE = 'audit';
const BATCH = 1_000;
const DELETE_BATCH = 5_000;

/** Where the chain begins: after what was deleted because it was old, or at its very beginning. */
async function anchorOf({ db, installation }: Pick<Chained, 'installation'> & { db: Kysely<DB> }) {
  const anchor = await db.selectFrom('audit_anchor').selectAll().executeTakeFirst();
  return anchor ?? { ...genesis(installation.id), mac: undefined };
}

async function headOf(context: Pick<Chained, 'installation'> & { db: Kysely<DB> }): Promise<Link> {
  const last = await context.db
    .selectFrom('audit_event')
    .select(['position', 'hash'])
    .where('position', 'is not', null)
    .orderBy('position', 'desc')
    .limit(1)
    .executeTakeFirst();
  if (last === undefined || last.position === null || last.hash === null) return anchorOf(context);
  return { position: last.position, hash: last.hash };
}

/**
 * Gives events that have none a place in the chain, in the order in which they came, a batch at a time. One writer: who
 * calls holds a lock; of two that do so all the same, the second fails at a unique index and has changed nothing.
 *
 * @returns how many
 */
export async function chainEvents(context: Chained): Promise<number> {
  const { db, mac } = context;
  return db.transaction().execute(async (trx) => {
    const events = await contents(trx).where('position', 'is', null).orderBy('id').limit(BATCH).execute();
    let { position, hash } = await headOf({ ...context, db: trx });
    const links = events.map(({ id, hash: _hash, mac: _mac, ...content }) => {
      position += 1;
      hash = hashOf(hash, { ...content, position });
      return { id, position, hash, mac: mac(MAC_PURPOSE, sealedText('event', { position, hash })) };
    });
    if (links.length === 0) return 0;
    const columns = [links.map(({ id }) => id), links.map((link) => link.position)] as const;
    const bytes = [links.map((link) => link.hash), links.map((link) => link.mac)] as const;
    await sql`update audit_event set position = link.position, hash = link.hash, mac = link.mac
      from unnest(${columns[0]}::bigint[], ${columns[1]}::bigint[], ${bytes[0]}::bytea[], ${bytes[1]}::bytea[])
        as link (id, position, hash, mac)
      where audit_event.id = link.id`.execute(trx);
    return links.length;
  });
}

export type Verified = { events: number; anchor: number; head: Link; fault: Fault | undefined };

/**
 * Follows the chain from the oldest event that is kept. `known`: an event that was noted elsewhere, which must be the same
 * still, as far as it is kept.
 */
export async function verifyAudit(context: Chained, known?: Link): Promise<Verified> {
  const { mac } = context;
  const macOf = (text: Buffer): Buffer => mac(MAC_PURPOSE, text);
  const anchor = await anchorOf(context);
  const begin = { position: anchor.position, hash: anchor.hash };
  const verified = (head: Link, fault?: Fault): Verified => ({
    events: head.position - begin.position,
    anchor: begin.position,
    head,
    fault,
  });
  if (anchor.mac !== undefined && !macOf(sealedText('anchor', begin)).equals(anchor.mac)) {
    const reason = 'what was deleted was not deleted by this installation';
    return verified(begin, { position: begin.position, reason });
  }
  let head: Link = begin;
  for (;;) {
    const events = await chained(context, head.position, BATCH);
    const followed = follow(head, events, macOf);
    const same = [begin, ...events].find(({ position }) => position === known?.position);
    if (known !== undefined && same !== undefined && !same.hash.equals(known.hash))
      return verified(head, { position: known.position, reason: 'it is not the event that was noted' });
    head = followed.head;
    if (followed.fault !== undefined) return verified(head, followed.fault);
    if (events.length < BATCH) break;
  }
  if (known !== undefined && known.position > head.position)
    return verified(head, { position: known.position, reason: 'it was noted, and is not there' });
  return verified(head);
}

/**
 * Deletes events of before a moment, the oldest first, up to the first that is younger or has not been sent. The anchor
 * moves before anything goes: a server that is killed in between deletes the rest later.
 *
 * @returns how many
 */
export async function deleteOldEvents(
  context: Chained,
  before: Date,
  sentUpTo: number | undefined,
): Promise<number> {
  const { db, mac } = context;
  await db.transaction().execute(async (trx) => {
    const anchor = await anchorOf({ ...context, db: trx });
    const young = await trx
      .selectFrom('audit_event')
      .select('position')
      .where('position', '>', anchor.position)
      .where('at', '>=', before)
      .orderBy('position')
      .limit(1)
      .executeTakeFirst();
    const head = await headOf({ ...context, db: trx });
    const to = Math.min((young?.position ?? head.position + 1) - 1, sentUpTo ?? head.position);
    if (to <= anchor.position) return;
    const last = await trx
      .selectFrom('audit_event')
      .select(['position', 'hash'])
      .where('position', '=', to)
      .executeTakeFirstOrThrow();
    const link = { position: to, hash: last.hash ?? Buffer.alloc(0) };
    const row = { ...link, mac: mac(MAC_PURPOSE, sealedText('anchor', link)) };
    await trx
      .insertInto('audit_anchor')
      .values(row)
      .onConflict((conflict) => conflict.column('singleton').doUpdateSet({ ...row, at: sql`now()` }))
      .execute();
  });
  const { position } = await anchorOf(context);
  for (let deleted = 0; ;) {
    const { numDeletedRows } = await db
      .deleteFrom('audit_event')
      .where('id', 'in', (eb) =>
        eb
          .selectFrom('audit_event')
          .select('id')
          .where('position', '<=', position)
          .orderBy('position')
          .limit(DELETE_BATCH),
      )
      .executeTakeFirst();
    deleted += Number(numDeletedRows);
    if (numDeletedRows < DELETE_BATCH) return deleted;
  }
}
