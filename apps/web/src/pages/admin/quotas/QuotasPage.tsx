import { Button, Stack } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, client, type Quota } from '../../../api/client.ts';
import { useMay, useMe } from '../../../api/may.ts';
import { pollMs } from '../../../api/polling.ts';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';
import { QuotaBars } from '../../../components/QuotaBars.tsx';
import { useRemoveFromList } from '../../../components/RemoveFromList.tsx';
import { Section } from '../../../components/Section.tsx';
import { PageHead } from '../PageHead.tsx';
import { EditQuota, type QuotaSubject } from './EditQuota.tsx';
import { RowActions } from '../../../components/RowActions.tsx';

type Asked = { title: string; subject: QuotaSubject; quota: Quota | undefined };
type Row = Quota & { name: string };

const COLUMNS: readonly Column<Row>[] = [
  {
    header: 'Who',
    cell: ({ name, scope }) => (
      <TwoLines first={name} second={scope === 'group' ? 'group, all members together' : 'person'} />
    ),
  },
  {
    header: 'Used',
    cell: ({ name, limits, used }) => <QuotaBars limits={limits} used={used} label={`Quota of ${name}`} />,
  },
];

/** Changing a quota, beside removing it. */
const changeColumn = (remove: Column<Row>, onChange: (row: Row) => void): Column<Row> => ({
  header: '',
  cell: (row) => (
    <RowActions>
      <Button
        size="xs"
        variant="default"
        onClick={() => onChange(row)}
        aria-label={`Change the quota of ${row.name}`}
        data-testid="quota-edit"
      >
        Change
      </Button>
      {remove.cell(row)}
    </RowActions>
  ),
});

/** How much there may be of what in this tenant, and how much is used. */
export function QuotasPage(): ReactElement {
  const { tenant } = useMe();
  const may = useMay();
  const [asked, setAsked] = useState<Asked | undefined>();
  const quotas = useQuery(api.quotas.list.queryOptions({ refetchInterval: pollMs(false) }));
  const rows = useQuery(
    api.quotas.list.queryOptions({
      select: (list) =>
        list.flatMap((quota): Row[] =>
          quota.principal === null ? [] : [{ ...quota, name: quota.principal.name }],
        ),
    }),
  );
  const all = quotas.data ?? [];
  const ofScope = (scope: Quota['scope']): Quota | undefined => all.find((quota) => quota.scope === scope);
  const changes = may('quotas.change');
  const { column, question } = useRemoveFromList<Row>({
    what: 'quota of',
    remove: ({ id }) => client.quotas.remove({ id }),
    listKey: api.quotas.key(),
    testId: 'quota-remove',
    children: 'They are limited by the quota of each person, if there is one, and by those of their groups.',
  });
  const edit = (title: string, subject: QuotaSubject, quota?: Quota): void =>
    setAsked({ title, subject, quota });
  const whole = ofScope('tenant');
  const each = ofScope('each');
  return (
    <>
      <PageHead
        title="Quotas"
        action={
          changes && (
            <Button onClick={() => edit('New quota', undefined)} data-testid="quota-new">
              Limit a person or group
            </Button>
          )
        }
      >
        How much there may be at once of sessions, machines and what they are made of. A request that goes
        beyond is refused, and says why.
      </PageHead>
      <Stack gap="lg">
        <Section
          title={tenant.name}
          about="All of it together: machines that stand ready count, too. Operators set it."
          action={
            may('installation') && (
              <Button
                variant="default"
                onClick={() => edit(`Quota of ${tenant.name}`, { scope: 'tenant' }, whole)}
                data-testid="quota-tenant"
              >
                Change
              </Button>
            )
          }
          testId="quota-of-tenant"
        >
          <QuotaBars
            limits={whole?.limits ?? null}
            used={whole?.used ?? null}
            label={`Quota of ${tenant.name}`}
          />
        </Section>
        <Section
          title="Each person"
          about="Who has no quota of their own."
          action={
            changes && (
              <Button
                variant="default"
                onClick={() => edit('Quota of each person', { scope: 'each' }, each)}
                data-testid="quota-each"
              >
                Change
              </Button>
            )
          }
          testId="quota-of-each"
        >
          <QuotaBars limits={each?.limits ?? null} used={null} label="Quota of each person" />
        </Section>
        <DataTable
          label="Quotas of people and groups"
          query={rows}
          columns={
            changes
              ? [
                  ...COLUMNS,
                  changeColumn(column, (row) =>
                    edit(`Quota of ${row.name}`, { principalId: row.principal?.id ?? '' }, row),
                  ),
                ]
              : COLUMNS
          }
          keyOf={({ id }) => id}
          empty="No person and no group has a quota of their own."
          testId="quotas"
        />
      </Stack>
      {question}
      {asked !== undefined && (
        <EditQuota
          title={asked.title}
          subject={asked.subject}
          limits={asked.quota?.limits ?? null}
          taken={all.flatMap(({ principal }) => principal?.id ?? [])}
          onClose={() => setAsked(undefined)}
        />
      )}
    </>
  );
}
