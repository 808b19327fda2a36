import type { Clock } from '@orangery/std';

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
    }
  }

  /** Waits for the lock, then runs `work`. */
  async with<T>(name: string, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    for (;;) {
      signal.throwIfAborted();
      const done = await this.tryWith(name, work);
      if (done !== undefined) return done.value;
      await this.#clock.sleep(RETRY_MS, signal);
    }
  }
}
