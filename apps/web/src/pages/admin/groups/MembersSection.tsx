import { Alert, Button, Group, Text, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { notifications } from '@mantine/notifications';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type GroupMember, type PersonGroup } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Ago } from '../../../components/Ago.tsx';
import { Confirm } from '../../../components/Confirm.tsx';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';
import { ReasonButton } from '../../../components/ReasonButton.tsx';
import { type Who, WhoSelect } from '../../../components/WhoSelect.tsx';
import { Section } from '../pools/SettingsSection.tsx';
import { AddMany } from './AddMany.tsx';
import { Losses } from './Losses.tsx';
import { notHere } from './words.ts';

const TYPING_MS = 150;
/** The server tells no more at once. */
const SHOWN_MAX = 500;
/** Fewer are seen at once. */
const SEARCHED_MIN = 10;

const columns = (
  reason: string | undefined,
  remove: (member: GroupMember) => void,
): readonly Column<GroupMember>[] => [
  {
    header: 'Person',
    cell: ({ name, email }) => <TwoLines first={name} second={email ?? 'no e-mail'} />,
  },
  { header: 'Since', cell: ({ since }) => <Ago at={since} /> },
  {
    header: '',
    cell: (member) => (
      <ReasonButton
        size="xs"
        variant="default"
        reason={reason}
        onClick={() => remove(member)}
        aria-label={`Take out ${member.name}`}
        data-testid="member-remove"
      >
        Take out
      </ReasonButton>
    ),
  },
];

/** Who is in it. */
export function MembersSection({ group }: { group: PersonGroup }): ReactElement {
  const { id, name, source } = group;
  const queries = useQueryClient();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), TYPING_MS);
  const [person, setPerson] = useState<Who | null>(null);
  const [chosen, setChosen] = useState<GroupMember | undefined>();
  const [many, setMany] = useState(false);
  const members = useQuery(
    api.groups.members.queryOptions({
      input: { id, search, limit: SHOWN_MAX },
      select: ({ items }) => items,
      placeholderData: keepPreviousData,
    }),
  );
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: api.groups.key() });
  const add = useMutation({
    ...api.groups.addMember.mutationOptions(),
    meta: { inline: true },
    onSuccess: () => setPerson(null),
    onSettled: refresh,
  });
  const remove = useMutation({
    ...api.groups.removeMember.mutationOptions(),
    onSuccess: (member) => notifications.show({ message: `${member.name} is in ${name} no more.` }),
    // Also when somebody else was faster: then the list shows it.
    async onSettled() {
      await refresh();
      setChosen(undefined);
    },
  });
  const here = new Set(members.data?.map((member) => member.id));
  const reason = notHere(source);
  return (
    <Section
      title="Members"
      about={reason ?? 'Who joins may use what the group may, from the next click on.'}
    >
      {add.error !== null && (
        <Alert color="red" variant="light" role="alert" mb="md">
          {messageOf(add.error)}
        </Alert>
      )}
      {reason === undefined && (
        <Group align="flex-end" gap="sm" mb="lg">
          <WhoSelect
            groups={false}
            chosen={person}
            onChoose={setPerson}
            refusal={(each) => (here.has(each) ? 'is in it' : undefined)}
            testId="member-person"
          />
          <Button
            disabled={person === null}
            loading={add.isPending}
            onClick={() => {
              if (person !== null) add.mutate({ id, personId: person.value });
            }}
            data-testid="member-add"
          >
            Add
          </Button>
          <Button variant="default" onClick={() => setMany(true)} data-testid="member-many">
            Add many
          </Button>
        </Group>
      )}
      {group.members > SEARCHED_MIN && (
        <TextInput
          label="Search among them"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          mb="md"
          data-testid="member-search"
        />
      )}
      <DataTable
        label="List of members"
        query={members}
        columns={columns(reason, setChosen)}
        keyOf={(member) => member.id}
        empty={search === '' ? 'Nobody is in it yet. Find a person above.' : 'Nobody in it is called that.'}
        testId="members"
      />
      {members.data?.length === SHOWN_MAX && (
        <Text size="sm" c="dimmed" mt="xs">
          The first {SHOWN_MAX} by name. Search for the others.
        </Text>
      )}
      {many && <AddMany group={group} onClose={() => setMany(false)} />}
      {chosen !== undefined && (
        <Confirm
          opened
          title={`Take ${chosen.name} out of ${name}?`}
          action="Take out"
          busy={remove.isPending}
          onConfirm={() => remove.mutate({ id, personId: chosen.id })}
          onClose={() => setChosen(undefined)}
        >
          They keep what they may use by themselves or through other groups.
          <Losses groupId={id} personId={chosen.id} />
        </Confirm>
      )}
    </Section>
  );
}
