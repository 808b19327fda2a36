import { type Right, type Role, sorts } from '@orangery/contract';
import { Alert, Button, Group, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, client, type User } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { useMay } from '../../api/may.ts';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { EmailField, NameField, PasswordField, personRules } from '../../components/PersonFields.tsx';
import { rolesInWords } from '../../components/people.ts';
import { BulkBar } from '../../components/list/BulkBar.tsx';
import { sortedBy, sortOf } from '../../components/list/list-search.ts';
import { ListTools } from '../../components/list/ListTools.tsx';
import { useList } from '../../components/list/use-list.ts';
import { usePages } from '../../components/list/use-pages.ts';
import { ReasonButton } from '../../components/ReasonButton.tsx';
import { GiveDesktop } from './GiveDesktop.tsx';
import { PageHead } from './PageHead.tsx';
import { UserAccess } from './UserAccess.tsx';
import { UserUsage } from './UserUsage.tsx';
import { DeleteUser } from './users/DeleteUser.tsx';
import { RolesField } from './users/RolesField.tsx';
import { UserRoles } from './users/UserRoles.tsx';
import { RowActions } from '../../components/RowActions.tsx';

const nameOf = ({ name }: User): string => name;

type Asked = { what: 'give' | 'access' | 'usage' | 'roles' | 'delete'; user: User };

const columns = (ask: (asked: Asked) => void, may: (right: Right) => boolean): readonly Column<User>[] => [
  {
    header: 'Person',
    sort: 'name',
    cell: ({ name, email, source, endedAt }) => (
      <TwoLines
        first={name}
        second={
          source === 'local'
            ? (email ?? 'no e-mail')
            : `${email ?? 'no e-mail'}, from ${source}${endedAt === null ? '' : ', which lets them in no more'}`
        }
      />
    ),
  },
  { header: 'Roles', cell: ({ roles }) => rolesInWords(roles) },
  {
    header: '',
    cell: (user) => (
      <RowActions>
        {may('pools.change') && (
          <ReasonButton
            size="xs"
            variant="default"
            reason={
              user.roles.includes('administrator') ? 'Administrators may use every desktop.' : undefined
            }
            onClick={() => ask({ what: 'give', user })}
            aria-label={`Give a desktop to ${user.name}`}
            data-testid="user-give"
          >
            Give a desktop
          </ReasonButton>
        )}
        {may('people.change') && (
          <Button
            size="xs"
            variant="default"
            onClick={() => ask({ what: 'roles', user })}
            aria-label={`Roles of ${user.name}`}
            data-testid="user-roles"
          >
            Roles
          </Button>
        )}
        <Button
          size="xs"
          variant="default"
          onClick={() => ask({ what: 'access', user })}
          aria-label={`What ${user.name} may use`}
          data-testid="user-access"
        >
          May use
        </Button>
        <Button
          size="xs"
          variant="default"
          onClick={() => ask({ what: 'usage', user })}
          aria-label={`Usage of ${user.name}`}
          data-testid="user-usage"
        >
          Usage
        </Button>
        {may('people.change') && (
          <Button
            size="xs"
            variant="default"
            onClick={() => ask({ what: 'delete', user })}
            aria-label={`Delete ${user.name}`}
            data-testid="user-delete"
          >
            Delete
          </Button>
        )}
      </RowActions>
    ),
  },
];

export function UsersPage(): ReactElement {
  const may = useMay();
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<Asked | undefined>();
  const [marked, setMarked] = useState<ReadonlySet<string>>(new Set());
  const close = (): void => setAsked(undefined);
  const list = useList();
  const { search } = list.asked;
  const sorted = sortOf(list.asked, sorts.people, 'asc');
  const input = { ...sorted, ...(search === undefined ? {} : { search }) };
  const { query, more } = usePages<User>([...api.users.key(), 'list', input], (page) =>
    client.users.list({ ...input, ...page }),
  );
  return (
    <>
      <PageHead
        title="Users"
        action={
          may('people.change') && (
            <Button onClick={() => setAdding(true)} data-testid="user-add">
              Add a person
            </Button>
          )
        }
      >
        People who can sign in.
      </PageHead>
      <ListTools list={list} placeholder="A part of the name or of the e-mail address" testId="user-search" />
      {may('people.help') && (
        <BulkBar
          rows={(query.data ?? []).filter(({ id }) => marked.has(id))}
          nameOf={nameOf}
          acts={[
            {
              verb: 'Sign out',
              act: ({ id }) => client.users.signOut({ id }),
              warning: (those) =>
                `${those.length} people are signed out of all their browsers. Their sessions go on; they sign in again to see them.`,
            },
          ]}
          onDone={() => setMarked(new Set())}
        />
      )}
      <DataTable
        label="Users"
        query={query}
        columns={columns(setAsked, may)}
        keyOf={(user) => user.id}
        sorting={{ ...sorted, onSort: (by) => list.show(sortedBy(sorted, by)) }}
        choosing={may('people.help') ? { chosen: marked, choose: setMarked, nameOf } : undefined}
        onEnd={more}
        empty={search === undefined ? 'Nobody yet. Add a person.' : 'Nobody is called that.'}
        testId="users"
      />
      {asked?.what === 'usage' && <UserUsage user={asked.user} onClose={close} />}
      {asked?.what === 'access' && <UserAccess user={asked.user} onClose={close} />}
      {asked?.what === 'give' && <GiveDesktop user={asked.user} onClose={close} />}
      {asked?.what === 'roles' && <UserRoles user={asked.user} onClose={close} />}
      {asked?.what === 'delete' && <DeleteUser user={asked.user} onClose={close} />}
      {adding && <AddUser onClose={() => setAdding(false)} />}
    </>
  );
}

function AddUser({ onClose }: { onClose: () => void }): ReactElement {
  const [roles, setRoles] = useState<Role[]>([]);
  const queries = useQueryClient();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', email: '', password: '' },
    validate: {
      name: (name) => (name.trim() === '' ? 'A name' : null),
      email: personRules.email,
      password: personRules.newPassword,
    },
  });
  const create = useMutation({
    ...api.users.create.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.users.key() });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title="Add a person">
      <form
        onSubmit={form.onSubmit(({ name, email, ...rest }) =>
          create.mutate({ name: name.trim(), email: email.trim(), roles, ...rest }),
        )}
        noValidate
      >
        <Stack>
          {create.error !== null && (
            <Alert color="red" variant="light" role="alert">
              {messageOf(create.error)}
            </Alert>
          )}
          <NameField form={form} autoComplete="off" data-autofocus />
          <EmailField form={form} autoComplete="off" />
          <PasswordField
            form={form}
            label="First password"
            description="Hand it over in person."
            autoComplete="new-password"
          />
          <RolesField value={roles} onChange={setRoles} />
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} data-testid="user-save">
              Add
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
