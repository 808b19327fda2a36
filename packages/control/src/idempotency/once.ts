import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { withinTransaction } from './within-transaction.ts';

/** Clients try again within minutes; whoever comes after a day means another request. */
export const KEPT_HOURS = 24;

export type Asked = {
  /** Keys of one caller are nothing to another. */
  caller: string;
  tenantId: string;
  key: string;
  operation: string;
  input: unknown;
};

/** `reused`: the key is of another request. `busy`: the same request is being worked on. */
export type Once<T> = { kind: 'done'; answer: T } | { kind: 'reused' } | { kind: 'busy' };

/**
 * Does what is asked for under an idempotency key once: the second time answers as the first did. What is done, what the
 * audit log is told of it and the answer are one transaction: a server that is killed leaves all of it or nothing. What
 * failed is not kept, and may be tried again with the same key.
 */
export async function once<T>(
  context: Context,
  asked: Asked,
  work: (context: Context) => Promise<T>,
): Promise<Once<T>> {
  const { caller, tenantId, key, operation, input } = asked;
  const digest = digestOf(operation, input);
  const purpose = `answer:${caller}:${key}`;
  return context.db.transaction().execute(async (trx) => {
    const name = JSON.stringify([tenantId, caller, key]);
    const { rows } = await sql<{ free: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${name}, 0)) as free`.execute(trx);
    if (rows[0]?.free !== true) return { kind: 'busy' };
    await trx
      .deleteFrom('kept_answer')
      .where('created_at', '<', sql<Date>`now() - ${`${KEPT_HOURS} hours`}::interval`)
      .execute();
    const kept = await trx
      .selectFrom('kept_answer')
      .select(['request_sha256', 'answer_sealed'])
      .where('tenant_id', '=', tenantId)
      .where('caller', '=', caller)
      .where('key', '=', key)
      .executeTakeFirst();
    if (kept !== undefined) {
      if (!kept.request_sha256.equals(digest)) return { kind: 'reused' };
      const answer = JSON.parse(context.unseal(purpose, kept.answer_sealed).toString()) as T;
      return { kind: 'done', answer };
    }
    const answer = await work({ ...context, db: withinTransaction(trx) });
    await trx
      .insertInto('kept_answer')
      .values({
        caller,
        tenant_id: tenantId,
        key,
        operation,
        request_sha256: digest,
        answer_sealed: context.seal(purpose, Buffer.from(JSON.stringify(answer))),
      })
      .execute();
    return { kind: 'done', answer };
  });
}

/** The order in which a client writes the members of an object makes no other request of it. */
function digestOf(operation: string, input: unknown): Buffer {
  const sorted = JSON.stringify([operation, input], (_member, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value,
  );
  return createHash('sha256').update(sorted).digest();
}
