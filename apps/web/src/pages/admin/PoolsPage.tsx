import { Button, Group, NumberInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, type Pool } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { PageHead } from './PageHead.tsx';

const MACHINES_MAX = 10_000;

const columns = (edit: (pool: Pool) => void): readonly Column<Pool>[] => [
  { header: 'Pool', cell: ({ title, name }) => <TwoLines first={title} second={name} /> },
  {
    header: 'Machine',
    cell: ({ cpus, memoryMib, image }) => (
      <TwoLines first={`${cpus} CPUs, ${memoryMib} MiB`} second={`from ${image}`} />
    ),
  },
  { header: 'Kind', cell: ({ kind }) => (kind === 'pooled' ? 'Fresh per session' : 'Kept per person') },
  {
    header: 'Ready',
    cell: ({ machines, readyCount }) => (
      <TwoLines
        first={`${machines.ready} of ${readyCount}`}
        second={machines.starting > 0 ? `${machines.starting} being made` : 'waiting for people'}
      />
    ),
  },
  { header: 'In use', cell: ({ machines, machinesMax }) => `${machines.inUse} of ${machinesMax} at most` },
  {
    header: '',
    cell: (pool) => (
      <Group gap="xs" wrap="nowrap">
        <Button
          size="xs"
          variant="default"
          renderRoot={(props) => <Link {...props} to="/admin/pools/$poolId" params={{ poolId: pool.id }} />}
          aria-label={`People of ${pool.title}`}
          data-testid="pool-people"
        >
          People
        </Button>
        <Button size="xs" variant="default" onClick={() => edit(pool)} aria-label={`Change ${pool.title}`}>
          Change
        </Button>
      </Group>
    ),
  },
];

export function PoolsPage(): ReactElement {
  const [edited, setEdited] = useState<Pool | undefined>();
  const pools = useQuery(
    api.pools.list.queryOptions({
      refetchInterval: ({ state }) =>
        pollMs(state.data?.some(({ machines }) => machines.starting > 0) ?? true),
    }),
  );
  return (
    <>
      <PageHead title="Pools">Sets of machines made from one image. Ready ones open at once.</PageHead>
      <DataTable
        label="Pools"
        query={pools}
        columns={columns(setEdited)}
        keyOf={(pool) => pool.id}
        empty="No pools yet. One is made with the first image."
        testId="pools"
      />
      {edited !== undefined && <EditPool pool={edited} onClose={() => setEdited(undefined)} />}
    </>
  );
}

function EditPool({ pool, onClose }: { pool: Pool; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const form = useForm({
    initialValues: { readyCount: pool.readyCount, machinesMax: pool.machinesMax },
    validate: {
      readyCount: (count, { machinesMax }) =>
        count > machinesMax ? 'More than the pool may have at all' : null,
    },
  });
  const update = useMutation({
    ...api.pools.update.mutationOptions(),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.pools.key() });
      notifications.show({ message: `${pool.title} is changed. Machines follow in a moment.` });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={`Change ${pool.title}`}>
      <form onSubmit={form.onSubmit((values) => update.mutate({ id: pool.id, ...values }))}>
        <Stack>
          <NumberInput
            label="Ready machines"
            description="How many wait for people, started and warm. Each takes the memory of a machine."
            min={0}
            max={MACHINES_MAX}
            allowDecimal={false}
            data-testid="pool-ready-count"
            {...form.getInputProps('readyCount')}
          />
          <NumberInput
            label="Machines at most"
            description="In use and ready together."
            min={1}
            max={MACHINES_MAX}
            allowDecimal={false}
            data-testid="pool-machines-max"
            {...form.getInputProps('machinesMax')}
          />
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={update.isPending} data-testid="pool-save">
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
