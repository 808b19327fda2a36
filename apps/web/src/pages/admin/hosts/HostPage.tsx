import { Alert, Anchor, Skeleton, Text } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, type Host } from '../../../api/client.ts';
import { codeOf, messageOf } from '../../../api/errors.ts';
import { pollMs } from '../../../api/polling.ts';
import { Ago } from '../../../components/Ago.tsx';
import { hostCharts } from '../../../components/charts/charts.ts';
import { ChartsSection, type Span, SPANS } from '../../../components/charts/ChartsSection.tsx';
import { Facts } from '../../../components/Facts.tsx';
import { bytes } from '../../../components/format.ts';
import { History } from '../../../components/History.tsx';
import { Section } from '../../../components/Section.tsx';
import { StateBadge } from '../../../components/StateBadge.tsx';
import { NotFound } from '../../../shell/NotFound.tsx';
import { PageHead } from '../PageHead.tsx';
import { Cannot, Hypervisor, Load, SharedMemory, Storage } from './parts.tsx';

/** One host: what was found on it, how it goes, and what happened to it. */
export function HostPage(): ReactElement {
  const { hostId: id } = useParams({ from: '/person/frame/admin/hosts/$hostId' });
  const query = useQuery(api.hosts.show.queryOptions({ input: { id }, refetchInterval: pollMs(false) }));
  if (codeOf(query.error) === 'NOT_FOUND') return <NotFound />;
  return (
    <>
      <Anchor component={Link} to="/admin/hosts" size="sm">
        All hosts
      </Anchor>
      {query.error !== null && (
        <Alert color="red" variant="light" mt="md" role="alert">
          {messageOf(query.error)}
        </Alert>
      )}
      {query.data === undefined ? (
        <Skeleton height={320} radius="lg" mt="md" aria-hidden="true" />
      ) : (
        <>
          <What host={query.data} />
          <Charts host={query.data} />
          <Happened id={id} />
        </>
      )}
    </>
  );
}

function What({ host }: { host: Host }): ReactElement {
  const { name, address, phase, reason, seenAt, facts, storage } = host;
  return (
    <>
      <PageHead
        title={name}
        action={
          <Anchor
            size="sm"
            renderRoot={(props) => <Link {...props} to="/admin/machines" search={{ search: name }} />}
          >
            Its machines
          </Anchor>
        }
      >
        {address}. What Orangery found on it, and how it goes.
      </PageHead>
      <Facts
        facts={{
          State: (
            <>
              <StateBadge state={phase} />
              <Text size="xs" c="dimmed" mt={2} component="div">
                {reason ?? (
                  <>
                    seen <Ago at={seenAt} />
                  </>
                )}
              </Text>
              {facts !== null && <Cannot facts={facts} />}
            </>
          ),
          Hypervisor: facts === null ? '–' : <Hypervisor facts={facts} />,
          'Processors, memory':
            facts === null ? (
              '–'
            ) : (
              <>
                {facts.cpus} CPUs, {bytes(facts.memoryBytes)}
                <SharedMemory host={host} />
              </>
            ),
          Storage: storage === null ? '–' : <Storage storage={storage} />,
          Load: <Load host={host} />,
        }}
      />
    </>
  );
}

function Charts({ host: { id, facts } }: { host: Host }): ReactElement {
  const [span, setSpan] = useState<Span>('hour');
  const { data } = useQuery(
    api.hosts.measures.queryOptions({
      input: { id, span },
      refetchInterval: SPANS[span].everyMs,
      placeholderData: keepPreviousData,
    }),
  );
  return (
    <ChartsSection
      span={span}
      onSpan={setSpan}
      at={data?.at}
      charts={data === undefined ? [] : hostCharts(data, facts?.memoryBytes)}
    />
  );
}

function Happened({ id }: { id: string }): ReactElement {
  const { data, error } = useQuery(
    api.hosts.history.queryOptions({ input: { id }, refetchInterval: pollMs(false) }),
  );
  return (
    <Section
      title="What happened"
      about="The latest first, with reasons; kept for a month."
      testId="host-history"
    >
      {error !== null && (
        <Alert color="red" variant="light" role="alert">
          {messageOf(error)}
        </Alert>
      )}
      {data !== undefined && <History lines={data} label="What happened" empty="Nothing within a month." />}
    </Section>
  );
}
