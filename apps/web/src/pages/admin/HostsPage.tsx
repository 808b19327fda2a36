import { Anchor, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api, type Host } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { Ago } from '../../components/Ago.tsx';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { bytes } from '../../components/format.ts';
import { StateBadge } from '../../components/StateBadge.tsx';
import { Cannot, Hypervisor, Load, SharedMemory, Storage } from './hosts/parts.tsx';
import { PageHead } from './PageHead.tsx';

const EMPTY = (
  <>
    No hosts yet. Add one on the command line: <code>./orangery host add</code>.
  </>
);

const COLUMNS: readonly Column<Host>[] = [
  {
    header: 'Host',
    cell: ({ id, name, address }) => (
      <TwoLines
        first={
          <Anchor
            inherit
            renderRoot={(props) => <Link {...props} to="/admin/hosts/$hostId" params={{ hostId: id }} />}
          >
            {name}
          </Anchor>
        }
        second={address}
      />
    ),
  },
  {
    header: 'State',
    cell: (host) => (
      <>
        <StateBadge state={host.phase} />
        {host.seenAt !== null && (
          <Text size="xs" c="dimmed" mt={4}>
            seen <Ago at={host.seenAt} />
          </Text>
        )}
        {host.reason !== null && (
          <Text size="xs" c="dimmed" mt={4} maw={320}>
            {host.reason}
          </Text>
        )}
        {host.facts !== null && <Cannot facts={host.facts} />}
      </>
    ),
  },
  { header: 'Hypervisor', cell: ({ facts }) => (facts === null ? '–' : <Hypervisor facts={facts} />) },
  {
    header: 'Processors, memory',
    cell: (host) =>
      host.facts === null ? (
        '–'
      ) : (
        <>
          <TwoLines
            first={`${host.facts.cpus} CPUs, ${bytes(host.facts.memoryBytes)}`}
            second={`${bytes(host.facts.freeMemoryBytes)} free`}
          />
          <SharedMemory host={host} />
        </>
      ),
  },
  {
    header: 'Storage',
    width: 200,
    cell: ({ storage }) => (storage === null ? '–' : <Storage storage={storage} />),
  },
  { header: 'Load', width: 190, cell: (host) => <Load host={host} /> },
];

export function HostsPage(): ReactElement {
  const hosts = useQuery(api.hosts.list.queryOptions({ refetchInterval: pollMs(false) }));
  return (
    <>
      <PageHead title="Hosts">The machines that run desktops, and what Orangery found on them.</PageHead>
      <DataTable
        label="Hosts"
        query={hosts}
        columns={COLUMNS}
        keyOf={(host) => host.id}
        empty={EMPTY}
        testId="hosts"
      />
    </>
  );
}
