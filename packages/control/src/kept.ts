import type { Context } from './context.ts';

/** What many ask for in the same moment, read once in so long by each server. What failed is read anew. */
export class Kept<T> {
  readonly #ageMs: number;
  readonly #known = new WeakMap<Context, Map<string, { atMs: number; value: Promise<T> }>>();

  constructor(ageMs: number) {
    this.#ageMs = ageMs;
  }

  of(context: Context, key: string, read: () => Promise<T>): Promise<T> {
    const known = this.#known.get(context) ?? new Map<string, { atMs: number; value: Promise<T> }>();
    this.#known.set(context, known);
    const atMs = context.clock.monotonicMs();
    const latest = known.get(key);
    if (latest !== undefined && atMs - latest.atMs < this.#ageMs) return latest.value;
    const value = read();
    known.set(key, { atMs, value });
    value.catch(() => known.delete(key));
    return value;
  }
}
