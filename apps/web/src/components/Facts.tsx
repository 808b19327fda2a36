import type { ReactElement, ReactNode } from 'react';
import classes from './Facts.module.css';

/** What is known of a thing, each with its name. */
export function Facts({ facts }: { facts: Readonly<Record<string, ReactNode>> }): ReactElement {
  return (
    <dl className={classes.facts}>
      {Object.entries(facts).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
