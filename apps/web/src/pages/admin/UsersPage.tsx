import { Alert, Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useDebouncedValue } from '@mantine/hooks';
import { keepPreviousData, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Me, type User } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { Choice } from '../../components/Choice.tsx';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { EmailField, NameField, PasswordField, personRules } from '../../components/PersonFields.tsx';
import { ReasonButton } from '../../components/ReasonButton.tsx';
import { GiveDesktop } from './GiveDesktop.tsx';
import { PageHead } from './PageHead.tsx';
import { UserAccess } from './UserAccess.tsx';
import { UserUsage } from './UserUsage.tsx';

const TYPING_MS = 150;

type Asked = { what: 'give' | 'access' | 'usage'; user: User };

const columns = (ask: (asked: Asked) => void): readonly Column<User>[] => [
  {
    header: 'Person',
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
  { header: 'Role', cell: ({ role }) => (role === 'administrator' ? 'Administrator' : 'Person') },
  {
    header: '',
    cell: (user) => (
      <Group gap={6} wrap="nowrap">
        <ReasonButton
          size="xs"
          variant="default"
          reason={user.role === 'administrator' ? 'Administrators may use every desktop.' : undefined}
          onClick={() => ask({ what: 'give', user })}
          aria-label={`Give a desktop to ${user.name}`}
          data-testid="user-give"
        >
          Give a desktop
        </ReasonButton>
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
      </Group>
    ),
  },
];

export function UsersPage(): ReactElement {
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<Asked | undefined>();
  const [typed, setTyped] = useState('');
  const [search] = useDebouncedValue(typed.trim(), TYPING_MS);
  const close = (): void => setAsked(undefined);
  const users = useQuery(
    api.users.list.queryOptions({ input: { search }, placeholderData: keepPreviousData }),
  );
  return (
    <>
      <PageHead
        title="Users"
        action={
          <Button onClick={() => setAdding(true)} data-testid="user-add">
            Add a person
          </Button>
        }
      >
        People who can sign in.
      </PageHead>
      <TextInput
        label="Search"
        placeholder="A part of the name or of the e-mail address"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        maw={360}
        mb="md"
        data-testid="user-search"
      />
      <DataTable
        label="Users"
        query={users}
        columns={columns(setAsked)}
        keyOf={(user) => user.id}
        empty={search === '' ? 'Nobody yet. Add a person.' : 'Nobody is called that.'}
        testId="users"
      />
      {asked?.what === 'usage' && <UserUsage user={asked.user} onClose={close} />}
      {asked?.what === 'access' && <UserAccess user={asked.user} onClose={close} />}
      {asked?.what === 'give' && <GiveDesktop user={asked.user} onClose={close} />}
      {adding && <AddUser onClose={() => setAdding(false)} />}
    </>
  );
}

function AddUser({ onClose }: { onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', email: '', password: '', role: 'person' as Me['role'] },
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
          create.mutate({ name: name.trim(), email: email.trim(), ...rest }),
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
          <Choice
            label="Role"
            key={form.key('role')}
            {...form.getInputProps('role')}
            data={[
              { value: 'person', label: 'Person' },
              { value: 'administrator', label: 'Administrator' },
            ]}
          />
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
