import { Alert, Anchor, Group, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api, type User, type PersonAccess } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { type Column, Rows, TwoLines } from '../../components/DataTable.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { waysInWords } from '../../components/people.ts';

type Thing = PersonAccess['desktops'][number] & { kind: string };

const COLUMNS: readonly Column<Thing>[] = [
  { header: 'May use', cell: ({ title, kind }) => <TwoLines first={title} second={kind} /> },
  { header: 'How', cell: waysInWords },
];

/** What a person may use, and whether by themselves or through which group. */
export function UserAccess({ user, onClose }: { user: User; onClose: () => void }): ReactElement {
  const access = useQuery(api.users.access.queryOptions({ input: { id: user.id } }));
  const things: Thing[] = [
    ...(access.data?.desktops ?? []).map((each) => ({ ...each, kind: 'Desktop' })),
    ...(access.data?.applications ?? []).map((each) => ({ ...each, kind: 'Application' })),
  ];
  return (
    <Dialog opened onClose={onClose} title={`What ${user.name} may use`}>
      {access.error !== null && (
        <Alert color="red" variant="light" role="alert" mt="md">
          {messageOf(access.error)}
        </Alert>
      )}
      {user.roles.includes('administrator') && (
        <Text size="sm" mb="md">
          Administrators may use every desktop and application, whatever stands here.
        </Text>
      )}
      {access.data === undefined && access.error === null && (
        <Skeleton height={120} radius="md" aria-hidden="true" />
      )}
      {access.data !== undefined && (
        <>
          {things.length > 0 && (
            <Rows
              label={`What ${user.name} may use`}
              rows={things}
              columns={COLUMNS}
              keyOf={({ kind, id }) => `${kind} ${id}`}
              testId="access"
            />
          )}
          {things.length === 0 && !user.roles.includes('administrator') && (
            <Text size="sm">
              Nothing yet: give them a desktop, or put them into a group that may use one.
            </Text>
          )}
          <Text size="sm" c="dimmed" mt="md" component="div">
            {access.data.groups.length === 0 ? (
              'They are in no group.'
            ) : (
              <Group gap={10}>
                <span>In the groups</span>
                {access.data.groups.map(({ id, name }) => (
                  <Anchor
                    key={id}
                    inherit
                    renderRoot={(props) => (
                      <Link {...props} to="/admin/groups/$groupId" params={{ groupId: id }} />
                    )}
                  >
                    {name}
                  </Anchor>
                ))}
              </Group>
            )}
          </Text>
        </>
      )}
    </Dialog>
  );
}
