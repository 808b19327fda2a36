import { Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type GroupAccess, type PersonGroup } from '../../../api/client.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';
import { members } from '../../../components/people.ts';
import { Section } from '../pools/SettingsSection.tsx';
import { GiveToGroup } from './GiveToGroup.tsx';

export type Allowed = GroupAccess['desktops'][number] & { kind: 'desktop' | 'application' };

const columns = (remove: (allowed: Allowed) => void): readonly Column<Allowed>[] => [
  {
    header: 'May use',
    cell: ({ title, kind }) => (
      <TwoLines first={title} second={kind === 'desktop' ? 'Desktop' : 'Application'} />
    ),
  },
  {
    header: '',
    cell: (allowed) => (
      <Button
        size="xs"
        variant="default"
        onClick={() => remove(allowed)}
        aria-label={`Take back ${allowed.title}`}
        data-testid="access-remove"
      >
        Take back
      </Button>
    ),
  },
];

/** What its members may use by it. */
export function AccessSection({ group }: { group: PersonGroup }): ReactElement {
  const [giving, setGiving] = useState(false);
  const [chosen, setChosen] = useState<Allowed | undefined>();
  const queries = useQueryClient();
  const access = useQuery(
    api.groups.access.queryOptions({
      input: { id: group.id },
      select: ({ desktops, applications }): Allowed[] => [
        ...desktops.map((each) => ({ ...each, kind: 'desktop' as const })),
        ...applications.map((each) => ({ ...each, kind: 'application' as const })),
      ],
    }),
  );
  const refresh = async (): Promise<void> => {
    await Promise.all(
      [api.groups.key(), api.entitlements.key(), api.applications.key()].map((queryKey) =>
        queries.invalidateQueries({ queryKey }),
      ),
    );
    setChosen(undefined);
  };
  const done = (title: string): void => {
    notifications.show({ message: `${group.name} may no longer use ${title}.` });
  };
  const takeDesktop = useMutation({
    ...api.entitlements.remove.mutationOptions(),
    onSuccess: ({ pool }) => done(pool.title),
    onSettled: refresh,
  });
  const takeApplication = useMutation({
    ...api.applications.unentitle.mutationOptions(),
    onSuccess: ({ application }) => done(application.title),
    onSettled: refresh,
  });
  return (
    <Section title="What it may use" about="Each of its members has these on their page.">
      <DataTable
        label="Desktops and applications"
        query={access}
        columns={columns(setChosen)}
        keyOf={(allowed) => allowed.entitlementId}
        empty="Nothing yet. Let it use a desktop or an application."
        testId="group-access"
      />
      <Group justify="flex-end" mt="md">
        <Button onClick={() => setGiving(true)} data-testid="group-give">
          Give a desktop or application
        </Button>
      </Group>
      {giving && <GiveToGroup group={group} has={access.data ?? []} onClose={() => setGiving(false)} />}
      <Confirm
        opened={chosen !== undefined}
        title={`Take ${chosen?.title ?? ''} back from ${group.name}?`}
        action="Take back"
        busy={takeDesktop.isPending || takeApplication.isPending}
        onConfirm={() => {
          if (chosen === undefined) return;
          const take = chosen.kind === 'desktop' ? takeDesktop : takeApplication;
          take.mutate({ id: chosen.entitlementId });
        }}
        onClose={() => setChosen(undefined)}
      >
        <Text inherit>
          Its {members(group.members)} open it no more, unless they may by themselves or through another
          group. Who looks at it now goes on until they leave it.
        </Text>
      </Confirm>
    </Section>
  );
}
