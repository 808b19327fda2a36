import { Alert, Button, Group, Select, Text } from '@mantine/core';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Application, type ApplicationEntitlement as Entitlement } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Dialog } from '../../../components/Dialog.tsx';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';

/** More would only be scrolled through; typing narrows them down. */
const SHOWN_MAX = 30;

const columns = (remove: (entitlement: Entitlement) => void): readonly Column<Entitlement>[] => [
  {
    header: 'Person',
    cell: ({ principal }) => <TwoLines first={principal.name} second={principal.email ?? 'no e-mail'} />,
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
  const people = useQuery(api.applications.people.queryOptions({ input: { id } }));
  const users = useQuery(api.users.list.queryOptions());
  const [chosen, setChosen] = useState<string | null>(null);
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: api.applications.key() });
  const entitle = useMutation({
    ...api.applications.entitle.mutationOptions(),
    meta: { inline: true },
    onSuccess: () => setChosen(null),
    onSettled: refresh,
  });
  const remove = useMutation({ ...api.applications.unentitle.mutationOptions(), onSettled: refresh });
  const has = new Set(people.data?.map(({ principal }) => principal.id));
  const options = (users.data ?? [])
    .filter((user) => user.role !== 'administrator' && !has.has(user.id))
    .map((user) => ({
      value: user.id,
      label: user.email === null ? user.name : `${user.name}, ${user.email}`,
    }));
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
        <Select
          flex={1}
          label="Person"
          placeholder="Search"
          searchable
          limit={SHOWN_MAX}
          nothingFoundMessage="Nobody else is called that."
          data={options}
          value={chosen}
          onChange={setChosen}
          comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
          data-testid="application-person"
        />
        <Button
          disabled={chosen === null}
          loading={entitle.isPending}
          onClick={() => {
            if (chosen !== null) entitle.mutate({ id, principalId: chosen });
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
        empty="Nobody but administrators. Add a person."
        testId="application-entitlements"
      />
    </Dialog>
  );
}
