import { Button, NativeSelect, Table, UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowsSort, IconArrowUp } from '@tabler/icons-react';
import { useWindowVirtualizer } from '@tanstack/react-virtual';
import {
  type KeyboardEvent,
  memo,
  type ReactElement,
  type ReactNode,
  type RefObject,
  useCallback,
  useEffect,
  useRef,
  useState,
} from 'react';
import classes from './DataTable.module.css';

export type Column<T> = {
  header: string;
  cell: (row: T) => ReactNode;
  width?: number | string;
  /** By what the list is sorted when its head is pressed. */
  sort?: string;
};

export type Sorting = { sort: string; order: 'asc' | 'desc'; onSort: (sort: string) => void };

/** Rows that somebody marks, to do something with all of them. */
export type Choosing<T> = {
  chosen: ReadonlySet<string>;
  choose: (keys: ReadonlySet<string>) => void;
  nameOf: (row: T) => string;
};

export type RowsProps<T> = {
  label: string;
  rows: readonly T[];
  columns: readonly Column<T>[];
  keyOf: (row: T) => string;
  testId?: string | undefined;
  sorting?: Sorting;
  choosing?: Choosing<T> | undefined;
  /** The last rows come into sight. */
  onEnd?: () => void;
};

/** Beyond this only rows in sight and near it are in the page, however long the list is. */
const WHOLE_MAX = 60;
const ROW_PX = 64;
const NEAR = 10;

