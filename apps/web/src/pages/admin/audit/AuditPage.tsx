import { Anchor, Button, Code, Group, Select, Text, TextInput } from '@mantine/core';
import { useMay } from '../../../api/may.ts';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type AuditEvent } from '../../../api/client.ts';
import { pollMs } from '../../../api/polling.ts';
import { browserClock } from '../../../clock.ts';
import { Ago } from '../../../components/Ago.tsx';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';
import { Dialog } from '../../../components/Dialog.tsx';
import { PageHead } from '../PageHead.tsx';
import { AuditSettings } from './AuditSettings.tsx';
import { VerifyAudit } from './VerifyAudit.tsx';

const PAGE = 100;
const TYPING_MS = 200;
const DAY_MS = 86_400_000;

const TIMES = [
  { value: '0', label: 'Any time' },
  { value: '1', label: 'The last day' },
  { value: '7', label: 'The last week' },
  { value: '30', label: 'The last 30 days' },
];

const columns = (show: (event: AuditEvent) => void): readonly Column<AuditEvent>[] => [
  { header: 'When', cell: ({ at }) => <Ago at={at} /> },
  { header: 'Who', cell: ({ actor, client }) => <TwoLines first={actor} second={client ?? ''} /> },
  {
    header: 'What',
    cell: (event) => (
      <Anchor component="button" type="button" inherit ta="left" onClick={() => show(event)}>
        {event.action}
      </Anchor>
    ),
  },
  {
    header: 'On',
    cell: ({ subjectKind, subjectId }) => (
      <>
        {subjectKind} {subjectId !== '' && <Code title={subjectId}>{subjectId.slice(0, 8)}</Code>}
      </>
    ),
  },
  {
    header: 'Outcome',
    cell: ({ outcome, why }) => <TwoLines first={outcome} second={why ?? ''} />,
  },
];

/** What happened, with who and why; to search, and to check. */
export function AuditPage(): ReactElement {
  const may = useMay();
  const [typed, setTyped] = useState('');
  const [days, setDays] = useState('0');
  const [chosen, setChosen] = useState<AuditEvent | undefined>();
  const [search] = useDebouncedValue(typed.trim(), TYPING_MS);
  const events = useInfiniteQuery(
    api.audit.list.infiniteOptions({
      input: (cursor: string | undefined) => ({
        limit: PAGE,
        ...(search === '' ? {} : { search }),
        ...(cursor === undefined ? {} : { cursor }),
        ...(days === '0'
          ? {}
          : { since: new Date(browserClock.now() - Number(days) * DAY_MS).toISOString() }),
      }),
      queryKey: ['audit', search, days],
      initialPageParam: undefined,
      getNextPageParam: ({ nextCursor }) => nextCursor ?? undefined,
      placeholderData: keepPreviousData,
      refetchInterval: pollMs(false),
      select: ({ pages }) => pages.flatMap(({ items }) => items),
    }),
  );
  // As it is now: its place in the chain comes a moment after it.
  const shown = events.data?.find(({ id }) => id === chosen?.id) ?? chosen;
  return (
    <>
      <PageHead title="Audit" action={may('installation') && <AuditSettings />}>
        What people did and tried, and who looked at which desktop; the newest first. A check finds what was
        changed behind its back.
      </PageHead>
      {may('installation') && <VerifyAudit />}
      <Group mb="md" align="flex-end">
        <TextInput
          label="Search"
          placeholder="Who, what, on what, from where"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          w={360}
          maw="100%"
          data-testid="audit-search"
        />
        <Select
          label="When"
          data={TIMES}
          value={days}
          onChange={(value) => setDays(value ?? '0')}
          allowDeselect={false}
          w={180}
        />
      </Group>
      <DataTable
        label="Audit events"
        query={events}
        columns={columns(setChosen)}
        keyOf={({ id }) => String(id)}
        empty={
          search === '' && days === '0' ? 'Nothing has been done yet.' : 'Nothing like this has been done.'
        }
        testId="audit"
      />
      {events.hasNextPage && (
        <Group justify="center" mt="md">
          <Button
            variant="default"
            loading={events.isFetchingNextPage}
            onClick={() => void events.fetchNextPage()}
          >
            Older ones
          </Button>
        </Group>
      )}
      {shown !== undefined && <OneEvent event={shown} onClose={() => setChosen(undefined)} />}
    </>
  );
}

function OneEvent({ event, onClose }: { event: AuditEvent; onClose: () => void }): ReactElement {
  const { position, at, actor, client, subjectKind, subjectId, outcome, why, detail } = event;
  return (
    <Dialog opened onClose={onClose} title={event.action}>
      <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
        {actor}
        {client === null ? '' : `, from ${client}`}, {new Date(at).toLocaleString()}
      </Text>
      <Text size="sm" mt="xs" style={{ overflowWrap: 'anywhere' }}>
        {subjectKind} {subjectId}
      </Text>
      <Text size="sm" mt="xs">
        {outcome}
        {why === null ? '' : `: ${why}`}
      </Text>
      <Code block mt="md" style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
        {JSON.stringify(detail, null, 2)}
      </Code>
      <Text size="xs" c="dimmed" mt="md">
        {position === null ? 'Its place in the chain comes in a moment.' : `Number ${position} of the chain.`}
      </Text>
    </Dialog>
  );
}
