import { Button, Group, NativeSelect, Stack, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type PersonGroup } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Dialog } from '../../../components/Dialog.tsx';
import type { Allowed } from './AccessSection.tsx';

/** Lets a group use a pool or an application; it is on its members' pages at once. */
export function GiveToGroup({
  group,
  has,
  onClose,
}: {
  group: PersonGroup;
  has: readonly Allowed[];
  onClose: () => void;
}): ReactElement {
  const pools = useQuery(api.pools.list.queryOptions());
  const applications = useQuery(api.applications.list.queryOptions());
  const queries = useQueryClient();
  const [picked, setPicked] = useState<string | undefined>();
  const given = new Set(has.map(({ id }) => id));
  const free = <T extends { id: string }>(all: readonly T[] | undefined): T[] =>
    (all ?? []).filter(({ id }) => !given.has(id));
  const [desktops, programs] = [free(pools.data), free(applications.data)];
  const choice = [...desktops, ...programs].find(({ id }) => id === picked) ?? desktops[0] ?? programs[0];
  const isDesktop = desktops.some(({ id }) => id === choice?.id);
  async function onSuccess(): Promise<void> {
    await Promise.all(
      [api.groups.key(), api.entitlements.key(), api.applications.key()].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );
    notifications.show({ message: `${group.name} may use ${choice?.title ?? 'it'} now.` });
    onClose();
  }
  const desktop = useMutation({ ...api.entitlements.add.mutationOptions(), onSuccess });
  const application = useMutation({ ...api.applications.entitle.mutationOptions(), onSuccess });
  const error = pools.error ?? applications.error;
  const loaded = pools.data !== undefined && applications.data !== undefined;
  const options = (all: readonly { id: string; title: string }[]) =>
    all.map(({ id, title }) => ({ value: id, label: title }));
  return (
    <Dialog opened onClose={onClose} title={`What may ${group.name} use?`}>
      <Stack>
        {error !== null && <Text c="red">{messageOf(error)}</Text>}
        {loaded && choice === undefined && (
          <Text c="dimmed">
            It may use all there is. Pools are made under Pools, programs published under Applications.
          </Text>
        )}
        {choice !== undefined && (
          <NativeSelect
            label="Desktop or application"
            value={choice.id}
            onChange={(event) => setPicked(event.currentTarget.value)}
            data={[
              { group: 'Desktops', items: options(desktops) },
              { group: 'Applications', items: options(programs) },
            ].filter(({ items }) => items.length > 0)}
            data-testid="group-give-what"
          />
        )}
        <Group justify="flex-end" mt="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            disabled={choice === undefined || !loaded}
            loading={desktop.isPending || application.isPending}
            onClick={() => {
              if (choice === undefined) return;
              if (isDesktop) desktop.mutate({ poolId: choice.id, principalId: group.id });
              else application.mutate({ id: choice.id, principalId: group.id });
            }}
            data-testid="group-give-save"
          >
            Give
          </Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
