import type { ReactElement, ReactNode } from 'react';
import classes from './RowActions.module.css';

/** What may be done with a row of a table: beside each other, and below each other where the row is a card. */
export function RowActions({ children }: { children: ReactNode }): ReactElement {
  return <div className={classes.actions}>{children}</div>;
}
