import type { DB } from '@orangery/database';
import { OrangeryError } from '@orangery/std';
import type { Kysely } from 'kysely';
import { type Asked, beginSessions, type Begun } from './begin.ts';

/** A statement for more would keep the first of them waiting for the last. */
const TOGETHER_MAX = 64;

type Waiter = { resolve: (begun: Begun | undefined) => void; reject: (error: unknown) => void };
type Call = { asked: Asked; waiters: Waiter[] };

/**
 * People who ask for a pool while others are being served are served together after them: one statement and one commit
 * for all. Who comes alone is served at once. Clicks of the same person that wait are one.
 */
class Gathering {
  readonly #db: Kysely<DB>;
  readonly #calls = new Map<string, Map<string, Call>>();
  readonly #busy = new Set<string>();

  constructor(db: Kysely<DB>) {
    this.#db = db;
  }

  begin(poolId: string, asked: Asked): Promise<Begun | undefined> {
    return new Promise((resolve, reject) => {
      const calls = this.#calls.get(poolId) ?? new Map<string, Call>();
      this.#calls.set(poolId, calls);
      const call = calls.get(asked.id) ?? { asked, waiters: [] };
      call.waiters.push({ resolve, reject });
      calls.set(asked.id, call);
      if (!this.#busy.has(poolId)) void this.#serve(poolId);
    });
  }

  async #serve(poolId: string): Promise<void> {
    this.#busy.add(poolId);
    for (;;) {
      const calls = this.#calls.get(poolId);
      const together = [...(calls?.values() ?? [])].slice(0, TOGETHER_MAX);
      if (together.length === 0) break;
      for (const { asked } of together) calls?.delete(asked.id);
      const people = together.map(({ asked }) => asked);
      await beginSessions(this.#db, poolId, people).then(
        (answers) => {
          for (const { asked, waiters } of together) settle(waiters, answers.get(asked.id));
        },
        (error: unknown) => {
          for (const { waiters } of together) for (const each of waiters) each.reject(error);
        },
      );
    }
    this.#calls.delete(poolId);
    this.#busy.delete(poolId);
  }
}

function settle(waiters: readonly Waiter[], answer: Begun | OrangeryError | undefined): void {
  for (const [index, { resolve, reject }] of waiters.entries()) {
    if (answer instanceof OrangeryError) reject(answer);
    // Only one of several clicks made it.
    else resolve(answer === undefined || index === 0 ? answer : { ...answer, made: false });
  }
}

const gatherings = new WeakMap<Kysely<DB>, Gathering>();

/** The session of one person, decided together with those who ask at the same moment; undefined: look again. */
export function beginSession(db: Kysely<DB>, poolId: string, asked: Asked): Promise<Begun | undefined> {
  const gathering = gatherings.get(db) ?? new Gathering(db);
  gatherings.set(db, gathering);
  return gathering.begin(poolId, asked);
}
