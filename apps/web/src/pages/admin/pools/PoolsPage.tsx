import { Anchor, Badge, Button, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useMay } from '../../../api/may.ts';
import type { ReactElement } from 'react';
import { api, type Pool } from '../../../api/client.ts';
import { pollMs } from '../../../api/polling.ts';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';
import { bytes } from '../../../components/format.ts';
import { PageHead } from '../PageHead.tsx';
import { PoolBar } from './PoolBar.tsx';
import { KINDS } from './words.ts';

const MIB = 2 ** 20;

const COLUMNS: readonly Column<Pool>[] = [
  {
    header: 'Pool',
    cell: ({ id, title, name, closedReason }) => (
      <TwoLines
        first={
          <Group gap={8} wrap="nowrap">
            <Anchor
              inherit
              renderRoot={(props) => <Link {...props} to="/admin/pools/$poolId" params={{ poolId: id }} />}
              data-testid={`pool-${name}`}
            >
              {title}
            </Anchor>
            {closedReason !== null && (
              <Badge size="sm" variant="default" radius="sm" tt="none">
                Closed
              </Badge>
            )}
          </Group>
        }
        second={closedReason ?? name}
      />
    ),
  },
  {
    header: 'Machines',
    width: '34%',
    cell: (pool) => (
      <div style={{ minWidth: 190 }}>
        <PoolBar pool={pool} />
      </div>
    ),
  },
  {
    header: 'Each',
    cell: ({ cpus, memoryMib, image }) => (
      <TwoLines
        first={`${cpus} ${cpus === 1 ? 'CPU' : 'CPUs'}, ${bytes(memoryMib * MIB)}`}
        second={`from ${image}`}
      />
    ),
  },
  {
    header: 'Kind',
    cell: ({ kind, profileGib }) => (
      <TwoLines
        first={KINDS[kind].short}
        second={
          kind === 'persistent'
            ? 'all is kept'
            : profileGib === null
              ? 'nothing is kept'
              : 'files follow people'
        }
      />
    ),
  },
  {
    header: '',
    cell: (pool) => (
      <Button
        size="xs"
        variant="default"
        renderRoot={(props) => <Link {...props} to="/admin/pools/$poolId" params={{ poolId: pool.id }} />}
        aria-label={`Settings of ${pool.title}`}
        data-testid="pool-settings"
      >
        Settings
      </Button>
    ),
  },
];

export function PoolsPage(): ReactElement {
  const may = useMay();
  const pools = useQuery(
    api.pools.list.queryOptions({
      refetchInterval: ({ state }) =>
        pollMs(state.data?.some(({ machines }) => machines.starting > 0) ?? true),
    }),
  );
  return (
    <>
      <PageHead
        title="Pools"
        action={
          may('pools.change') && (
            <Button renderRoot={(props) => <Link {...props} to="/admin/pools/new" />} data-testid="pool-new">
              New pool
            </Button>
          )
        }
      >
        Sets of machines made from one image. Ready ones open at once.
      </PageHead>
      <DataTable
        label="Pools"
        query={pools}
        columns={COLUMNS}
        keyOf={(pool) => pool.id}
        empty="No pools yet. Make one: choose an image, say what people call it, and let people in."
        testId="pools"
      />
    </>
  );
}
