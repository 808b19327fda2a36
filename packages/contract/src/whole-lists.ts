/** A page is answered within the time of a click, and held in memory by both sides. */
export const PAGE_ROWS_MAX = 500;

/** Reads a list to its end. */
export async function allOf<T>(
  read: (page: { limit: number; cursor?: string }) => Promise<{ items: T[]; nextCursor: string | null }>,
): Promise<T[]> {
  const all: T[] = [];
  let page = await read({ limit: PAGE_ROWS_MAX });
  for (;;) {
    all.push(...page.items);
    if (page.nextCursor === null) return all;
    page = await read({ limit: PAGE_ROWS_MAX, cursor: page.nextCursor });
  }
}
