import { can } from '@orangery/contract';
import { Alert, Anchor, Group, Skeleton, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, type MachineDetail } from '../../../api/client.ts';
import { codeOf, messageOf } from '../../../api/errors.ts';
import { useMay } from '../../../api/may.ts';
import { pollMs } from '../../../api/polling.ts';
import { Ago } from '../../../components/Ago.tsx';
import { machineCharts } from '../../../components/charts/charts.ts';
import { ChartsSection, type Span, SPANS } from '../../../components/charts/ChartsSection.tsx';
import { Confirm } from '../../../components/Confirm.tsx';
import { Facts } from '../../../components/Facts.tsx';
import { bytes } from '../../../components/format.ts';
import { History } from '../../../components/History.tsx';
import { MayButton } from '../../../components/MayButton.tsx';
import { reasonOf } from '../../../components/ReasonButton.tsx';
import { Section } from '../../../components/Section.tsx';
import { StateBadge } from '../../../components/StateBadge.tsx';
import { NotFound } from '../../../shell/NotFound.tsx';
import { PageHead } from '../PageHead.tsx';
import { LookAtMachine } from './LookAtMachine.tsx';
import { Lost } from './Lost.tsx';
import { OpenConsole } from './OpenConsole.tsx';

/** One machine: what it is, how it goes, what it shows, and what happened to it. */
export function MachinePage(): ReactElement {
  const { machineId: id } = useParams({ from: '/person/frame/admin/machines/$machineId' });
  const query = useQuery(
    api.machines.show.queryOptions({
      input: { id },
      refetchInterval: ({ state }) => pollMs(state.data !== undefined && state.data.phase !== 'ready'),
    }),
  );
  if (codeOf(query.error) === 'NOT_FOUND') return <NotFound />;
  return (
    <>
      <Anchor component={Link} to="/admin/machines" size="sm">
        All machines
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
          <Head machine={query.data} />
          <What machine={query.data} />
          <Charts machine={query.data} />
          <Happened id={id} />
        </>
      )}
    </>
  );
}

function Head({ machine }: { machine: MachineDetail }): ReactElement {
  const { id, name, phase, owner } = machine;
  const [asking, setAsking] = useState<'look' | 'console' | 'delete' | undefined>();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    ...api.machines.delete.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      notifications.show({ message: `${name} is thrown away.` });
      await queries.invalidateQueries({ queryKey: api.machines.key() });
      await navigate({ to: '/admin/machines' });
    },
  });
  const maintain = useMutation({
    ...api.machines.maintain.mutationOptions(),
    onSuccess: () => notifications.show({ message: `${name} is maintained now; Tasks tell how it goes.` }),
  });
  return (
    <>
      <PageHead
        title={name}
        action={
          <Group gap="sm">
            <MayButton
              right="machines.screen"
              variant="default"
              reason={reasonOf(can.lookAtMachine(phase))}
              onClick={() => setAsking('look')}
              data-testid="machine-look"
            >
              Look
            </MayButton>
            <MayButton
              right="machines.screen"
              variant="default"
              reason={
                machine.session === null
                  ? reasonOf(can.lookAtMachine(phase))
                  : `${machine.person ?? 'Somebody'} works on it now.`
              }
              onClick={() =>
                owner === null ? void navigate({ to: '/console/$id', params: { id } }) : setAsking('console')
              }
              data-testid="machine-console"
            >
              Console
            </MayButton>
            {owner !== null && (
              <MayButton
                right="machines.change"
                variant="default"
                reason={reasonOf(can.maintainMachine(phase))}
                loading={maintain.isPending}
                onClick={() => maintain.mutate({ id })}
                data-testid="machine-maintain"
              >
                Maintain
              </MayButton>
            )}
            <MayButton
              right="machines.change"
              variant="default"
              reason={reasonOf(can.deleteMachine(phase))}
              onClick={() => setAsking('delete')}
              data-testid="machine-delete"
            >
              Delete
            </MayButton>
          </Group>
        }
      >
        A machine of{' '}
        <Anchor
          inherit
          underline="always"
          renderRoot={(props) => (
            <Link {...props} to="/admin/pools/$poolId" params={{ poolId: machine.poolId }} />
          )}
        >
          {machine.poolTitle}
        </Anchor>
        {owner === null ? '' : `, kept for ${owner}`}.
      </PageHead>
      {asking === 'look' && <LookAtMachine machine={machine} onClose={() => setAsking(undefined)} />}
      {asking === 'console' && <OpenConsole machine={machine} onClose={() => setAsking(undefined)} />}
      <Confirm
        opened={asking === 'delete'}
        title={`Delete ${name}?`}
        action="Delete"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ id })}
        onClose={() => setAsking(undefined)}
      >
        <Lost machine={machine} />
      </Confirm>
    </>
  );
}

function What({ machine }: { machine: MachineDetail }): ReactElement {
  const may = useMay();
  const { phase, reason, since, session, person, owner } = machine;
  const who =
    session === null || person === null ? (
      (owner ?? 'Nobody')
    ) : (
      <>
        {may('sessions.help') ? (
          <Anchor
            inherit
            underline="always"
            renderRoot={(props) => <Link {...props} to="/admin/help" search={{ person: session.personId }} />}
          >
            {person}
          </Anchor>
        ) : (
          person
        )}
        , {session.phase} <Ago at={session.since} />
      </>
    );
  return (
    <Facts
      facts={{
        State: (
          <>
            <StateBadge state={phase} />
            <Text size="xs" c="dimmed" mt={2}>
              {reason ?? (
                <>
                  since <Ago at={since} />
                </>
              )}
            </Text>
          </>
        ),
        Person: who,
        Host: may('installation') ? (
          <Anchor
            inherit
            renderRoot={(props) => (
              <Link {...props} to="/admin/hosts/$hostId" params={{ hostId: machine.hostId }} />
            )}
          >
            {machine.host}
          </Anchor>
        ) : (
          machine.host
        ),
        Size: `${machine.cpus} ${machine.cpus === 1 ? 'processor' : 'processors'}, ${bytes(machine.memoryMib * 2 ** 20)}`,
        Image: `${machine.image}${machine.version === null ? '' : `, version ${machine.version}`}`,
        'Network card': machine.macAddress,
        Made: <Ago at={machine.createdAt} />,
      }}
    />
  );
}

function Charts({ machine }: { machine: MachineDetail }): ReactElement {
  const [span, setSpan] = useState<Span>('hour');
  const { data } = useQuery(
    api.machines.measures.queryOptions({
      input: { id: machine.id, span },
      refetchInterval: SPANS[span].everyMs,
      placeholderData: keepPreviousData,
    }),
  );
  return (
    <ChartsSection
      span={span}
      onSpan={setSpan}
      at={data?.at}
      charts={data === undefined ? [] : machineCharts(data, machine)}
    />
  );
}

function Happened({ id }: { id: string }): ReactElement {
  const { data, error } = useQuery(
    api.machines.history.queryOptions({ input: { id }, refetchInterval: pollMs(false) }),
  );
  return (
    <Section
      title="What happened"
      about="The latest first, with reasons; kept for a month."
      testId="machine-history"
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
