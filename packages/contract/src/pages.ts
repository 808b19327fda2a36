import { z } from 'zod';
import { PAGE_ROWS_MAX } from './whole-lists.ts';

/** Of every list that grows. */
export const pageInput = z.object({
  limit: z.coerce.number().int().min(1).max(PAGE_ROWS_MAX).default(100).describe('At most so many'),
  cursor: z
    .string()
    .max(2_000)
    .optional()
    .describe('Where the page before ended: its `nextCursor`. It belongs to the same question'),
});

/** Of lists that can be sorted; the first is how they are sorted if nobody says otherwise. */
export const sortInput = <const Sorts extends readonly [string, ...string[]]>(
  sorts: Sorts,
  order: 'asc' | 'desc',
) =>
  z.object({
    sort: z.enum(sorts).default(sorts[0] as Sorts[number]),
    order: z.enum(['asc', 'desc']).default(order),
  });

export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({
    items: z.array(item),
    /** Null: there are no more. */
    nextCursor: z.string().nullable(),
  });
