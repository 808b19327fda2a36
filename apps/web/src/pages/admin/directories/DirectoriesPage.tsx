import { Anchor, Button, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api, type Directory } from '../../../api/client.ts';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';
import { PageHead } from '../PageHead.tsx';
import { DirectoryState } from './DirectoryState.tsx';
import { kindLabel } from './directory-values.ts';

const COLUMNS: readonly Column<Directory>[] = [
  {
    header: 'Directory',
    cell: ({ id, title, settings }) => (
      <TwoLines
        first={
          <Anchor
            inherit
            renderRoot={(props) => (
              <Link {...props} to="/admin/directories/$directoryId" params={{ directoryId: id }} />
            )}
          >
            {title}
          </Anchor>
        }
        second={kindLabel(settings.kind)}
      />
    ),
  },
  { header: 'People', cell: ({ people }) => (people === 0 ? 'nobody yet' : String(people)) },
  { header: 'Groups', cell: ({ groups }) => (groups === 0 ? 'none' : String(groups)) },
  { header: 'State', cell: (directory) => <DirectoryState directory={directory} /> },
];

const POLL_MS = 10_000;

/** Where people come from who are not made here. */
export function DirectoriesPage(): ReactElement {
  const directories = useQuery(api.directories.list.queryOptions({ refetchInterval: POLL_MS }));
  return (
    <>
      <PageHead
        title="Directories"
        action={
          <Button component={Link} to="/admin/directories/new" data-testid="directory-new">
            Add a directory
          </Button>
        }
      >
        Where people and groups come from that are not made here. They are asked in this order.
      </PageHead>
      <DataTable
        label="Directories"
        query={directories}
        columns={COLUMNS}
        keyOf={({ id }) => id}
        empty={
          <>
            <Text inherit>No directories yet.</Text>
            <Text inherit mt={4}>
              Add your Active Directory, an LDAP server or a provider of OpenID Connect: your people sign in
              by the names and passwords that they have, and its groups say who may use what.
            </Text>
          </>
        }
        testId="directories"
      />
    </>
  );
}
