import { OrangeryError } from '@orangery/std';
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';
import { cursorOf, valuesOf } from './cursor.ts';

/** By what rows are sorted; never null. */
export type SortKey = { by: RawBuilder<unknown>; type: 'text' | 'timestamptz' | 'bigint' | 'uuid' };

export const byText = (by: RawBuilder<unknown>): SortKey => ({ by, type: 'text' });
export const byTime = (by: RawBuilder<unknown>): SortKey => ({ by, type: 'timestamptz' });
export const byId = (column: string): SortKey => ({ by: sql.ref(column), type: 'uuid' });

export type PageAsked = {
  /** Whatever makes other rows of it, or another order: a cursor belongs to one question. */
  question: unknown;
  /** The last is different in each row. */
  keys: readonly SortKey[];
  order: 'asc' | 'desc';
  limit: number;
  cursor: string | undefined;
};

export type Page<T> = { items: T[]; nextCursor: string | null };

/**
 * A page of what a query finds, from the row after that of the cursor on: rows that come or go in between shift nothing, and
 * page 100 costs no more than page 1. Throws `BAD_REQUEST` for a cursor that is none of this question.
 */
export async function readPage<DB, T extends keyof DB, O, Item>(
  { mac }: Pick<Context, 'mac'>,
  query: SelectQueryBuilder<DB, T, O>,
  { question, keys, order, limit, cursor }: PageAsked,
  toItem: (row: O) => Item,
): Promise<Page<Item>> {
  const asked = JSON.stringify([question, order]);
  const place = sql<string[]>`array[${sql.join(keys.map(({ by }) => sql`(${by})::text`))}]`;
  let page = query.select(place.as('page_place')).limit(limit + 1);
  for (const { by } of keys) page = page.orderBy(by, order);
  if (cursor !== undefined) {
    const values = valuesOf(mac, asked, cursor);
    if (values?.length !== keys.length) {
      throw new OrangeryError('BAD_REQUEST', 'This cursor is of another question, or of none', {
        fix: 'Begin at the first page, without a cursor.',
      });
    }
    const here = sql.join(keys.map(({ by }) => by));
    const there = sql.join(keys.map(({ type }, index) => sql`${values[index]}::${sql.raw(type)}`));
    page = page.where(
      order === 'asc' ? sql<boolean>`(${here}) > (${there})` : sql<boolean>`(${here}) < (${there})`,
    );
  }
  const rows = (await page.execute()) as (O & { page_place: string[] })[];
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(toItem),
    nextCursor: rows.length > limit && last !== undefined ? cursorOf(mac, asked, last.page_place) : null,
  };
}
