import { taskRights } from '@orangery/contract';
import { Alert, Skeleton, Text, Title } from '@mantine/core';
import { IconAlertTriangle, IconCircleCheck, IconEye, IconLoader } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { pollMs } from '../../../api/polling.ts';
import { PageHead } from '../PageHead.tsx';
import { RetryTask } from '../tasks/RetryTask.tsx';
import classes from './OverviewPage.module.css';
import { PlaceLink } from './PlaceLink.tsx';
import { type Check, headline, type Verdict, verdictWords, wanting } from './words.ts';

const ICONS = { good: IconCircleCheck, busy: IconLoader, warn: IconEye, bad: IconAlertTriangle } as const;

/** Whether everything is all right, and if not, what to do. */
export function OverviewPage(): ReactElement {
  const { data, error } = useQuery(
    api.overview.show.queryOptions({
      refetchInterval: ({ state }) => pollMs(state.data?.verdict === 'busy'),
    }),
  );
  const wants = data === undefined ? [] : wanting(data.checks);
  return (
    <>
      <PageHead title="Overview">{data === undefined ? 'Looking…' : headline(data)}</PageHead>
      {error !== null && (
        <Alert color="red" variant="light" mb="lg" role="alert">
          {messageOf(error)}
        </Alert>
      )}
      {wants.length > 0 && (
        <ul className={classes.wants} aria-label="What needs you" data-testid="overview-wants">
          {wants.map(({ verdict, check, what, fix, place, retry }) => (
            <li key={`${check} ${what}`} className={classes.want} data-verdict={verdict}>
              <Sign verdict={verdict} />
              <div className={classes.text}>
                <Text size="sm" fw={600} component="div">
                  {what}
                </Text>
                {fix !== null && (
                  <Text size="sm" c="dimmed" mt={2}>
                    {fix}
                  </Text>
                )}
              </div>
              <div className={classes.acts}>
                {retry !== null && (
                  <RetryTask id={retry.id} right={taskRights[retry.kind].change} name={what} />
                )}
                {place !== null && (
                  <PlaceLink place={place} className={classes.open} label={`Open ${check}: ${what}`}>
                    Open
                  </PlaceLink>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
      <div className={classes.grid}>
        {data === undefined
          ? error === null &&
            [0, 1, 2, 3, 4, 5].map((each) => <Skeleton key={each} height={86} radius="lg" />)
          : data.checks.map((check) => <CheckCard key={check.name} check={check} />)}
      </div>
    </>
  );
}

function Sign({ verdict }: { verdict: Verdict }): ReactElement {
  const Icon = ICONS[verdict];
  return (
    <Icon size={22} stroke={1.9} className={classes.icon} role="img" aria-label={verdictWords[verdict]} />
  );
}

/** How one part is. What somebody has to do about it stands above; what goes by itself stands here. */
function CheckCard({
  check: { name, verdict, says, findings, more, place },
}: {
  check: Check;
}): ReactElement {
  const busy = findings.filter((each) => each.verdict === 'busy');
  return (
    <section className={classes.card} data-verdict={verdict} data-testid={`check-${name.toLowerCase()}`}>
      <Sign verdict={verdict} />
      <div className={classes.text}>
        <Title order={2} fz={15}>
          {place === null ? (
            name
          ) : (
            <PlaceLink place={place} className={classes.link}>
              {name}
            </PlaceLink>
          )}
        </Title>
        <Text size="sm" c="dimmed" mt={2}>
          {says}
        </Text>
        {busy.length > 0 && (
          <ul className={classes.reasons}>
            {busy.map(({ what }) => (
              <li key={what}>{what}</li>
            ))}
          </ul>
        )}
        {more > 0 && (
          <Text size="xs" c="dimmed" mt={4}>
            and {more} more
          </Text>
        )}
      </div>
    </section>
  );
}
