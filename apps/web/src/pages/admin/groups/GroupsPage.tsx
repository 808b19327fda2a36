import { PAGE_ROWS_MAX } from '@orangery/contract';
import { Anchor, Text, TextInput } from '@mantine/core';
import { MayButton } from '../../../components/MayButton.tsx';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, type PersonGroup } from '../../../api/client.ts';
import { type Column, DataTable, TwoLines } from '../../../components/DataTable.tsx';
import { countOfAccess } from '../../../components/people.ts';
import { PageHead } from '../PageHead.tsx';
import { NameGroup } from './NameGroup.tsx';

const TYPING_MS = 150;

const COLUMNS: readonly Column<PersonGroup>[] = [
  {
    header: 'Group',
    cell: ({ id, name, source }) => (
      <TwoLines
        first={
          <Anchor
            inherit
            renderRoot={(props) => <Link {...props} to="/admin/groups/$groupId" params={{ groupId: id }} />}
          >
            {name}
          </Anchor>
        }
        second={source === 'local' ? 'made here' : `from the directory ${source}`}
      />
    ),
  },
  { header: 'Members', cell: ({ members }) => (members === 0 ? 'nobody yet' : String(members)) },
  { header: 'May use', cell: countOfAccess },
];

/** People who are let in together. */
export function GroupsPage(): ReactElement {
  const [adding, setAdding] = useState(false);
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), TYPING_MS);
  const groups = useQuery(
    api.groups.list.queryOptions({
      input: { search, limit: PAGE_ROWS_MAX },
      select: ({ items }) => items,
      placeholderData: keepPreviousData,
    }),
  );
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    ...api.groups.create.mutationOptions(),
    meta: { inline: true },
    async onSuccess({ id }) {
      await queries.invalidateQueries({ queryKey: api.groups.key() });
      await navigate({ to: '/admin/groups/$groupId', params: { groupId: id } });
    },
  });
  const none = search === '' && groups.data?.length === 0;
  return (
    <>
      <PageHead
        title="Groups"
        action={
          <MayButton right="people.change" onClick={() => setAdding(true)} data-testid="group-new">
            New group
          </MayButton>
        }
      >
        People who are let in together: what a group may use, each of its members may.
      </PageHead>
      {!none && (
        <TextInput
          label="Search"
          placeholder="A part of the name"
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          maw={360}
          mb="md"
          data-testid="group-search"
        />
      )}
      <DataTable
        label="Groups"
        query={groups}
        columns={COLUMNS}
        keyOf={(group) => group.id}
        empty={
          search === '' ? (
            <>
              <Text inherit>No groups yet.</Text>
              <Text inherit mt={4}>
                Make one, put people into it, and let it use a pool: all of them have the desktop at once, and
                whoever joins later has it, too.
              </Text>
            </>
          ) : (
            `No group has “${search}” in its name.`
          )
        }
        testId="groups"
      />
      {adding && (
        <NameGroup
          title="New group"
          action="Make it"
          name=""
          busy={create.isPending}
          error={create.error}
          onName={(name) => create.mutate({ name })}
          onClose={() => {
            setAdding(false);
            create.reset();
          }}
        />
      )}
    </>
  );
}
