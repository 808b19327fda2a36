import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';
import type { DB } from './generated/tables.ts';
import { preparingClient } from './prepared.ts';

export type Database = Kysely<DB>;

/** At most this many connections of one process; PostgreSQL's default limit is 100 for all. */
const CONNECTIONS_MAX = 16;
/** Who comes in the morning finds them open, with their statements prepared: opened in the rush, they cost a second. */
const IDLE_MS = 3_600_000;
/**
 * A server whose machine lost its power says no farewell: PostgreSQL asks after 15 seconds of silence, and lets go of its
 * locks and transactions after 30, not after the kernel's two hours (PostgreSQL, "Connections and Authentication").
 */
const KEEPALIVES = '-c tcp_keepalives_idle=15 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3';

// bigint columns hold sizes and ids below 2^53: as numbers they are what all our code and JSON need.
pg.types.setTypeParser(pg.types.builtins.INT8, (text) => {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`a bigint column holds ${text}, more than 2^53`);
  return value;
});

/**
 * A pool of connections. A broken idle connection is dropped and made anew at the next query, so a restart of
 * PostgreSQL costs failed queries, never a failed process.
 *
 * @param url e.g. `postgres://user@host/db`, or `socket:/run/dir?db=orangery&user=root`
 */
export function connectDatabase(
  url: string,
  onIdleError: (error: Error) => void,
): { db: Database; pool: pg.Pool; close: () => Promise<void> } {
  const pool = new pg.Pool({
    Client: preparingClient(),
    connectionString: url,
    max: CONNECTIONS_MAX,
    connectionTimeoutMillis: 10_000,
    idleTimeoutMillis: IDLE_MS,
    statement_timeout: 60_000,
    application_name: 'orangery',
    options: KEEPALIVES,
  });
  pool.on('error', onIdleError);
  // One that is in use between two queries of a transaction has no listener of the pool's: PostgreSQL's farewell to it
  // would end the process. Its next query fails, which is what its user is told.
  pool.on('connect', (client) => client.on('error', () => {}));
  const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) });
  return { db, pool, close: () => db.destroy() };
}

/** One connection of its own, for LISTEN and session-level locks. @param name by which PostgreSQL lists it */
export async function connectSingle(url: string, name = 'orangery-notices'): Promise<pg.Client> {
  const client = new pg.Client({
    connectionString: url,
    application_name: name,
    options: KEEPALIVES,
    keepAlive: true,
    connectionTimeoutMillis: 10_000,
  });
  // An error without a listener ends the process; who needs to know listens for `end`.
  client.on('error', () => {});
  await client.connect();
  return client;
}
