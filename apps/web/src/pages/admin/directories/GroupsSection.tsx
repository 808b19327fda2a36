import { PAGE_ROWS_MAX } from '@orangery/contract';
import { Alert, Anchor, Button, Group, Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, type Directory, type PersonGroup } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';
import { countOfAccess, members } from '../../../components/people.ts';
import { Section } from '../../../components/Section.tsx';
import { Losses } from '../groups/Losses.tsx';
import { GroupPicker, type Picked } from './GroupPicker.tsx';

const columns = (remove: (group: PersonGroup) => void): readonly Column<PersonGroup>[] => [
  {
    header: 'Group',
    cell: ({ id, name, members: count }) => (
      <TwoLines
        first={
          <Anchor
            inherit
            renderRoot={(props) => <Link {...props} to="/admin/groups/$groupId" params={{ groupId: id }} />}
          >
            {name}
          </Anchor>
        }
        second={members(count)}
      />
    ),
  },
  { header: 'May use', cell: countOfAccess },
  {
    header: '',
    cell: (group) => (
      <Button
        size="xs"
        variant="default"
        onClick={() => remove(group)}
        aria-label={`Take out ${group.name}`}
        data-testid="directory-group-remove"
      >
        Take out
      </Button>
    ),
  },
];

/** Its groups that can be let in to pools and applications. */
export function GroupsSection({ directory }: { directory: Directory }): ReactElement {
  const { id, name: source } = directory;
  const [picked, setPicked] = useState<Picked | null>(null);
  const [leaving, setLeaving] = useState<PersonGroup | undefined>();
  const queries = useQueryClient();
  const groups = useQuery(
    api.groups.list.queryOptions({
      input: { limit: PAGE_ROWS_MAX },
      select: ({ items }) => items.filter((group) => group.source === source),
    }),
  );
  const refresh = async (): Promise<void> => {
    await Promise.all(
      [api.groups.key(), api.directories.key()].map((queryKey) => queries.invalidateQueries({ queryKey })),
    );
  };
  const add = useMutation({
    ...api.directories.addGroup.mutationOptions(),
    meta: { inline: true },
    async onSuccess({ name }) {
      setPicked(null);
      await refresh();
      notifications.show({ message: `${name} is here. Open it, and give it a desktop.` });
    },
  });
  const remove = useMutation({
    ...api.directories.removeGroup.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await refresh();
      setLeaving(undefined);
    },
  });
  return (
    <Section
      title="Groups"
      about="Take in those that say who may use what. Members come with their next sign-in, and are looked at every few minutes."
      testId="directory-groups"
    >
      <DataTable
        label="Groups of this directory"
        query={groups}
        columns={columns(setLeaving)}
        keyOf={(group) => group.id}
        empty="None yet."
        testId="directory-groups-list"
      />
      {add.error !== null && (
        <Alert color="red" variant="light" mt="md" role="alert">
          {messageOf(add.error)}
        </Alert>
      )}
      <Group align="flex-end" gap="sm" mt="md">
        <GroupPicker
          directory={directory}
          picked={picked}
          onPick={setPicked}
          refusal={({ groupId }) => (groupId === null ? undefined : 'here already')}
        />
        <Button
          disabled={picked === null}
          loading={add.isPending}
          onClick={() => {
            if (picked !== null) add.mutate({ id, external: picked.id, name: picked.name });
          }}
          data-testid="directory-group-add"
        >
          Take it in
        </Button>
      </Group>
      {leaving !== undefined && (
        <Confirm
          opened
          title={`Take ${leaving.name} out?`}
          action="Take out"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ id, groupId: leaving.id })}
          onClose={() => {
            setLeaving(undefined);
            remove.reset();
          }}
        >
          <Text inherit>In the directory it stays; here it goes, with what it may use.</Text>
          <Losses groupId={leaving.id} />
        </Confirm>
      )}
    </Section>
  );
}
