import { can, sorts } from '@orangery/contract';
import { Anchor, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useMemo, useState } from 'react';
import { Link } from '@tanstack/react-router';
import { api, client, type Machine } from '../../api/client.ts';
import { useMay } from '../../api/may.ts';
import { Ago } from '../../components/Ago.tsx';
import { Confirm } from '../../components/Confirm.tsx';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { BulkBar } from '../../components/list/BulkBar.tsx';
import { sortedBy, sortOf } from '../../components/list/list-search.ts';
import { ListTools } from '../../components/list/ListTools.tsx';
import { useList } from '../../components/list/use-list.ts';
import { usePages } from '../../components/list/use-pages.ts';
import { MayButton } from '../../components/MayButton.tsx';
import { reasonOf } from '../../components/ReasonButton.tsx';
import { StateBadge } from '../../components/StateBadge.tsx';
import { LookAtMachine } from './machines/LookAtMachine.tsx';
import { Lost, lostWith } from './machines/Lost.tsx';
import { PageHead } from './PageHead.tsx';
import { RowActions } from '../../components/RowActions.tsx';

const columns = (
  remove: (machine: Machine) => void,
  look: (machine: Machine) => void,
  maintain: (machine: Machine) => void,
): readonly Column<Machine>[] => [
  {
    header: 'Machine',
    sort: 'name',
    cell: ({ id, name, pool }) => (
      <TwoLines
        first={
          <Anchor
            inherit
            renderRoot={(props) => (
              <Link {...props} to="/admin/machines/$machineId" params={{ machineId: id }} />
            )}
          >
            {name}
          </Anchor>
        }
        second={pool}
      />
    ),
  },
  { header: 'Host', sort: 'host', cell: ({ host }) => host },
  {
    header: 'State',
    sort: 'state',
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
    sort: 'person',
    cell: ({ person, owner }) =>
      owner === null ? (
        (person ?? '–')
      ) : (
        <TwoLines first={owner} second={person === null ? 'their own, not in use' : 'their own, in use'} />
      ),
  },
  { header: 'Made', sort: 'created', cell: ({ createdAt }) => <Ago at={createdAt} /> },
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

const nameOf = ({ name }: Machine): string => name;

export function MachinesPage(): ReactElement {
  const [chosen, setChosen] = useState<Machine | undefined>();
  const [looked, setLooked] = useState<Machine | undefined>();
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const queries = useQueryClient();
  const may = useMay();
  const list = useList();
  const { search } = list.asked;
  const sorted = sortOf(list.asked, sorts.machines, 'desc');
  const input = { ...sorted, ...(search === undefined ? {} : { search }) };
  const { query, more, hasMore } = usePages<Machine>(
    [...api.machines.key(), 'list', input],
    (page) => client.machines.list({ ...input, ...page }),
    isMoving,
  );
  const changed = (): Promise<void> => queries.invalidateQueries({ queryKey: api.machines.key() });
  const remove = useMutation({
    ...api.machines.delete.mutationOptions(),
    onSettled: () => setChosen(undefined),
    onSuccess: changed,
  });
  const maintain = useMutation({
    ...api.machines.maintain.mutationOptions(),
    onSuccess: ({ machine }) =>
      notifications.show({ message: `${machine} is maintained now; its pool’s page tells how it goes.` }),
  });
  const { mutate } = maintain;
  const shown = useMemo(() => columns(setChosen, setLooked, ({ id }) => mutate({ id })), [mutate]);
  const rows = query.data ?? [];
  return (
    <>
      <PageHead title="Machines">All virtual machines that Orangery keeps.</PageHead>
      <ListTools list={list} placeholder="Name, pool, host, person or state" testId="machines-search" />
      {may('machines.change') && (
        <BulkBar
          rows={rows.filter(({ id }) => marked.has(id))}
          nameOf={nameOf}
          acts={[
            {
              verb: 'Maintain',
              act: ({ id }) => client.machines.maintain({ id }),
              reason: ({ owner, phase }) =>
                owner === null ? 'nobody keeps it' : reasonOf(can.maintainMachine(phase)),
            },
            {
              verb: 'Delete',
              act: ({ id }) => client.machines.delete({ id }),
              reason: ({ phase }) => reasonOf(can.deleteMachine(phase)),
              warning: lostWith,
            },
          ]}
          onDone={() => {
            setMarked(new Set());
            void changed();
          }}
        />
      )}
      <DataTable
        label="Machines"
        query={query}
        columns={shown}
        keyOf={(machine) => machine.id}
        sorting={{ ...sorted, onSort: (by) => list.show(sortedBy(sorted, by)) }}
        choosing={may('machines.change') ? { chosen: marked, choose: setMarked, nameOf } : undefined}
        onEnd={more}
        empty={
          search === undefined
            ? 'No machines. Pools make them as soon as their template is ready.'
            : `No machine has “${search}” in its name, pool, host, person or state.`
        }
        testId="machines"
      />
      {rows.length > 0 && (
        <Text size="sm" c="dimmed" mt="sm" data-testid="machines-count">
          {rows.length} {hasMore ? 'until here; more come as you scroll.' : 'in all.'}
        </Text>
      )}
      {looked !== undefined && <LookAtMachine machine={looked} onClose={() => setLooked(undefined)} />}
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
