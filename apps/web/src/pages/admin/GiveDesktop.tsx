import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type User, type PersonAccess } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { waysInWords } from '../../components/people.ts';

function labelOf(title: string, way: PersonAccess['desktops'][number] | undefined): string {
  if (way === undefined) return title;
  return way.entitlementId === null ? `${title} (has it ${waysInWords(way)})` : `${title} (has it already)`;
}

/** Lets a person use a pool; its desktop is on their page at once. */
export function GiveDesktop({ user, onClose }: { user: User; onClose: () => void }): ReactElement {
  const pools = useQuery(api.pools.list.queryOptions());
  const has = useQuery(api.users.access.queryOptions({ input: { id: user.id } }));
  const queries = useQueryClient();
  const [chosen, setChosen] = useState<string | undefined>();
  const wayTo = (id: string) => has.data?.desktops.find((each) => each.id === id);
  // What they have through a group may be theirs by themselves, too: then they keep it without the group.
  const isGiven = (id: string): boolean => (wayTo(id)?.entitlementId ?? null) !== null;
  const poolId =
    chosen ??
    (pools.data?.find(({ id }) => wayTo(id) === undefined) ?? pools.data?.find(({ id }) => !isGiven(id)))?.id;
  const title = pools.data?.find(({ id }) => id === poolId)?.title;
  const entitle = useMutation({
    ...api.entitlements.add.mutationOptions(),
    async onSuccess() {
      await Promise.all(
        [api.entitlements.key(), api.users.key()].map((queryKey) => queries.invalidateQueries({ queryKey })),
      );
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
              label: labelOf(title, wayTo(id)),
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
