import { PAGE_ROWS_MAX } from '@orangery/contract';
import { Alert, Button, Group, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Application, type ApplicationEntitlement as Entitlement } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Dialog } from '../../../components/Dialog.tsx';
import { type Column, DataTable } from '../../../components/DataTable.tsx';
import { WhoLines } from '../../../components/WhoLines.tsx';
import { type Who, WhoSelect } from '../../../components/WhoSelect.tsx';

const columns = (remove: (entitlement: Entitlement) => void): readonly Column<Entitlement>[] => [
  {
    header: 'Person or group',
    cell: ({ principal }) => <WhoLines who={principal} />,
  },
  {
    header: '',
    cell: (entitlement) => (
      <Button
        size="xs"
        variant="default"
        onClick={() => remove(entitlement)}
        aria-label={`Remove ${entitlement.principal.name}`}
      >
        Remove
      </Button>
    ),
  },
];

/** Who may open an application: lets people in and takes it back. */
export function ApplicationPeople({
  application: { id, title },
  onClose,
}: {
  application: Application;
  onClose: () => void;
}): ReactElement {
  const queries = useQueryClient();
  const people = useQuery(
    api.applications.people.queryOptions({
      input: { id, limit: PAGE_ROWS_MAX },
      select: ({ items }) => items,
    }),
  );
  const [chosen, setChosen] = useState<Who | null>(null);
  const refresh = async (): Promise<void> => {
    await Promise.all(
      [api.applications.key(), api.groups.key()].map((queryKey) => queries.invalidateQueries({ queryKey })),
    );
  };
  const entitle = useMutation({
    ...api.applications.entitle.mutationOptions(),
    meta: { inline: true },
    onSuccess: () => setChosen(null),
    onSettled: refresh,
  });
  const remove = useMutation({ ...api.applications.unentitle.mutationOptions(), onSettled: refresh });
  const has = new Set(people.data?.map(({ principal }) => principal.id));
  return (
    <Dialog opened onClose={onClose} title={`Who may open ${title}?`}>
      <Text size="sm" c="dimmed" mb="md">
        They need not be let into its pool: they get this program, not the desktop. Administrators may open
        all.
      </Text>
      {entitle.error !== null && (
        <Alert color="red" variant="light" role="alert" mb="md">
          {messageOf(entitle.error)}
        </Alert>
      )}
      <Group align="flex-end" gap="sm" mb="lg" wrap="nowrap">
        <WhoSelect
          groups
          chosen={chosen}
          onChoose={setChosen}
          refusal={(each, roles) =>
            roles.includes('administrator')
              ? 'administrators may open it anyway'
              : has.has(each)
                ? 'may open it already'
                : undefined
          }
          testId="application-person"
        />
        <Button
          disabled={chosen === null}
          loading={entitle.isPending}
          onClick={() => {
            if (chosen !== null) entitle.mutate({ id, principalId: chosen.value });
          }}
          data-testid="application-entitle"
        >
          Add
        </Button>
      </Group>
      <DataTable
        label="Who may open it"
        query={people}
        columns={columns((entitlement) => remove.mutate({ id: entitlement.id }))}
        keyOf={(entitlement) => entitlement.id}
        empty="Nobody but administrators. Add a person or a group."
        testId="application-entitlements"
      />
    </Dialog>
  );
}
