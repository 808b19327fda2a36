import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import type { HistoryLine } from '../api/client.ts';
import { Ago } from './Ago.tsx';
import classes from './History.module.css';

/** What happened, the latest first, each with its reason. */
export function History({
  lines,
  label,
  empty,
}: {
  lines: readonly HistoryLine[];
  label: string;
  empty: string;
}): ReactElement {
  if (lines.length === 0)
    return (
      <Text size="sm" c="dimmed">
        {empty}
      </Text>
    );
  return (
    <ol className={classes.lines} aria-label={label} data-testid="history">
      {lines.map(({ at, what, reason, who }, index) => (
        // Two lines of one moment can be the same.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={`${at} ${index}`}>
          <Text size="xs" c="dimmed" component="div" className={classes.when}>
            <Ago at={at} />
          </Text>
          <div>
            <Text size="sm" fw={600} component="div">
              {what.charAt(0).toUpperCase() + what.slice(1)}
              {who === null ? '' : `, ${who}`}
            </Text>
            {reason !== null && reason !== '' && (
              <Text size="sm" c="dimmed" style={{ overflowWrap: 'anywhere' }}>
                {reason}
              </Text>
            )}
          </div>
        </li>
      ))}
    </ol>
  );
}
