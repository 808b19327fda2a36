import { Button, Group, Text } from '@mantine/core';
import { MayButton } from '../../components/MayButton.tsx';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Application } from '../../api/client.ts';
import { pollMs } from '../../api/polling.ts';
import { Confirm } from '../../components/Confirm.tsx';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { ProgramIcon } from '../../components/ProgramIcon.tsx';
import { ApplicationPeople } from './applications/ApplicationPeople.tsx';
import { PublishProgram } from './applications/PublishProgram.tsx';
import { PageHead } from './PageHead.tsx';
import { RowActions } from '../../components/RowActions.tsx';

type Asked = { what: 'people' | 'delete'; application: Application };

const columns = (ask: (asked: Asked) => void): readonly Column<Application>[] => [
  {
    header: 'Application',
    cell: ({ icon, title, program }) => (
      <Group gap="sm" wrap="nowrap">
        <ProgramIcon icon={icon} title={title} size={36} />
        <TwoLines first={title} second={program} />
      </Group>
    ),
  },
  {
    header: 'Pool',
    cell: ({ pool, offered }) =>
      offered ? (
        pool.name
      ) : (
        <TwoLines
          first={pool.name}
          second={
            <Text span inherit c="var(--mantine-color-error)">
              Its image does not have this program now: it does not open.
            </Text>
          }
        />
      ),
  },
  {
    header: 'People and groups',
    cell: ({ people }) => (people === 0 ? 'administrators only' : String(people)),
  },
  {
    header: '',
    cell: (application) => (
      <RowActions>
        <Button
          size="xs"
          variant="default"
          onClick={() => ask({ what: 'people', application })}
          aria-label={`People of ${application.title}`}
          data-testid="application-people"
        >
          People
        </Button>
        <MayButton
          right="pools.change"
          size="xs"
          variant="default"
          onClick={() => ask({ what: 'delete', application })}
          aria-label={`Delete ${application.title}`}
        >
          Delete
        </MayButton>
      </RowActions>
    ),
  },
];

/** Programs that are published on their own. */
export function ApplicationsPage(): ReactElement {
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<Asked | undefined>();
  const queries = useQueryClient();
  const applications = useQuery(api.applications.list.queryOptions({ refetchInterval: pollMs(false) }));
  const remove = useMutation({
    ...api.applications.delete.mutationOptions(),
    async onSuccess({ title }) {
      notifications.show({ message: `${title} is nobody’s tile any more.` });
      await queries.invalidateQueries({ queryKey: api.applications.key() });
    },
    onSettled: () => setAsked(undefined),
  });
  const close = (): void => setAsked(undefined);
  return (
    <>
      <PageHead
        title="Applications"
        action={
          <MayButton right="pools.change" onClick={() => setAdding(true)} data-testid="applications-add">
            Publish a program
          </MayButton>
        }
      >
        One program as a tile of its own: it fills the window, and its session ends when it is closed.
      </PageHead>
      <DataTable
        label="Applications"
        query={applications}
        columns={columns(setAsked)}
        keyOf={(application) => application.id}
        empty="No program is published. People see whole desktops."
        testId="applications"
      />
      {adding && <PublishProgram onClose={() => setAdding(false)} />}
      {asked?.what === 'people' && <ApplicationPeople application={asked.application} onClose={close} />}
      <Confirm
        opened={asked?.what === 'delete'}
        title={`Delete ${asked?.application.title ?? ''}?`}
        action="Delete"
        busy={remove.isPending}
        onConfirm={() => {
          if (asked !== undefined) remove.mutate({ id: asked.application.id });
        }}
        onClose={close}
      >
        The tile goes from everybody’s page. Who has it open goes on until they close it. The program stays in
        the image.
      </Confirm>
    </>
  );
}
