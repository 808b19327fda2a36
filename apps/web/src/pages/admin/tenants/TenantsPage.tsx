import { Badge, Button, Group } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Tenant } from '../../../api/client.ts';
import { useMe } from '../../../api/may.ts';
import { pollMs } from '../../../api/polling.ts';
import { lookInto } from '../../../api/tenant.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';
import { QuotaBars } from '../../../components/QuotaBars.tsx';
import { NameGroup } from '../groups/NameGroup.tsx';
import { SuspendTenant } from './SuspendTenant.tsx';
import { PageHead } from '../PageHead.tsx';

type Asked = { what: 'new' } | { what: 'rename' | 'suspend' | 'delete'; tenant: Tenant };

const counted = (count: number, one: string, many: string): string => `${count} ${count === 1 ? one : many}`;

const holdings = ({ has }: Tenant): string =>
  [
    counted(has.people, 'person', 'people'),
    counted(has.pools, 'pool', 'pools'),
    counted(has.machines, 'machine', 'machines'),
    counted(has.sessions, 'open session', 'open sessions'),
  ].join(', ');

const columnsOf = (
  hereId: string,
  ask: (asked: Asked) => void,
  resume: (tenant: Tenant) => void,
): readonly Column<Tenant>[] => [
  {
    header: 'Tenant',
    cell: (tenant) => (
      <TwoLines
        first={
          <Group gap={8} wrap="nowrap">
            {tenant.name}
            {tenant.suspended !== null && (
              <Badge color="red" variant="light" title={tenant.suspended.reason ?? undefined}>
                Suspended
              </Badge>
            )}
            {tenant.id === hereId && (
              <Badge color="citrus" variant="light">
                You are here
              </Badge>
            )}
          </Group>
        }
        second={holdings(tenant)}
      />
    ),
  },
  {
    header: 'Used',
    cell: ({ name, limits, used }) => <QuotaBars limits={limits} used={used} label={`Quota of ${name}`} />,
  },
  {
    header: '',
    cell: (tenant) => (
      <Group gap={6} wrap="wrap">
        <Button
          size="xs"
          variant="default"
          disabled={tenant.id === hereId}
          onClick={() => lookInto(tenant.id)}
          aria-label={`Look into ${tenant.name}`}
          data-testid="tenant-look"
        >
          Look into
        </Button>
        <Button
          size="xs"
          variant="default"
          onClick={() => ask({ what: 'rename', tenant })}
          aria-label={`Rename ${tenant.name}`}
          data-testid="tenant-rename"
        >
          Rename
        </Button>
        {tenant.suspended === null ? (
          <Button
            size="xs"
            variant="default"
            onClick={() => ask({ what: 'suspend', tenant })}
            aria-label={`Suspend ${tenant.name}`}
            data-testid="tenant-suspend"
          >
            Suspend
          </Button>
        ) : (
          <Button
            size="xs"
            variant="default"
            onClick={() => resume(tenant)}
            aria-label={`Let ${tenant.name} go on`}
            data-testid="tenant-resume"
          >
            Let go on
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          onClick={() => ask({ what: 'delete', tenant })}
          aria-label={`Delete ${tenant.name}`}
          data-testid="tenant-delete"
        >
          Delete
        </Button>
      </Group>
    ),
  },
];

/** Departments, schools or customers, for who operates the installation. */
export function TenantsPage(): ReactElement {
  const me = useMe();
  const [asked, setAsked] = useState<Asked | undefined>();
  const queries = useQueryClient();
  const tenants = useQuery(api.tenants.list.queryOptions({ refetchInterval: pollMs(false) }));
  const done = {
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.tenants.key() });
      setAsked(undefined);
    },
  };
  const create = useMutation({ ...api.tenants.create.mutationOptions(), ...done });
  const rename = useMutation({ ...api.tenants.rename.mutationOptions(), ...done });
  const remove = useMutation({ ...api.tenants.delete.mutationOptions(), ...done });
  const resume = useMutation({ ...api.tenants.resume.mutationOptions(), ...done, meta: {} });
  const close = (): void => {
    setAsked(undefined);
    for (const each of [create, rename, remove]) each.reset();
  };
  return (
    <>
      <PageHead
        title="Tenants"
        action={
          <Button onClick={() => setAsked({ what: 'new' })} data-testid="tenant-new">
            New tenant
          </Button>
        }
      >
        Departments, schools or customers. Nothing of one is seen by another; hosts and storage are shared by
        all.
      </PageHead>
      <DataTable
        label="Tenants"
        query={tenants}
        columns={columnsOf(me.tenant.id, setAsked, ({ id }) => resume.mutate({ id }))}
        keyOf={({ id }) => id}
        empty="There is no tenant."
        testId="tenants"
      />
      {asked?.what === 'new' && (
        <NameGroup
          title="New tenant"
          action="Make it"
          name=""
          busy={create.isPending}
          error={create.error}
          onName={(name) => create.mutate({ name })}
          onClose={close}
        />
      )}
      {asked?.what === 'rename' && (
        <NameGroup
          title={`Rename ${asked.tenant.name}`}
          action="Rename"
          name={asked.tenant.name}
          busy={rename.isPending}
          error={rename.error}
          onName={(name) => rename.mutate({ id: asked.tenant.id, name })}
          onClose={close}
        />
      )}
      {asked?.what === 'suspend' && <SuspendTenant tenant={asked.tenant} onClose={close} />}
      {asked?.what === 'delete' && (
        <Confirm
          opened
          title={`Delete ${asked.tenant.name}?`}
          action="Delete"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ id: asked.tenant.id })}
          onClose={close}
        >
          A tenant goes when it is empty. What it used, and what was done in it, stays in usage and audit log.
        </Confirm>
      )}
    </>
  );
}
