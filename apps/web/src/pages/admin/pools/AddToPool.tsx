import { Button, Group, Select, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Entitlement, type Me, type Pool } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Dialog } from '../../../components/Dialog.tsx';

/** More would only be scrolled through; typing narrows them down. */
const SHOWN_MAX = 30;

/** A person as one line; with why they cannot be chosen. */
function optionOf(
  user: Me,
  has: readonly Entitlement[],
): { value: string; label: string; disabled: boolean } {
  const reason =
    user.role === 'administrator'
      ? 'administrators may use it anyway'
      : has.some(({ principal }) => principal.id === user.id)
        ? 'may use it already'
        : undefined;
  const name = user.email === null ? user.name : `${user.name}, ${user.email}`;
  return {
    value: user.id,
    label: reason === undefined ? name : `${name} (${reason})`,
    disabled: reason !== undefined,
  };
}

/** Finds a person and lets them use a pool; its desktop is on their page at once. */
export function AddToPool({
  pool,
  has,
  onClose,
}: {
  pool: Pool;
  has: readonly Entitlement[];
  onClose: () => void;
}): ReactElement {
  const queries = useQueryClient();
  const users = useQuery(api.users.list.queryOptions());
  const [chosen, setChosen] = useState<string | null>(null);
  const add = useMutation({
    ...api.entitlements.add.mutationOptions(),
    async onSuccess({ principal }) {
      await queries.invalidateQueries({ queryKey: api.entitlements.key() });
      notifications.show({ message: `${principal.name} has ${pool.title} now.` });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={`Who may use ${pool.title}?`}>
      <Stack>
        {users.isError && <Text c="red">{messageOf(users.error)}</Text>}
        <Select
          label="Person"
          description="Type a part of the name or of the e-mail address."
          placeholder="Search"
          searchable
          limit={SHOWN_MAX}
          nothingFoundMessage="Nobody is called that. People are added on the page of users."
          data={(users.data ?? []).map((user) => optionOf(user, has))}
          value={chosen}
          onChange={setChosen}
          // In the dialog, so that it belongs to it; fixed, so that the dialog does not cut it off.
          comboboxProps={{ withinPortal: false, floatingStrategy: 'fixed' }}
          data-autofocus
          data-testid="entitlement-person"
        />
        <Group justify="flex-end" mt="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={chosen === null}
            loading={add.isPending}
            onClick={() => {
              if (chosen !== null) add.mutate({ poolId: pool.id, principalId: chosen });
            }}
            data-testid="entitlement-save"
          >
            Add
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
