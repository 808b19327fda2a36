import { Alert, Anchor, Group, Skeleton, TableOfContents, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, type Pool } from '../../../api/client.ts';
import { codeOf, messageOf } from '../../../api/errors.ts';
import { pollMs } from '../../../api/polling.ts';
import { browserClock } from '../../../clock.ts';
import { NotFound } from '../../../shell/NotFound.tsx';
import { MayButton } from '../../../components/MayButton.tsx';
import { PageHead } from '../PageHead.tsx';
import { ClosePool } from './ClosePool.tsx';
import { DeletePool } from './DeletePool.tsx';
import { DisplaySection } from './DisplaySection.tsx';
import { FailuresSection } from './FailuresSection.tsx';
import { FilesSection } from './FilesSection.tsx';
import { LimitsSection } from './LimitsSection.tsx';
import { MachinesSection } from './MachinesSection.tsx';
import { MaintenanceRuns } from './MaintenanceRuns.tsx';
import { MaintenanceSection } from './MaintenanceSection.tsx';
import { NetworkSection } from './NetworkSection.tsx';
import { PeopleSection } from './PeopleSection.tsx';
import { PoolBar } from './PoolBar.tsx';
import { RolloutSection } from './RolloutSection.tsx';
import { ReadySection } from './ReadySection.tsx';
import { SessionsSection } from './SessionsSection.tsx';
import classes from './PoolPage.module.css';
import { KINDS } from './words.ts';
import { WordsSection } from './WordsSection.tsx';

/** One pool: how it is, who may use it, and all that can be set; each group is saved on its own. */
export function PoolPage(): ReactElement {
  const { poolId } = useParams({ from: '/person/frame/admin/pools/$poolId' });
  const query = useQuery(
    api.pools.show.queryOptions({
      input: { id: poolId },
      refetchInterval: ({ state }) =>
        pollMs((state.data?.machines.starting ?? 0) > 0 || state.data?.rollout?.phase === 'rolling'),
    }),
  );
  if (codeOf(query.error) === 'NOT_FOUND') return <NotFound />;
  const pool = query.data;
  return (
    <>
      <Anchor component={Link} to="/admin/pools" size="sm">
        All pools
      </Anchor>
      {query.error !== null && (
        <Alert color="red" variant="light" mt="md" role="alert">
          {messageOf(query.error)}
        </Alert>
      )}
      {pool === undefined ? (
        <Skeleton height={320} radius="lg" mt="md" aria-hidden="true" />
      ) : (
        <>
          <Head pool={pool} />
          <OnThisPage />
          <RolloutSection pool={pool} />
          <FailuresSection pool={pool} nowMs={browserClock.now()} />
          <PeopleSection pool={pool} />
          <WordsSection pool={pool} />
          <MachinesSection pool={pool} />
          <ReadySection pool={pool} />
          <LimitsSection pool={pool} />
          <NetworkSection pool={pool} />
          <SessionsSection pool={pool} />
          <DisplaySection pool={pool} />
          <FilesSection pool={pool} />
          <MaintenanceSection pool={pool} />
          <MaintenanceRuns pool={pool} />
        </>
      )}
    </>
  );
}

/** The page is long: where its groups are. */
function OnThisPage(): ReactElement {
  return (
    <nav aria-label="On this page" className={classes.contents}>
      <TableOfContents
        size="sm"
        variant="none"
        classNames={{ root: classes.groups, control: classes.group }}
        scrollSpyOptions={{ selector: 'section > div > h2', getDepth: () => 1 }}
        getControlProps={({ data }) => ({
          children: data.value,
          onClick() {
            const title = data.getNode();
            title.scrollIntoView();
            title.focus({ preventScroll: true });
          },
        })}
      />
    </nav>
  );
}

function Head({ pool }: { pool: Pool }): ReactElement {
  const [asking, setAsking] = useState<'close' | 'delete' | undefined>();
  const queries = useQueryClient();
  const open = useMutation({
    ...api.pools.update.mutationOptions(),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.pools.key() });
      notifications.show({ message: `${pool.title} is open again.` });
    },
  });
  const closed = pool.closedReason !== null;
  const close = (): void => setAsking(undefined);
  return (
    <>
      <PageHead
        title={pool.title}
        action={
          <Group gap="sm">
            <MayButton
              right="pools.change"
              variant="default"
              loading={open.isPending}
              onClick={() => (closed ? open.mutate({ id: pool.id, closedReason: null }) : setAsking('close'))}
              data-testid={closed ? 'pool-open' : 'pool-close'}
            >
              {closed ? 'Open again' : 'Close to people'}
            </MayButton>
            <MayButton
              right="pools.change"
              variant="default"
              onClick={() => setAsking('delete')}
              data-testid="pool-delete"
            >
              Delete
            </MayButton>
          </Group>
        }
      >
        {pool.name}, from {pool.image}. {KINDS[pool.kind].title}.
      </PageHead>
      {closed && (
        <Alert
          variant="light"
          color="citrus"
          mb="lg"
          title="Closed to new sessions"
          data-testid="pool-closed"
        >
          People read: “{pool.closedReason}”
        </Alert>
      )}
      <PoolBar pool={pool} />
      <Text size="sm" c="dimmed" mt={6} mb="xl">
        {pool.look === null ? '' : `Last look: ${pool.look}.`}
      </Text>
      {asking === 'close' && <ClosePool pool={pool} onClose={close} />}
      {asking === 'delete' && <DeletePool pool={pool} onClose={close} />}
    </>
  );
}
