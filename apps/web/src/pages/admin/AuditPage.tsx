import { Code } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type AuditEvent } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { Ago } from '../../components/Ago.tsx';
import { type Column, DataTable } from '../../components/DataTable.tsx';
import { PageHead } from './PageHead.tsx';

const EVENTS_MAX = 200;

const COLUMNS: readonly Column<AuditEvent>[] = [
  { header: 'When', cell: ({ at }) => <Ago at={at} /> },
  { header: 'Who', cell: ({ actor }) => actor },
  { header: 'What', cell: ({ action }) => action },
  {
    header: 'On',
    cell: ({ subjectKind, subjectId }) => (
      <>
        {subjectKind} <Code title={subjectId}>{subjectId.slice(0, 8)}</Code>
      </>
    ),
  },
  { header: 'Outcome', cell: ({ outcome }) => outcome },
];

export function AuditPage(): ReactElement {
  const events = useQuery(
    api.audit.list.queryOptions({ input: { limit: EVENTS_MAX }, refetchInterval: pollMs(false) }),
  );
  return (
    <>
      <PageHead title="Audit">What people did, the newest {EVENTS_MAX} first.</PageHead>
      <DataTable
        label="Audit events"
        query={events}
        columns={COLUMNS}
        keyOf={({ at, action, subjectId }) => `${at} ${action} ${subjectId}`}
        empty="Nothing has been done yet."
        testId="audit"
      />
    </>
  );
}
