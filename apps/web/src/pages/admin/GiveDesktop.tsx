import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Me } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { Dialog } from '../../components/Dialog.tsx';

/** Lets a person use a pool; its desktop is on their page at once. */
export function GiveDesktop({ user, onClose }: { user: Me; onClose: () => void }): ReactElement {
  const pools = useQuery(api.pools.list.queryOptions());
  const has = useQuery(api.entitlements.list.queryOptions({ input: { principalId: user.id } }));
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<string | undefined>();
  const isGiven = (id: string): boolean => has.data?.some(({ pool }) => pool.id === id) ?? false;
  const poolId = chosen ?? pools.data?.find(({ id }) => !isGiven(id))?.id;
  const title = pools.data?.find(({ id }) => id === poolId)?.title;
  const entitle = useMutation({
    ...api.entitlements.add.mutationOptions(),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.entitlements.key() });
      notifications.show({ message: `${user.name} has ${title ?? 'the desktop'} now.` });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={`Give ${user.name} a desktop`}>
      <Stack>
        {pools.isError && <Text c="red">{messageOf(pools.error)}</Text>}
        {has.isError && <Text c="red">{messageOf(has.error)}</Text>}
        {pools.data?.length === 0 && (
          <Text c="dimmed">There is no pool yet. One is made with the first image.</Text>
        )}
        {pools.data !== undefined &&
          pools.data.length > 0 &&
          has.data !== undefined &&
          poolId === undefined && (
            <Text c="dimmed">
              They have every desktop there is. What they have is taken back on the page of its pool.
            </Text>
          )}
        {poolId !== undefined && (
          <NativeSelect
            label="Desktop"
            value={poolId}
            onChange={(event) => setChosen(event.currentTarget.value)}
            data={(pools.data ?? []).map(({ id, title }) => ({
              value: id,
              label: isGiven(id) ? `${title} (has it already)` : title,
              disabled: isGiven(id),
            }))}
            data-testid="give-pool"
          />
        )}
        <Group justify="flex-end" mt="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={poolId === undefined || has.data === undefined}
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
