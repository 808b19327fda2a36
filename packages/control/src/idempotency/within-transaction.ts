import type { Database, DB } from '@orangery/database';
import { sql, type Transaction } from 'kysely';

/**
 * A transaction as services know the database: where they begin one of their own, it is a savepoint of this, so that what
 * fails in it leaves the rest as it was.
 */
export function withinTransaction(trx: Transaction<DB>): Database {
  const transaction = () => ({
    async execute<T>(work: (within: Transaction<DB>) => Promise<T>): Promise<T> {
      await sql`savepoint within`.execute(trx);
      try {
        const result = await work(trx);
        await sql`release savepoint within`.execute(trx);
        return result;
      } catch (error) {
        await sql`rollback to savepoint within`.execute(trx);
        throw error;
      }
    },
  });
  return new Proxy(trx, {
    get(target, member) {
      if (member === 'transaction') return transaction;
      const value: unknown = Reflect.get(target, member, target);
      // Its methods reach members that a stand-in does not have.
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
