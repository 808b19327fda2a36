import { Alert, Skeleton, Stack, Table, Text } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactElement, ReactNode } from 'react';
import { messageOf } from '../api/errors.ts';
import classes from './DataTable.module.css';

export type Column<T> = { header: string; cell: (row: T) => ReactNode; width?: number | string };

export type DataTableProps<T> = {
  label: string;
  query: UseQueryResult<readonly T[]>;
  columns: readonly Column<T>[];
  keyOf: (row: T) => string;
  /** Stands for the table when there is nothing in it. */
  empty: ReactNode;
  testId?: string;
};

/** A list of the API as a table; while it loads, when it failed, and when it is empty. */
export function DataTable<T>({
  label,
  query,
  columns,
  keyOf,
  empty,
  testId,
}: DataTableProps<T>): ReactElement {
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
      {data !== undefined && data.length > 0 && (
        <Rows label={label} rows={data} columns={columns} keyOf={keyOf} testId={testId} />
      )}
    </>
  );
}

/** Rows that are there, as a table. */
export function Rows<T>({
  label,
  rows,
  columns,
  keyOf,
  testId,
}: Pick<DataTableProps<T>, 'label' | 'columns' | 'keyOf'> & {
  rows: readonly T[];
  testId?: string | undefined;
}): ReactElement {
  return (
    // Narrow ones are cards. Wide ones scroll by themselves; whoever has no pointer scrolls them with the arrow keys.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.frame} tabIndex={0} role="region" aria-label={label}>
      <Table verticalSpacing="sm" horizontalSpacing={12} className={classes.table} data-testid={testId}>
        <Table.Thead>
          <Table.Tr>
            {columns.map(({ header, width }) => (
              <Table.Th key={header} w={width} scope="col" className={classes.head}>
                {header === '' ? <span className={classes.hidden}>Actions</span> : header}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((row) => (
            <Table.Tr key={keyOf(row)}>
              {columns.map(({ header, cell }) => (
                <Table.Td key={header} data-label={header}>
                  <div>{cell(row)}</div>
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </div>
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
