import { can } from '@orangery/contract';
import { Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Machine } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { Ago } from '../../components/Ago.tsx';
import { Confirm } from '../../components/Confirm.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { MachinePicture } from '../../components/MachinePicture.tsx';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { MayButton } from '../../components/MayButton.tsx';
import { reasonOf } from '../../components/ReasonButton.tsx';
import { StateBadge } from '../../components/StateBadge.tsx';
import { PageHead } from './PageHead.tsx';
import { RowActions } from '../../components/RowActions.tsx';

const columns = (
  remove: (machine: Machine) => void,
  look: (machine: Machine) => void,
  maintain: (machine: Machine) => void,
): readonly Column<Machine>[] => [
  { header: 'Machine', cell: ({ name, pool }) => <TwoLines first={name} second={pool} /> },
  { header: 'Host', cell: ({ host }) => host },
  {
    header: 'State',
    cell: ({ phase, reason, since }) => (
      <>
        <StateBadge state={phase} />
        <Text size="xs" c="dimmed" mt={4} maw={320} component="div">
          {reason ?? <Ago at={since} />}
        </Text>
      </>
    ),
  },
  {
    header: 'Person',
    cell: ({ person, owner }) =>
      owner === null ? (
        (person ?? '–')
      ) : (
        <TwoLines first={owner} second={person === null ? 'their own, not in use' : 'their own, in use'} />
      ),
  },
  { header: 'Made', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  {
    header: '',
    cell: (machine) => (
      <RowActions>
        <MayButton
          right="machines.screen"
          size="xs"
          variant="default"
          reason={reasonOf(can.lookAtMachine(machine.phase))}
          onClick={() => look(machine)}
          aria-label={`Look at ${machine.name}`}
          data-testid="machine-look"
        >
          Look
        </MayButton>
        {machine.owner !== null && (
          <MayButton
            right="machines.change"
            size="xs"
            variant="default"
            reason={reasonOf(can.maintainMachine(machine.phase))}
            onClick={() => maintain(machine)}
            aria-label={`Maintain ${machine.name} now`}
            data-testid="machine-maintain"
          >
            Maintain
          </MayButton>
        )}
        <MayButton
          right="machines.change"
          size="xs"
          variant="default"
          reason={reasonOf(can.deleteMachine(machine.phase))}
          onClick={() => remove(machine)}
          aria-label={`Delete ${machine.name}`}
        >
          Delete
        </MayButton>
      </RowActions>
    ),
  },
];

const CALM: readonly Machine['phase'][] = ['ready', 'off', 'failed'];
const isMoving = ({ phase }: Machine): boolean => !CALM.includes(phase);

/** More rows than that are found by searching, not by scrolling. */
const SHOWN_MAX = 100;
const SEARCH_PAUSE_MS = 250;

export function MachinesPage(): ReactElement {
  const [chosen, setChosen] = useState<Machine | undefined>();
  const [looked, setLooked] = useState<Machine | undefined>();
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), SEARCH_PAUSE_MS);
  const machines = useQuery(
    api.machines.list.queryOptions({
      input: { limit: SHOWN_MAX, ...(search === '' ? {} : { search }) },
      select: ({ items }) => items,
      placeholderData: keepPreviousData,
      refetchInterval: ({ state }) => pollMs(state.data?.items.some(isMoving) ?? true),
    }),
  );
  const remove = useMutation({
    ...api.machines.delete.mutationOptions(),
    onSettled: () => setChosen(undefined),
    onSuccess: () => queries.invalidateQueries({ queryKey: api.machines.key() }),
  });
  const maintain = useMutation({
    ...api.machines.maintain.mutationOptions(),
    onSuccess: ({ machine }) =>
      notifications.show({ message: `${machine} is maintained now; its pool’s page tells how it goes.` }),
  });
  return (
    <>
      <PageHead title="Machines">All virtual machines that Orangery keeps.</PageHead>
      <TextInput
        label="Search"
        placeholder="Name, pool, host, person or state"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        maw={360}
        mb="md"
        data-testid="machines-search"
      />
      <DataTable
        label="Machines"
        query={machines}
        columns={columns(setChosen, setLooked, ({ id }) => maintain.mutate({ id }))}
        keyOf={(machine) => machine.id}
        empty={
          search === ''
            ? 'No machines. Pools make them as soon as their template is ready.'
            : `No machine has “${search}” in its name, pool, host, person or state.`
        }
        testId="machines"
      />
      {machines.data?.length === SHOWN_MAX && (
        <Text size="sm" c="dimmed" mt="sm">
          The newest {SHOWN_MAX} are shown. Search to find others.
        </Text>
      )}
      {looked !== undefined && (
        <Dialog opened onClose={() => setLooked(undefined)} title={`What ${looked.name} shows`}>
          <MachinePicture of={{ kind: 'machine', id: looked.id, name: looked.name }} />
          <Text size="xs" c="dimmed" mt="sm">
            {looked.person === null
              ? 'Nobody works on it now.'
              : `${looked.person} works on it now: ask them under Help somebody.`}{' '}
            That you looked is in the audit log.
          </Text>
        </Dialog>
      )}
      <Confirm
        opened={chosen !== undefined}
        title={`Delete ${chosen?.name ?? ''}?`}
        action="Delete"
        busy={remove.isPending}
        onConfirm={() => {
          if (chosen !== undefined) remove.mutate({ id: chosen.id });
        }}
        onClose={() => setChosen(undefined)}
      >
        {chosen !== undefined && <Lost machine={chosen} />}
      </Confirm>
    </>
  );
}

/** What goes with a machine, and whose it is. */
function Lost({ machine: { person, owner } }: { machine: Machine }): ReactElement {
  const works = person === null ? '' : `${person} works on it now: the session ends. `;
  if (owner !== null) {
    return (
      <>
        <Text inherit>
          {works}It is {owner}’s own machine. Its disk is deleted with it:{' '}
          <Text span inherit fw={600} c="var(--mantine-color-error)">
            everything {owner} saved on it is lost
          </Text>
          , and nobody can bring it back.
        </Text>
        <Text inherit mt="xs">
          A new, empty one is made when {owner} next opens it.
        </Text>
      </>
    );
  }
  return (
    <>
      {works}
      {person === null ? '' : 'What is only on this machine is lost. '}Its pool makes a new one.
    </>
  );
}
