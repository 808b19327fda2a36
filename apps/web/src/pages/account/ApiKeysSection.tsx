import { Alert, Button, Code, CopyButton, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type ApiKey, type NewApiKey } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { Ago } from '../../components/Ago.tsx';
import { Choice } from '../../components/Choice.tsx';
import { type Column, DataTable, TwoLines } from '../../components/DataTable.tsx';
import { Dialog } from '../../components/Dialog.tsx';
import { useRemoveFromList } from '../../components/RemoveFromList.tsx';
import { Section } from '../../components/Section.tsx';

const SCOPES = { read: 'Looks alone', all: 'May do what you may' } as const;
const DAYS = ['30', '90', '365'] as const;

const columns: readonly Column<ApiKey>[] = [
  { header: 'Key', cell: ({ name, hint }) => <TwoLines first={name} second={`${hint}…`} /> },
  { header: 'Scope', cell: ({ scope }) => SCOPES[scope] },
  { header: 'Ends', cell: ({ expiresAt }) => new Date(expiresAt).toLocaleDateString() },
  { header: 'Last used', cell: ({ lastUsedAt }) => <Ago at={lastUsedAt} /> },
];

export function ApiKeysSection(): ReactElement {
  const queries = useQueryClient();
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<NewApiKey | undefined>();
  const keys = useQuery(api.apiKeys.list.queryOptions());
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: api.apiKeys.key() });
  const { column, question } = useRemoveFromList<ApiKey>({
    what: 'key',
    remove: ({ id }) => api.apiKeys.remove.call({ id }),
    listKey: api.apiKeys.key(),
    testId: 'api-key-remove',
    children: 'Programs that use it are refused from now on.',
  });
  return (
    <Section
      title="API keys"
      about="Programs act for you by them. None of them can change how you sign in."
      action={
        <Button variant="default" onClick={() => setAdding(true)} data-testid="api-key-add">
          Make a key
        </Button>
      }
      testId="account-api-keys"
    >
      <DataTable
        label="Your API keys"
        query={keys}
        columns={[...columns, column]}
        keyOf={({ id }) => id}
        empty="You have none."
        testId="api-keys"
      />
      {adding && (
        <MakeKey
          onMade={async (key) => {
            await refresh();
            setAdding(false);
            setMade(key);
          }}
          onClose={() => setAdding(false)}
        />
      )}
      {made !== undefined && <ShowKey made={made} onClose={() => setMade(undefined)} />}
      {question}
    </Section>
  );
}

function MakeKey({
  onMade,
  onClose,
}: {
  onMade: (key: NewApiKey) => Promise<void>;
  onClose: () => void;
}): ReactElement {
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', scope: 'read' as ApiKey['scope'], days: '90' },
    validate: { name: (name) => (name.trim() === '' ? 'What it is for' : null) },
  });
  const create = useMutation({
    ...api.apiKeys.create.mutationOptions(),
    meta: { inline: true },
    onSuccess: onMade,
  });
  return (
    <Dialog opened onClose={onClose} title="Make an API key">
      <form
        onSubmit={form.onSubmit(({ name, scope, days }) =>
          create.mutate({ name: name.trim(), scope, days: Number(days) }),
        )}
        noValidate
      >
        <Stack>
          {create.error !== null && (
            <Alert color="red" variant="light" role="alert">
              {messageOf(create.error)}
            </Alert>
          )}
          <TextInput
            label="What it is for"
            maxLength={100}
            data-autofocus
            key={form.key('name')}
            {...form.getInputProps('name')}
          />
          <Choice
            label="Scope"
            key={form.key('scope')}
            {...form.getInputProps('scope')}
            data={(['read', 'all'] as const).map((value) => ({ value, label: SCOPES[value] }))}
          />
          <Choice
            label="Days until it ends"
            key={form.key('days')}
            {...form.getInputProps('days')}
            data={[...DAYS]}
          />
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={create.isPending} data-testid="api-key-save">
              Make it
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

function ShowKey({ made, onClose }: { made: NewApiKey; onClose: () => void }): ReactElement {
  return (
    <Dialog opened onClose={onClose} title={made.name}>
      <Stack>
        <Text c="dimmed" size="sm">
          This is the key. It is shown this once, and kept nowhere. Programs send it as{' '}
          <Code>Authorization: Bearer</Code>.
        </Text>
        <Code block data-testid="api-key" style={{ overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' }}>
          {made.key}
        </Code>
        <Group justify="flex-end">
          <CopyButton value={made.key}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>I have it</Button>
        </Group>
      </Stack>
    </Dialog>
  );
}
