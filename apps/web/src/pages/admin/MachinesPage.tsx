import { can } from '@orangery/contract';
import { Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Machine } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { Ago } from '../../components/Ago.tsx';
import { Confirm } from '../../components/Confirm.tsx';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { ReasonButton, reasonOf } from '../../components/ReasonButton.tsx';
import { StateBadge } from '../../components/StateBadge.tsx';
import { PageHead } from './PageHead.tsx';

const columns = (remove: (machine: Machine) => void): readonly Column<Machine>[] => [
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
  { header: 'Person', cell: ({ person }) => person ?? '–' },
  { header: 'Made', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  {
    header: '',
    cell: (machine) => (
      <ReasonButton
        size="xs"
        variant="default"
        reason={reasonOf(can.deleteMachine(machine.phase))}
        onClick={() => remove(machine)}
        aria-label={`Delete ${machine.name}`}
      >
        Delete
      </ReasonButton>
    ),
  },
];

const isMoving = ({ phase }: Machine): boolean => phase !== 'ready' && phase !== 'failed';

export function MachinesPage(): ReactElement {
  const [chosen, setChosen] = useState<Machine | undefined>();
  const queries = useQueryClient();
  const machines = useQuery(
    api.machines.list.queryOptions({
      refetchInterval: ({ state }) => pollMs(state.data?.some(isMoving) ?? true),
    }),
  );
  const remove = useMutation({
    ...api.machines.delete.mutationOptions(),
    onSettled: () => setChosen(undefined),
    onSuccess: () => queries.invalidateQueries({ queryKey: api.machines.key() }),
  });
  return (
    <>
      <PageHead title="Machines">All virtual machines that Orangery keeps.</PageHead>
      <DataTable
        label="Machines"
        query={machines}
        columns={columns(setChosen)}
        keyOf={(machine) => machine.id}
        empty="No machines. Pools make them as soon as their template is ready."
        testId="machines"
      />
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
        {typeof chosen?.person === 'string'
          ? `${chosen.person} works on it now: the session ends and what is only on this machine is lost. `
          : ''}
        Its pool makes a new one.
      </Confirm>
    </>
  );
}
