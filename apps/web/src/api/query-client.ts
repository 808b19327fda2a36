import { notifications } from '@mantine/notifications';
import { MutationCache, QueryCache, QueryClient } from '@tanstack/react-query';
import { codeOf, messageOf } from './errors.ts';
import { t } from '../i18n/t.ts';

declare module '@tanstack/react-query' {
  // Merged by the library's own rule.
  // oxlint-disable-next-line typescript/consistent-type-definitions
  interface Register {
    mutationMeta: {
      /** The page shows the error beside the form, so that no notification is wanted. */
      inline?: boolean;
    };
  }
}

/**
 * A failed query is worth asking again when the line failed, not when the answer was no. While something is being done,
 * no sign-in is no answer: who changes how they sign in gets another one with the answer to that.
 */
function isWorthAsking(failures: number, error: unknown, isDoing: boolean): boolean {
  const code = codeOf(error);
  if (failures >= 2) return false;
  if (code === 'UNAUTHORIZED') return isDoing;
  return code === undefined || code === 'UNAVAILABLE' || code === 'INTERNAL_SERVER_ERROR';
}

/** The one funnel for errors: of mutations as notifications, of queries where they are shown. */
export function createQueryClient(onSignedOut: () => void): QueryClient {
  const queries = new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => isWorthAsking(failures, error, queries.isMutating() > 0),
        staleTime: 1_000,
      },
    },
    queryCache: new QueryCache({
      onError: (error) => {
        if (codeOf(error) === 'UNAUTHORIZED') onSignedOut();
      },
    }),
    mutationCache: new MutationCache({
      onError: (error, _variables, _context, mutation) => {
        if (codeOf(error) === 'UNAUTHORIZED') onSignedOut();
        else if (mutation.meta?.inline !== true) {
          notifications.show({ color: 'red', title: t('That did not work'), message: messageOf(error) });
        }
      },
    }),
  });
  return queries;
}
