import { createHash } from 'node:crypto';
import pg from 'pg';

/** Each costs PostgreSQL some kilobytes in each connection. */
const STATEMENTS_MAX = 400;

/**
 * Statements that are asked again are prepared: PostgreSQL parses and plans each once for a connection, which takes
 * longer than most of ours run (bench broker). One that comes for the first time goes as it is, so that lists of all
 * lengths do not fill its memory.
 */
class Statements {
  readonly #names = new Map<string, string>();
  /** Asked once so far, the latest of them: what never comes again must not keep others out. */
  readonly #once = new Set<string>();

  nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size === STATEMENTS_MAX) return known;
    if (!this.#once.delete(text)) {
      this.#once.add(text);
      const [oldest] = this.#once;
      if (this.#once.size > STATEMENTS_MAX && oldest !== undefined) this.#once.delete(oldest);
      return undefined;
    }
    const name = createHash('sha256').update(text).digest('base64url').slice(0, 24);
    this.#names.set(text, name);
    return name;
  }
}

/** The class of a pool's clients; all of one pool share what they know of statements. */
export function preparingClient(): typeof pg.Client {
  const statements = new Statements();
  return class PreparingClient extends pg.Client {
    // Only the way that Kysely asks is taken up: text and values, answered by a promise.
    override query(...args: unknown[]): never {
      const [text, values] = args;
      const plain = typeof text === 'string' && Array.isArray(values) && args.length === 2;
      const name = plain ? statements.nameOf(text) : undefined;
      const ask = super.query.bind(this) as (...given: unknown[]) => unknown;
      return (name === undefined ? ask(...args) : ask({ name, text, values })) as never;
    }
  };
}
