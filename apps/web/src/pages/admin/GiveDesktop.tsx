import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Me } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { Dialog } from '../../components/Dialog.tsx';

/** Lets a person use a pool; its desktop is on their page at once. */
export function GiveDesktop({ user, onClose }: { user: Me; onClose: () => void }): ReactElement {
  const pools = useQuery(api.pools.list.queryOptions());
  const [chosen, setChosen] = useState<string | undefined>();
  const poolId = chosen ?? pools.data?.[0]?.id;
  const title = pools.data?.find(({ id }) => id === poolId)?.title;
  const entitle = useMutation({
    ...api.entitlements.add.mutationOptions(),
    onSuccess() {
      notifications.show({ message: `${user.name} has ${title ?? 'the desktop'} now.` });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={`Give ${user.name} a desktop`}>
      <Stack>
        {pools.isError && <Text c="red">{messageOf(pools.error)}</Text>}
        {pools.data?.length === 0 ? (
          <Text c="dimmed">There is no pool yet. One is made with the first image.</Text>
        ) : (
          <NativeSelect
            label="Desktop"
            value={poolId ?? ''}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={(pools.data ?? []).map(({ id, title }) => ({ value: id, label: title }))}
            data-testid="give-pool"
          />
        )}
        <Group justify="flex-end" mt="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={poolId === undefined}
            loading={entitle.isPending}
            onClick={() => {
              if (poolId !== undefined) entitle.mutate({ poolId, principalId: user.id });
            }}
            data-testid="give-save"
          >
            Give
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
