import { Button } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, type ReactNode, useState } from 'react';
import { Confirm } from './Confirm.tsx';
import type { Column } from './DataTable.tsx';

type Named = { id: string; name: string };

/**
 * The last column of a list whose rows are removed by name, and the question before it.
 *
 * @param what the noun, as in "Remove the key NAME"
 * @param listKey of the query that is asked anew
 */
export function useRemoveFromList<Row extends Named>(options: {
  what: string;
  remove: (row: { id: string }) => Promise<unknown>;
  listKey: readonly unknown[];
  testId: string;
  /** What it means, in words. */
  children: ReactNode;
}): { column: Column<Row>; question: ReactElement | false } {
  const { what, listKey, testId, children } = options;
  const queries = useQueryClient();
  const [removing, setRemoving] = useState<Row | undefined>();
  const remove = useMutation({
    mutationFn: options.remove,
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: listKey });
      setRemoving(undefined);
    },
  });
  return {
    column: {
      header: '',
      cell: (row) => (
        <Button
          size="xs"
          variant="default"
          onClick={() => setRemoving(row)}
          aria-label={`Remove the ${what} ${row.name}`}
          data-testid={testId}
        >
          Remove
        </Button>
      ),
    },
    question: removing !== undefined && (
      <Confirm
        opened
        title={`Remove ${removing.name}?`}
        action="Remove"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ id: removing.id })}
        onClose={() => setRemoving(undefined)}
      >
        {children}
      </Confirm>
    ),
  };
}
