import type { ReactElement } from 'react';
import type { Pool } from '../../../api/client.ts';
import classes from './PoolBar.module.css';

const PARTS = [
  ['inUse', 'in use'],
  ['ready', 'ready'],
  ['starting', 'starting'],
  ['off', 'off'],
] as const;

/** What a pool's machines do, against how many it may have; in words below, never by colour alone. */
export function PoolBar({
  pool,
  limit = true,
}: {
  pool: { machines: Pick<Pool['machines'], (typeof PARTS)[number][0]>; machinesMax: number };
  /** Whether the limit is told in words. */
  limit?: boolean;
}): ReactElement {
  const { machines, machinesMax } = pool;
  const shown = PARTS.filter(([part]) => machines[part] > 0);
  const total = PARTS.reduce((sum, [part]) => sum + machines[part], 0);
  // A limit that was lowered leaves more than it allows for a while.
  const whole = Math.max(machinesMax, total);
  return (
    <div>
      <div className={classes.bar} aria-hidden="true">
        {shown.map(([part]) => (
          <span
            key={part}
            className={classes.part}
            data-part={part}
            style={{ width: `${(machines[part] / whole) * 100}%` }}
          />
        ))}
      </div>
      <ul className={classes.key}>
        {shown.map(([part, word]) => (
          <li key={part}>
            <span className={classes.dot} data-part={part} aria-hidden="true" />
            {machines[part]} {word}
          </li>
        ))}
        {limit ? (
          <li>
            {total === 0 ? 'none yet, ' : ''}
            {machinesMax} at most
          </li>
        ) : (
          total === 0 && <li>no machines</li>
        )}
      </ul>
    </div>
  );
}