/** Rows that are there, as a table. */
export function Rows<T>(props: RowsProps<T>): ReactElement {
  const { label, rows, columns, testId, sorting, choosing, keyOf } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const long = rows.length > WHOLE_MAX;
  const latest = useRef(choosing);
  useEffect(() => {
    latest.current = choosing;
  });
  // The same from one drawing to the next, so that rows are drawn again only when they change.
  const onChoose = useCallback((key: string, checked: boolean): void => {
    const now = latest.current;
    if (now === undefined) return;
    const chosen = new Set(now.chosen);
    if (checked) chosen.add(key);
    else chosen.delete(key);
    now.choose(chosen);
  }, []);
  const rowProps = (row: T): RowProps<T> => ({
    row,
    columns,
    rowKey: keyOf(row),
    name: choosing?.nameOf(row),
    chosen: choosing?.chosen.has(keyOf(row)) ?? false,
    onChoose,
  });
  return (
    // Narrow ones are cards. Wide ones scroll by themselves; whoever has no pointer scrolls them with the arrow keys.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <div className={classes.frame} tabIndex={0} role="region" aria-label={label}>
      {sorting !== undefined && <SortNarrow columns={columns} sorting={sorting} />}
      <Table
        verticalSpacing="sm"
        horizontalSpacing={12}
        className={classes.table}
        data-testid={testId}
        {...(long ? { 'aria-rowcount': -1 } : {})}
      >
        <Table.Thead>
          <Table.Tr>
            {choosing !== undefined && (
              <Table.Th w={36} scope="col" className={classes.head}>
                <Mark
                  label="Choose all that are shown"
                  checked={rows.every((row) => choosing.chosen.has(keyOf(row)))}
                  some={choosing.chosen.size > 0}
                  onChange={(checked) => choosing.choose(new Set(checked ? rows.map(keyOf) : []))}
                  testId="choose-all"
                />
              </Table.Th>
            )}
            {columns.map((column) => (
              <Head key={column.header} column={column} sorting={sorting} />
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody ref={body} onKeyDown={(event) => moveByArrows(event, body.current)}>
          {long ? (
            <RowsInSight {...props} body={body} rowProps={rowProps} />
          ) : (
            rows.map((row) => <Row key={keyOf(row)} {...rowProps(row)} />)
          )}
        </Table.Tbody>
      </Table>
    </div>
  );
}

/** Where rows are cards there are no heads to press. */
function SortNarrow<T>({
  columns,
  sorting: { sort, order, onSort },
}: {
  columns: readonly Column<T>[];
  sorting: Sorting;
}): ReactElement {
  const sorts = columns.flatMap((column) =>
    column.sort === undefined ? [] : [{ value: column.sort, label: column.header }],
  );
  const known = sorts.some(({ value }) => value === sort) ? sort : '';
  return (
    <div className={classes.narrow}>
      <NativeSelect
        label="Sorted by"
        size="xs"
        value={known}
        data={[...(known === '' ? [{ value: '', label: '–' }] : []), ...sorts]}
        onChange={({ currentTarget }) => {
          if (currentTarget.value !== '') onSort(currentTarget.value);
        }}
      />
      <Button size="xs" variant="default" onClick={() => onSort(sort)}>
        {order === 'asc' ? 'Upwards' : 'Downwards'}
      </Button>
    </div>
  );
}

function Head<T>({
  column: { header, width, sort },
  sorting,
}: {
  column: Column<T>;
  sorting: Sorting | undefined;
}): ReactElement {
  const sorts = sort !== undefined && sorting !== undefined;
  const by = sorts && sorting.sort === sort ? sorting.order : undefined;
  const Icon = by === undefined ? IconArrowsSort : by === 'asc' ? IconArrowUp : IconArrowDown;
  return (
    <Table.Th
      w={width}
      scope="col"
      className={classes.head}
      {...(by === undefined ? {} : { 'aria-sort': by === 'asc' ? 'ascending' : 'descending' })}
    >
      {sorts ? (
        <UnstyledButton
          className={classes.sort}
          data-sorted={by !== undefined || undefined}
          onClick={() => sorting.onSort(sort)}
          data-testid={`sort-${sort}`}
        >
          {header} <Icon size={13} stroke={2} aria-hidden="true" />
        </UnstyledButton>
      ) : header === '' ? (
        <span className={classes.hidden}>Actions</span>
      ) : (
        header
      )}
    </Table.Th>
  );
}

/** A mark of a row. The browser's own: a long list has many. */
function Mark({
  label,
  checked,
  some = false,
  onChange,
  testId,
}: {
  label: string;
  checked: boolean;
  /** Not of all, but of some. */
  some?: boolean;
  onChange: (checked: boolean) => void;
  testId: string;
}): ReactElement {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (input.current !== null) input.current.indeterminate = some && !checked;
  }, [some, checked]);
  return (
    <input
      ref={input}
      type="checkbox"
      className={classes.mark}
      aria-label={label}
      checked={checked}
      onChange={(event) => onChange(event.currentTarget.checked)}
      data-testid={testId}
    />
  );
}

type RowProps<T> = {
  row: T;
  columns: readonly Column<T>[];
  rowKey: string;
  /** Undefined: rows are not chosen here. */
  name: string | undefined;
  chosen: boolean;
  onChoose: (key: string, checked: boolean) => void;
  /** Of all rows, where only some are in the page. */
  index?: number;
  measure?: (row: Element | null) => void;
};

const Row = memo(function Row<T>({
  row,
  columns,
  rowKey,
  name,
  chosen,
  onChoose,
  index,
  measure,
}: RowProps<T>): ReactElement {
  return (
    <Table.Tr
      data-row
      {...(chosen ? { 'data-chosen': true } : {})}
      {...(index === undefined ? {} : { 'data-index': index, 'aria-rowindex': index + 2 })}
      {...(measure === undefined ? {} : { ref: measure })}
    >
      {name !== undefined && (
        <Table.Td data-label="">
          <Mark
            label={`Choose ${name}`}
            checked={chosen}
            onChange={(checked) => onChoose(rowKey, checked)}
            testId="choose"
          />
        </Table.Td>
      )}
      {columns.map(({ header, cell }) => (
        <Table.Td key={header} data-label={header}>
          <div>{cell(row)}</div>
        </Table.Td>
      ))}
    </Table.Tr>
  );
}) as <T>(props: RowProps<T>) => ReactElement;

/** Of a long list those in sight; what is above and below is two empty rows of their height. */
function RowsInSight<T>({
  body,
  rows,
  keyOf,
  onEnd,
  rowProps,
}: RowsProps<T> & {
  body: RefObject<HTMLTableSectionElement | null>;
  rowProps: (row: T) => RowProps<T>;
}): ReactElement {
  // Where it begins on the page.
  const [margin, setMargin] = useState(0);
  useEffect(() => {
    const top = body.current?.getBoundingClientRect().top ?? 0;
    setMargin(Math.round(top + globalThis.scrollY));
  }, [body, rows.length]);
  // It measures while it draws: nothing of it may be remembered from one drawing to the next.
  // oxlint-disable-next-line react/incompatible-library
  const virtualizer = useWindowVirtualizer({
    count: rows.length,
    estimateSize: () => ROW_PX,
    overscan: NEAR,
    scrollMargin: margin,
    getItemKey: (index) => keyOf(rows[index] as T),
  });
  const items = virtualizer.getVirtualItems();
  const last = items.at(-1);
  const atEnd = last !== undefined && last.index >= rows.length - NEAR - 1;
  useEffect(() => {
    if (atEnd) onEnd?.();
  }, [atEnd, onEnd, rows.length]);
  const above = (items[0]?.start ?? 0) - margin;
  const below = virtualizer.getTotalSize() - ((last?.end ?? 0) - margin);
  return (
    <>
      <tr style={{ height: Math.max(0, above) }} aria-hidden="true" />
      {items.map((item) => (
        <Row
          key={item.key}
          {...rowProps(rows[item.index] as T)}
          index={item.index}
          measure={virtualizer.measureElement}
        />
      ))}
      <tr style={{ height: Math.max(0, below) }} aria-hidden="true" />
    </>
  );
}

const FOCUSABLE = 'a[href], button, input';

/** Up and down go to the same thing of the next row: its mark, its name, what is done with it. */
function moveByArrows(event: KeyboardEvent, body: HTMLTableSectionElement | null): void {
  if (body === null || (event.key !== 'ArrowDown' && event.key !== 'ArrowUp')) return;
  const from = event.target instanceof HTMLElement ? event.target : null;
  const row = from?.closest<HTMLElement>('tr[data-row]');
  if (from === null || row === null || row === undefined) return;
  const next = event.key === 'ArrowDown' ? row.nextElementSibling : row.previousElementSibling;
  const place = [...row.querySelectorAll(FOCUSABLE)].indexOf(from);
  const there = [...(next?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])];
  const target = there[place] ?? there.at(-1);
  if (place < 0 || target === undefined) return;
  event.preventDefault();
  target.focus();
}
