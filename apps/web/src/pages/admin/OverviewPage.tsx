import { PAGE_ROWS_MAX } from '@orangery/contract';
import { Alert, SimpleGrid, Skeleton, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconLoader } from '@tabler/icons-react';
import { useQueries } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { useMay } from '../../api/may.ts';
import { pollMs } from '../../api/polling.ts';
import { type Check, checksOf } from './checks.ts';
import classes from './OverviewPage.module.css';
import { PageHead } from './PageHead.tsx';

const ICONS = { good: IconCircleCheck, busy: IconLoader, bad: IconAlertTriangle } as const;
const WORDS = { good: 'All right', busy: 'Under way', bad: 'Needs you' } as const;

export function OverviewPage(): ReactElement {
  const refetchInterval = pollMs(false);
  const may = useMay();
  const installation = { refetchInterval, enabled: may('installation') };
  const images = { refetchInterval, enabled: may('images.look') };
  const { error, checks } = useQueries({
    queries: [
      api.system.status.queryOptions({ refetchInterval }),
      api.hosts.list.queryOptions(installation),
      api.images.list.queryOptions(images),
      api.templates.list.queryOptions(images),
      api.pools.list.queryOptions({ refetchInterval, enabled: may('pools.look') }),
      api.sessions.list.queryOptions({
        input: { limit: PAGE_ROWS_MAX },
        select: ({ items }) => items,
        refetchInterval,
        enabled: may('sessions.look'),
      }),
      api.system.quarantine.queryOptions(installation),
      api.system.loops.queryOptions(installation),
    ],
    combine: (results) => {
      const [status, hosts, images, templates, pools, sessions, quarantine, loops] = results;
      return {
        error: results.find((each) => each.error !== null)?.error ?? null,
        checks:
          status.data === undefined || results.some((each) => each.isLoading)
            ? undefined
            : checksOf({
                status: status.data,
                hosts: hosts.data,
                images: images.data,
                templates: templates.data,
                pools: pools.data,
                sessions: sessions.data,
                quarantine: quarantine.data,
                loops: loops.data,
              }),
      };
    },
  });
  return (
    <>
      <PageHead title="Overview">{headline(checks)}</PageHead>
      {error !== null && (
        <Alert color="red" variant="light" mb="lg" role="alert">
          {messageOf(error)}
        </Alert>
      )}
      <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="md">
        {checks === undefined
          ? error === null &&
            [0, 1, 2, 3, 4, 5].map((each) => <Skeleton key={each} height={120} radius="lg" />)
          : checks.map((check) => <CheckCard key={check.name} check={check} />)}
      </SimpleGrid>
    </>
  );
}

function headline(checks: readonly Check[] | undefined): string {
  if (checks === undefined) return 'Looking…';
  const bad = checks.filter(({ verdict }) => verdict === 'bad').length;
  if (bad > 0) return bad === 1 ? 'One thing needs you.' : `${bad} things need you.`;
  return checks.some(({ verdict }) => verdict === 'busy')
    ? 'Nothing is wrong; something is under way.'
    : 'Everything is all right.';
}

function CheckCard({ check }: { check: Check }): ReactElement {
  const { name, verdict, says, reasons, to } = check;
  const Icon = ICONS[verdict];
  return (
    <section className={classes.card} data-verdict={verdict} data-testid={`check-${name.toLowerCase()}`}>
      <Icon size={22} stroke={1.9} className={classes.icon} role="img" aria-label={WORDS[verdict]} />
      <div className={classes.text}>
        <Title order={2} fz={15}>
          {to === undefined ? (
            name
          ) : (
            <Link to={to} className={classes.link}>
              {name}
            </Link>
          )}
        </Title>
        <Text size="sm" c="dimmed" mt={2}>
          {says}
        </Text>
        {reasons.length > 0 && (
          <ul className={classes.reasons}>
            {reasons.map((reason) => (
              <li key={reason}>{reason}</li>
            ))}
          </ul>
        )}
      </div>
    </section>
  );
}
