import { SegmentedControl, TextInput } from '@mantine/core';
import { useHotkeys } from '@mantine/hooks';
import { type ReactElement, useRef } from 'react';
import classes from './ListTools.module.css';
import type { List } from './use-list.ts';

/** Above a list: what is searched for, and which rows are shown. `/` goes to the search. */
export function ListTools({
  list,
  placeholder,
  shows,
  showLabel,
  testId,
}: {
  list: List;
  placeholder: string;
  /** The first is what is shown when the address says nothing. */
  shows?: readonly { value: string; label: string }[];
  showLabel?: string;
  testId: string;
}): ReactElement {
  const field = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => field.current?.focus()]]);
  return (
    <div className={classes.tools}>
      <TextInput
        ref={field}
        label="Search"
        placeholder={placeholder}
        value={list.typed}
        onChange={(event) => list.type(event.currentTarget.value)}
        className={classes.search}
        aria-keyshortcuts="/"
        data-testid={testId}
      />
      {shows !== undefined && (
        <SegmentedControl
          {...(showLabel === undefined ? {} : { 'aria-label': showLabel })}
          value={list.asked.show ?? shows[0]?.value ?? ''}
          onChange={(value) => list.show({ show: value === shows[0]?.value ? undefined : value })}
          data={[...shows]}
          className={classes.shows}
          data-testid={`${testId}-show`}
        />
      )}
    </div>
  );
}
