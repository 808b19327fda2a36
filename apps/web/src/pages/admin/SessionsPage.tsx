import { can, sorts } from '@orangery/contract';
import { Anchor, Text } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, client, type Session } from '../../api/client.ts';
import { useMay } from '../../api/may.ts';
import { Ago } from '../../components/Ago.tsx';
import { Confirm } from '../../components/Confirm.tsx';
import { logOffWords } from '../../components/log-off.ts';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { BulkBar } from '../../components/list/BulkBar.tsx';
import { sortedBy, sortOf } from '../../components/list/list-search.ts';
import { ListTools } from '../../components/list/ListTools.tsx';
import { useList } from '../../components/list/use-list.ts';
import { usePages } from '../../components/list/use-pages.ts';
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
    sort: 'person',
    cell: ({ person, title, mode, programs }) => (
      <TwoLines first={person} second={mode === 'application' ? programs.join(', ') : title} />
    ),
  },
  {
    header: 'State',
    sort: 'state',
    cell: ({ phase, reason }) => (
      <>
        <StateBadge state={phase} />
        <Text size="xs" c="dimmed" mt={4} maw={320}>
          {reason}
        </Text>
      </>
    ),
  },
  {
    header: 'Machine',
    sort: 'machine',
    cell: ({ machine }) =>
      machine === null ? (
        '–'
      ) : (
        <Anchor
          inherit
          renderRoot={(props) => (
            <Link {...props} to="/admin/machines/$machineId" params={{ machineId: machine.id }} />
          )}
        >
          {machine.name}
        </Anchor>
      ),
  },
  {
    header: 'Device',
    cell: ({ viewer }) =>
      viewer === null ? '–' : <TwoLines first={viewer.device} second={viewer.address} />,
  },
  { header: 'Began', sort: 'created', cell: ({ createdAt }) => <Ago at={createdAt} /> },
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

const SHOWS = [
  { value: 'live', label: 'Live' },
  { value: 'ended', label: 'Ended' },
] as const;
const nameOf = ({ person, title }: Session): string => `${person}, ${title}`;

export function SessionsPage(): ReactElement {
  const [chosen, setChosen] = useState<Session | undefined>();
  const [looked, setLooked] = useState<Session | undefined>();
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const queries = useQueryClient();
  const may = useMay();
  const list = useList();
  const { search, show } = list.asked;
  const ended = show === 'ended';
  const sorted = sortOf(list.asked, sorts.sessions, 'desc');
  const input = {
    ...sorted,
    ...(search === undefined ? {} : { search }),
    ...(ended ? { ended: 'true' } : {}),
  };
  const { query, more } = usePages<Session>(
    [...api.sessions.key(), 'list', input],
    (page) => client.sessions.list({ ...input, ...page }),
    () => !ended,
  );
  const changed = (): Promise<void> => queries.invalidateQueries({ queryKey: api.sessions.key() });
  const end = useMutation({
    ...api.sessions.end.mutationOptions(),
    onSettled: () => setChosen(undefined),
    onSuccess: changed,
  });
  const helps = may('sessions.help') && !ended;
  return (
    <>
      <PageHead title="Sessions">Who uses which machine. A session outlives its browser.</PageHead>
      <ListTools
        list={list}
        placeholder="Person, desktop, machine or state"
        shows={SHOWS}
        showLabel="Which sessions"
        testId="sessions-search"
      />
      {helps && (
        <BulkBar
          rows={(query.data ?? []).filter(({ id }) => marked.has(id))}
          nameOf={nameOf}
          acts={[
            {
              verb: 'Disconnect',
              act: ({ id }) => client.sessions.disconnect({ id }),
              reason: ({ phase }) => reasonOf(can.disconnectSession(phase)),
            },
            {
              verb: 'End',
              act: ({ id }) => client.sessions.end({ id }),
              reason: ({ phase }) => reasonOf(can.endSession(phase)),
              warning: (those) =>
                `${those.length} people are logged off at once. What they have not saved is lost; machines that they share are thrown away.`,
            },
          ]}
          onDone={() => {
            setMarked(new Set());
            void changed();
          }}
        />
      )}
      <DataTable
        label="Sessions"
        query={query}
        columns={columns(setChosen, setLooked)}
        keyOf={(session) => session.id}
        sorting={{ ...sorted, onSort: (by) => list.show(sortedBy(sorted, by)) }}
        choosing={helps ? { chosen: marked, choose: setMarked, nameOf } : undefined}
        onEnd={more}
        empty={
          search !== undefined
            ? `No session has “${search}” in its person, desktop, machine or state.`
            : ended
              ? 'No session has ended yet.'
              : 'Nobody uses a desktop now.'
        }
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
