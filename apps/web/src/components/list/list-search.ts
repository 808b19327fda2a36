/** What of a list is shown, as its address says: a link to it shows the same. */
export type ListSearch = {
  search?: string;
  sort?: string;
  order?: 'asc' | 'desc';
  /** Which rows, in the words of the page. */
  show?: string;
};

const SEARCH_MAX = 100;
const WORD = /^[a-zA-Z]{1,20}$/;

/** Reads the address; what it cannot mean is left out. */
export function listSearchOf(given: Readonly<Record<string, unknown>>): ListSearch {
  const { search, sort, order, show } = given;
  const found: ListSearch = {};
  // Whoever searches for 2026 has a number in the address.
  const text = typeof search === 'number' ? String(search) : search;
  if (typeof text === 'string' && text !== '') found.search = text.slice(0, SEARCH_MAX);
  if (typeof sort === 'string' && WORD.test(sort)) found.sort = sort;
  if (order === 'asc' || order === 'desc') found.order = order;
  if (typeof show === 'string' && WORD.test(show)) found.show = show;
  return found;
}

/** How a list is sorted once its column's head is pressed: the other way round where it is sorted by that already. */
export function sortedBy(
  now: Pick<ListSearch, 'sort' | 'order'>,
  sort: string,
): { sort: string; order: 'asc' | 'desc' } {
  return { sort, order: now.sort === sort && now.order === 'asc' ? 'desc' : 'asc' };
}

/** The sort of an address, where the list knows it; else how it is sorted when nobody says otherwise. */
export function sortOf<const Sorts extends readonly [string, ...string[]]>(
  { sort, order }: ListSearch,
  sorts: Sorts,
  usual: 'asc' | 'desc',
): { sort: Sorts[number]; order: 'asc' | 'desc' } {
  const known = sorts.find((each) => each === sort);
  return known === undefined ? { sort: sorts[0], order: usual } : { sort: known, order: order ?? usual };
}
