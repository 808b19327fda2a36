import type { QuotaLimits, Resource } from '@orangery/contract';
import { Progress, Text } from '@mantine/core';
import type { ReactElement } from 'react';
import { fullness, NEARLY_FULL, RESOURCES, shown } from './quotas.ts';
import classes from './QuotaBars.module.css';

/** What is used of what is allowed, a bar for each that is limited. */
export function QuotaBars({
  limits,
  used,
  label,
}: {
  limits: QuotaLimits | null;
  /** Null: it is different for each person. */
  used: Readonly<Record<Resource, number>> | null;
  label: string;
}): ReactElement {
  const limited = RESOURCES.filter(({ resource }) => (limits?.[resource] ?? null) !== null);
  if (limited.length === 0)
    return (
      <Text size="sm" c="dimmed">
        Not limited
      </Text>
    );
  return (
    <div className={classes.bars} role="group" aria-label={label}>
      {limited.map(({ resource, title }) => {
        const max = limits?.[resource] ?? 0;
        const amount = used?.[resource];
        const full = amount === undefined ? 0 : fullness(amount, max);
        return (
          <div key={resource}>
            <div className={classes.words}>
              <span>{title}</span>
              <span>
                {amount === undefined
                  ? `at most ${shown(resource, max)}`
                  : `${shown(resource, amount)} of ${shown(resource, max)}`}
              </span>
            </div>
            {amount !== undefined && (
              <Progress
                value={full}
                color={full >= NEARLY_FULL ? 'red' : 'citrus'}
                size={6}
                radius="xl"
                aria-label={`${title}: used of what is allowed`}
              />
            )}
          </div>
        );
      })}
    </div>
  );
}
