import { Alert, Skeleton, Stack, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { messageOf } from '../api/errors.ts';
import classes from './DataTable.module.css';
import { Rows, type RowsProps } from './Rows.tsx';

export { type Column, Rows } from './Rows.tsx';

export type DataTableProps<T> = Omit<RowsProps<T>, 'rows'> & {
  query: UseQueryResult<readonly T[]>;
  /** Stands for the table when there is nothing in it. */
  empty: ReactNode;
};

/** A list of the API as a table; while it loads, when it failed, and when it is empty. */
export function DataTable<T>({ query, empty, ...table }: DataTableProps<T>): ReactElement {
  const { data, error } = query;
  if (data === undefined && error === null) {
    return (
      <Stack gap={8} aria-hidden="true">
        {[0, 1, 2].map((each) => (
          <Skeleton key={each} height={44} radius="md" />
        ))}
      </Stack>
    );
  }
  return (
    <>
      {error !== null && (
        <Alert color="red" variant="light" mb="md" role="alert">
          {messageOf(error)}
        </Alert>
      )}
      {data?.length === 0 && <div className={classes.empty}>{empty}</div>}
      {data !== undefined && data.length > 0 && <Rows {...table} rows={data} />}
    </>
  );
}

/** A name and what is to know about it below. */
export function TwoLines({ first, second }: { first: ReactNode; second: ReactNode }): ReactElement {
  return (
    <div className={classes.lines}>
      <Text size="sm" fw={600} component="div">
        {first}
      </Text>
      <Text size="xs" c="dimmed" component="div">
        {second}
      </Text>
    </div>
  );
}
