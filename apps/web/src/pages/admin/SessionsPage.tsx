import { can, PAGE_ROWS_MAX } from '@orangery/contract';
import { SegmentedControl, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Session } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { Ago } from '../../components/Ago.tsx';
import { Confirm } from '../../components/Confirm.tsx';
import { logOffWords } from '../../components/log-off.ts';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { MayButton } from '../../components/MayButton.tsx';
import { reasonOf } from '../../components/ReasonButton.tsx';
import { StateBadge } from '../../components/StateBadge.tsx';
import { MachineDialog } from './MachineDialog.tsx';
import { PageHead } from './PageHead.tsx';
import { RowActions } from '../../components/RowActions.tsx';

const columns = (
  end: (session: Session) => void,
  look: (session: Session) => void,
): readonly Column<Session>[] => [
  {
    header: 'Person',
    cell: ({ person, title, mode, programs }) => (
      <TwoLines first={person} second={mode === 'application' ? programs.join(', ') : title} />
    ),
  },
  {
    header: 'State',
    cell: ({ phase, reason }) => (
      <>
        <StateBadge state={phase} />
        <Text size="xs" c="dimmed" mt={4} maw={320}>
          {reason}
        </Text>
      </>
    ),
  },
  { header: 'Machine', cell: ({ machine }) => machine?.name ?? '–' },
  {
    header: 'Device',
    cell: ({ viewer }) =>
      viewer === null ? '–' : <TwoLines first={viewer.device} second={viewer.address} />,
  },
  { header: 'Began', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  { header: 'Ended', cell: ({ endedAt }) => <Ago at={endedAt} /> },
  {
    header: '',
    cell: (session) => (
      <RowActions>
        <MayButton
          right="machines.screen"
          size="xs"
          variant="default"
          reason={reasonOf(can.restartSession(session))}
          onClick={() => look(session)}
          aria-label={`Look at the machine of ${session.person}`}
          data-testid="session-look"
        >
          Look
        </MayButton>
        <MayButton
          right="sessions.help"
          size="xs"
          variant="default"
          reason={reasonOf(can.endSession(session.phase))}
          onClick={() => end(session)}
          aria-label={`End the session of ${session.person}`}
        >
          End
        </MayButton>
      </RowActions>
    ),
  },
];

export function SessionsPage(): ReactElement {
  const [which, setWhich] = useState('live');
  const [chosen, setChosen] = useState<Session | undefined>();
  const [looked, setLooked] = useState<Session | undefined>();
  const queries = useQueryClient();
  const sessions = useQuery(
    api.sessions.list.queryOptions({
      input: { limit: PAGE_ROWS_MAX, ...(which === 'live' ? {} : { ended: 'true' }) },
      select: ({ items }) => items,
      refetchInterval: pollMs(which === 'live'),
    }),
  );
  const end = useMutation({
    ...api.sessions.end.mutationOptions(),
    onSettled: () => setChosen(undefined),
    onSuccess: () => queries.invalidateQueries({ queryKey: api.sessions.key() }),
  });
  return (
    <>
      <PageHead
        title="Sessions"
        action={
          <SegmentedControl
            aria-label="Which sessions"
            value={which}
            onChange={setWhich}
            data={[
              { value: 'live', label: 'Live' },
              { value: 'ended', label: 'Ended' },
            ]}
          />
        }
      >
        Who uses which machine. A session outlives its browser.
      </PageHead>
      <DataTable
        label="Sessions"
        query={sessions}
        columns={columns(setChosen, setLooked)}
        keyOf={(session) => session.id}
        empty={which === 'live' ? 'Nobody uses a desktop now.' : 'No session has ended yet.'}
        testId="sessions"
      />
      {looked !== undefined && <MachineDialog session={looked} onClose={() => setLooked(undefined)} />}
      <Confirm
        opened={chosen !== undefined}
        title={`End the session of ${chosen?.person ?? ''}?`}
        action="End session"
        busy={end.isPending}
        onConfirm={() => {
          if (chosen !== undefined) end.mutate({ id: chosen.id });
        }}
        onClose={() => setChosen(undefined)}
      >
        {chosen !== undefined && logOffWords(chosen)}
      </Confirm>
    </>
  );
}
