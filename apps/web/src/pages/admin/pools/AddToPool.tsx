import { Button, Group, Stack } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Entitlement, type Pool } from '../../../api/client.ts';
import { Dialog } from '../../../components/Dialog.tsx';
import { type Who, WhoSelect } from '../../../components/WhoSelect.tsx';

/** Finds a person or a group and lets them use a pool; its desktop is on their page at once. */
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
  const [chosen, setChosen] = useState<Who | null>(null);
  const add = useMutation({
    ...api.entitlements.add.mutationOptions(),
    async onSuccess({ principal }) {
      await Promise.all(
        [api.entitlements.key(), api.groups.key()].map((queryKey) => queries.invalidateQueries({ queryKey })),
      );
      notifications.show({ message: `${principal.name} has ${pool.title} now.` });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={`Who may use ${pool.title}?`}>
      <Stack>
        <WhoSelect
          groups
          chosen={chosen}
          onChoose={setChosen}
          refusal={(id, roles) =>
            roles.includes('administrator')
              ? 'administrators may use it anyway'
              : has.some(({ principal }) => principal.id === id)
                ? 'may use it already'
                : undefined
          }
          testId="entitlement-person"
        />
        <Group justify="flex-end" mt="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={chosen === null}
            loading={add.isPending}
            onClick={() => {
              if (chosen !== null) add.mutate({ poolId: pool.id, principalId: chosen.value });
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
