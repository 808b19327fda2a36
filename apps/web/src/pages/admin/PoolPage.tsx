import { Anchor, Button, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useParams } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, type Entitlement } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { Ago } from '../../components/Ago.tsx';
import { Confirm } from '../../components/Confirm.tsx';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { StateBadge } from '../../components/StateBadge.tsx';
import { NotFound } from '../../shell/NotFound.tsx';
import { AddToPool } from './AddToPool.tsx';
import { PageHead } from './PageHead.tsx';

const columns = (remove: (entitlement: Entitlement) => void): readonly Column<Entitlement>[] => [
  {
    header: 'Person',
    cell: ({ principal }) => <TwoLines first={principal.name} second={principal.email ?? 'no e-mail'} />,
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

/** One pool: who may use it. */
export function PoolPage(): ReactElement {
  const { poolId } = useParams({ from: '/person/frame/admin/pools/$poolId' });
  const [adding, setAdding] = useState(false);
  const [chosen, setChosen] = useState<Entitlement | undefined>();
  const queries = useQueryClient();
  const pools = useQuery(api.pools.list.queryOptions());
  const entitlements = useQuery(
    api.entitlements.list.queryOptions({ input: { poolId }, refetchInterval: pollMs(false) }),
  );
  const remove = useMutation({
    ...api.entitlements.remove.mutationOptions(),
    async onSuccess({ principal, pool }) {
      notifications.show({ message: `${principal.name} may no longer use ${pool.title}.` });
    },
    // Also when somebody else was faster: then the list shows it.
    async onSettled() {
      await queries.invalidateQueries({ queryKey: api.entitlements.key() });
      setChosen(undefined);
    },
  });
  const pool = pools.data?.find(({ id }) => id === poolId);
  if (pools.data !== undefined && pool === undefined) return <NotFound />;
  return (
    <>
      <Anchor component={Link} to="/admin/pools" size="sm">
        All pools
      </Anchor>
      <PageHead
        title={pool?.title ?? 'Pool'}
        action={
          <Button onClick={() => setAdding(true)} data-testid="entitlement-add">
            Add a person
          </Button>
        }
      >
        Who may use it. Administrators may use every pool.
      </PageHead>
      <DataTable
        label="Who may use it"
        query={entitlements}
        columns={columns(setChosen)}
        keyOf={(entitlement) => entitlement.id}
        empty="Nobody but administrators. Add a person."
        testId="entitlements"
      />
      {adding && pool !== undefined && (
        <AddToPool pool={pool} has={entitlements.data ?? []} onClose={() => setAdding(false)} />
      )}
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
        <Text inherit>They open {chosen?.pool.title} no more.</Text>
        {chosen?.session !== null && (
          <Text inherit mt="xs">
            They have a session now. While they look at it, it goes on; once they leave it, they cannot come
            back. End it on the page of sessions to stop them at once.
          </Text>
        )}
      </Confirm>
    </>
  );
}
