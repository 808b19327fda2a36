import { PAGE_ROWS_MAX } from '@orangery/contract';
import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Entitlement, type Pool } from '../../../api/client.ts';
import { pollMs } from '../../../api/polling.ts';
import { Ago } from '../../../components/Ago.tsx';
import { Confirm } from '../../../components/Confirm.tsx';
import { type Column, DataTable } from '../../../components/DataTable.tsx';
import { members } from '../../../components/people.ts';
import { StateBadge } from '../../../components/StateBadge.tsx';
import { WhoLines } from '../../../components/WhoLines.tsx';
import { AddToPool } from './AddToPool.tsx';
import { Section } from './SettingsSection.tsx';

const columns = (remove: (entitlement: Entitlement) => void): readonly Column<Entitlement>[] => [
  {
    header: 'Person or group',
    cell: ({ principal }) => <WhoLines who={principal} />,
  },
  { header: 'Since', cell: ({ createdAt }) => <Ago at={createdAt} /> },
  {
    header: 'Session',
    cell: ({ session }) => (session === null ? '–' : <StateBadge state={session.phase} />),
  },
  {
    header: '',
    cell: (entitlement) => (
      <Button
        size="xs"
        variant="default"
        onClick={() => remove(entitlement)}
        aria-label={`Remove ${entitlement.principal.name}`}
        data-testid="entitlement-remove"
      >
        Remove
      </Button>
    ),
  },
];

/** Who may use it. */
export function PeopleSection({ pool }: { pool: Pool }): ReactElement {
  const [adding, setAdding] = useState(false);
  const [chosen, setChosen] = useState<Entitlement | undefined>();
  const queries = useQueryClient();
  const entitlements = useQuery(
    api.entitlements.list.queryOptions({
      input: { poolId: pool.id, limit: PAGE_ROWS_MAX },
      select: ({ items }) => items,
      refetchInterval: pollMs(false),
    }),
  );
  const remove = useMutation({
    ...api.entitlements.remove.mutationOptions(),
    async onSuccess({ principal, pool: { title } }) {
      notifications.show({ message: `${principal.name} may no longer use ${title}.` });
    },
    // Also when somebody else was faster: then the list shows it.
    async onSettled() {
      await Promise.all(
        [api.entitlements.key(), api.groups.key()].map((queryKey) => queries.invalidateQueries({ queryKey })),
      );
      setChosen(undefined);
    },
  });
  return (
    <Section title="People" about="Who may use it. Administrators may use every pool.">
      <DataTable
        label="Who may use it"
        query={entitlements}
        columns={columns(setChosen)}
        keyOf={(entitlement) => entitlement.id}
        empty="Nobody but administrators. Add a person or a group."
        testId="entitlements"
      />
      <Group justify="flex-end" mt="md">
        <Button onClick={() => setAdding(true)} data-testid="entitlement-add">
          Add a person or group
        </Button>
      </Group>
      {adding && <AddToPool pool={pool} has={entitlements.data ?? []} onClose={() => setAdding(false)} />}
      <Confirm
        opened={chosen !== undefined}
        title={`Remove ${chosen?.principal.name ?? ''}?`}
        action="Remove"
        busy={remove.isPending}
        onConfirm={() => {
          if (chosen !== undefined) remove.mutate({ id: chosen.id });
        }}
        onClose={() => setChosen(undefined)}
      >
        <Text inherit>
          {chosen?.principal.kind === 'group'
            ? `Its ${members(chosen.principal.members ?? 0)} open ${chosen.pool.title} no more, unless they may by themselves or through another group.`
            : `They open ${chosen?.pool.title ?? ''} no more, unless they may through a group.`}
        </Text>
        {pool.kind === 'persistent' && (
          <Text inherit mt="xs">
            Machines of their own stay, with their disks, until they are deleted on the page of machines.
          </Text>
        )}
        {chosen?.session !== null && (
          <Text inherit mt="xs">
            They have a session now. While they look at it, it goes on; once they leave it, they cannot come
            back. End it on the page of sessions to stop them at once.
          </Text>
        )}
      </Confirm>
    </Section>
  );
}
