import {
  keepPreviousData,
  type QueryKey,
  useInfiniteQuery,
  type UseQueryResult,
} from '@tanstack/react-query';
import { pollMs } from '../../api/polling.ts';

export const PAGE_ROWS = 200;
/** A list that somebody has read so far is not asked for whole with every change, but now and then. */
const PAGES_FOLLOWED = 2;
const DEEP_MS = 20_000;

type Page<T> = { items: T[]; nextCursor: string | null };

export type Pages<T> = {
  query: UseQueryResult<readonly T[]>;
  /** Reads on; nothing, where there is no more or it is on its way. */
  more: () => void;
  hasMore: boolean;
};

/** A list of the API, read on as somebody scrolls. `key` begins with that of the noun, so that changes are followed. */
export function usePages<T>(
  key: QueryKey,
  read: (page: { limit: number; cursor?: string }) => Promise<Page<T>>,
  isChanging: (row: T) => boolean = () => false,
): Pages<T> {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) =>
      read({ limit: PAGE_ROWS, ...(pageParam === undefined ? {} : { cursor: pageParam }) }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
    placeholderData: keepPreviousData,
    staleTime: ({ state }) => ((state.data?.pages.length ?? 0) > PAGES_FOLLOWED ? 'static' : 1_000),
    refetchInterval: ({ state }) => {
      const pages = state.data?.pages ?? [];
      if (pages.length > PAGES_FOLLOWED) return DEEP_MS;
      return pollMs(pages.some(({ items }) => items.some(isChanging)));
    },
    select: ({ pages }): readonly T[] => pages.flatMap(({ items }) => items),
  });
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  return {
    query,
    more() {
      if (hasNextPage && !isFetchingNextPage) void fetchNextPage();
    },
    hasMore: hasNextPage,
  };
}
