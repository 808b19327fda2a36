import type { DB } from '@orangery/database';
import type { Clock } from '@orangery/std';
import { type Kysely, sql } from 'kysely';

/** The one connection that holds this process's locks; `query` as of `pg`. */
export type LockConnection = {
  query(text: string, values: unknown[]): Promise<{ rows: { locked?: boolean }[] }>;
};

const RETRY_MS = 25;

/**
 * Exclusion among all server processes, by PostgreSQL's advisory locks. They are held by one connection of this
 * process, so they end with it: whoever holds the connection aborts all turns when it breaks.
 *
 * An advisory lock may be taken twice by its own connection, so a set in memory keeps out this process's other turns.
 */
export class Locks {
  readonly #connection: () => Promise<LockConnection>;
  readonly #clock: Clock;
  readonly #held = new Set<string>();
  /** Turns of this process that wait for each lock which it holds itself, in their order. */
  readonly #waiting = new Map<string, Set<() => void>>();

  constructor(connection: () => Promise<LockConnection>, clock: Clock) {
    this.#connection = connection;
    this.#clock = clock;
  }

  /** Runs `work` if the lock is free; `undefined` if somebody else has it. */
  async tryWith<T>(name: string, work: () => Promise<T>): Promise<{ value: T } | undefined> {
    if (this.#held.has(name)) return undefined;
    this.#held.add(name);
    try {
      const connection = await this.#connection();
      const answer = await connection.query(
        'select pg_try_advisory_lock(hashtextextended($1, 0)) as locked',
        [name],
      );
      if (answer.rows[0]?.locked !== true) return undefined;
      try {
        return { value: await work() };
      } finally {
        // A broken connection has let go of the lock by itself.
        await connection.query('select pg_advisory_unlock(hashtextextended($1, 0))', [name]).catch(() => {});
      }
    } finally {
      this.#held.delete(name);
      this.#wake(name);
    }
  }

  /** Waits for the lock, then runs `work`. */
  async with<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      if (this.#held.has(name)) {
        await this.#released(name, signal);
        continue;
      }
      const done = await this.tryWith(name, work);
      if (done !== undefined) return done.value;
      // Another process has it.
      await this.#clock.sleep(RETRY_MS, signal);
    }
  }

  /** Until this process lets go of the lock: dozens of turns may wait for one, and need not look again and again. */
  #released(name: string, signal: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(name) ?? new Set();
      this.#waiting.set(name, waiting);
      const end = (): void => {
        signal.removeEventListener('abort', onAbort);
        waiting.delete(wake);
        if (waiting.size === 0 && this.#waiting.get(name) === waiting) this.#waiting.delete(name);
      };
      const wake = (): void => {
        end();
        resolve();
      };
      const onAbort = (): void => {
        end();
        reject(signal.reason);
      };
      waiting.add(wake);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  }

  /** All of them look: the first takes it, the others wait on in their order, and one that gave up holds up nobody. */
  #wake(name: string): void {
    for (const wake of this.#waiting.get(name) ?? []) wake();
  }
}

/** How many of these locks some process holds now. They are looked at and not taken, so that nobody misses a turn by it. */
export async function countHeld(db: Kysely<DB>, names: readonly string[]): Promise<number> {
  // A lock of one bigint is listed in two halves (PostgreSQL, "pg_locks").
  const { rows } = await sql<{ held: number }>`
    select count(*)::integer as held from unnest(${names}::text[]) name
    where hashtextextended(name, 0) in (
      select (classid::bigint << 32) | objid::bigint from pg_locks
      where locktype = 'advisory' and objsubid = 1 and granted
        and database = (select oid from pg_database where datname = current_database()))`.execute(db);
  return rows[0]?.held ?? 0;
}
