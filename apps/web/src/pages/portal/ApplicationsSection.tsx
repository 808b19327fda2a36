import { Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { ApplicationTile } from './ApplicationTile.tsx';
import { arrange } from './arrange.ts';
import classes from './ApplicationsSection.module.css';
import { t } from '../../i18n/t.ts';

/** Programs on their own; nothing where there are none. */
export function ApplicationsSection({ search }: { search: string }): ReactElement | null {
  const { data } = useQuery(
    api.applications.mine.queryOptions({
      refetchInterval: ({ state }) =>
        pollMs(state.data?.some(({ state: each }) => each === 'starting' || each === 'preparing') ?? true),
    }),
  );
  const shown = arrange(data ?? [], search);
  if (shown.length === 0) return null;
  return (
    <section className={classes.section} aria-labelledby="applications">
      <Title order={2} fz={20} id="applications" mb="sm">
        {t('Applications')}
      </Title>
      <ul className={classes.grid}>
        {shown.map((application) => (
          <li key={application.id}>
            <ApplicationTile application={application} />
          </li>
        ))}
      </ul>
    </section>
  );
}
