import { Alert, Anchor, Box, Button, Group, Skeleton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, type Directory } from '../../../api/client.ts';
import { codeOf, messageOf } from '../../../api/errors.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { NotFound } from '../../../shell/NotFound.tsx';
import { PageHead } from '../PageHead.tsx';
import { DirectoryForm } from './DirectoryForm.tsx';
import { DirectoryState } from './DirectoryState.tsx';
import { kindLabel } from './directory-values.ts';
import { GroupsSection } from './GroupsSection.tsx';
import { RolesSection } from './RolesSection.tsx';

/** One directory: what it is, what it says, and which of its groups matter here. */
export function DirectoryPage(): ReactElement {
  const { directoryId } = useParams({ from: '/person/frame/admin/directories/$directoryId' });
  const query = useQuery(api.directories.show.queryOptions({ input: { id: directoryId } }));
  if (codeOf(query.error) === 'NOT_FOUND') return <NotFound />;
  return (
    <>
      <Anchor component={Link} to="/admin/directories" size="sm">
        All directories
      </Anchor>
      {query.error !== null && (
        <Alert color="red" variant="light" mt="md" role="alert">
          {messageOf(query.error)}
        </Alert>
      )}
      {query.data === undefined ? (
        <Skeleton height={320} radius="lg" mt="md" aria-hidden="true" />
      ) : (
        <Shown key={query.data.id} directory={query.data} />
      )}
    </>
  );
}

function Shown({ directory }: { directory: Directory }): ReactElement {
  const { id, title, enabled, settings } = directory;
  const queries = useQueryClient();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: api.directories.key() });
  const save = useMutation({
    ...api.directories.update.mutationOptions(),
    meta: { inline: true },
    onSuccess: refresh,
  });
  return (
    <>
      <PageHead title={title} action={<Acts directory={directory} refresh={refresh} />}>
        {kindLabel(settings.kind)}, {directory.people === 1 ? '1 person' : `${directory.people} people`} here.
      </PageHead>
      <Box mb="lg">
        <DirectoryState directory={directory} />
      </Box>
      <GroupsSection directory={directory} />
      <RolesSection directory={directory} />
      <DirectoryForm
        directory={directory}
        busy={save.isPending}
        error={save.error}
        onSave={(input, saved) =>
          save.mutate(
            { ...input, id, enabled },
            {
              onSuccess() {
                saved();
                notifications.show({ message: 'Saved.' });
              },
            },
          )
        }
      />
    </>
  );
}

function Acts({ directory, refresh }: { directory: Directory; refresh: () => Promise<void> }): ReactElement {
  const { id, title, enabled, settings, people } = directory;
  const [asking, setAsking] = useState<'off' | 'remove' | undefined>();
  const navigate = useNavigate();
  const turn = useMutation({
    ...api.directories.update.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await refresh();
      setAsking(undefined);
    },
  });
  const remove = useMutation({
    ...api.directories.remove.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      // The page first: it would say that there is no such directory.
      await navigate({ to: '/admin/directories' });
      await refresh();
      notifications.show({ message: `${title} is taken away. Its people's files and machines stay.` });
    },
  });
  const who = people === 1 ? 'Its one person is' : `Its ${people} people are`;
  const close = (): void => {
    setAsking(undefined);
    turn.reset();
    remove.reset();
  };
  return (
    <Group gap="sm">
      <Button
        variant="default"
        loading={turn.isPending && asking === undefined}
        onClick={() => (enabled ? setAsking('off') : turn.mutate({ id, title, enabled: true, settings }))}
        data-testid="directory-turn"
      >
        {enabled ? 'Turn off' : 'Turn on'}
      </Button>
      <Button variant="default" onClick={() => setAsking('remove')} data-testid="directory-remove">
        Take away
      </Button>
      <Confirm
        opened={asking === 'off'}
        title={`Turn ${title} off?`}
        action="Turn off"
        busy={turn.isPending}
        error={turn.error}
        onConfirm={() => turn.mutate({ id, title, enabled: false, settings })}
        onClose={close}
      >
        {who} signed out, and cannot sign in until it is turned on again. Nothing of theirs is lost.
      </Confirm>
      <Confirm
        opened={asking === 'remove'}
        title={`Take ${title} away?`}
        action="Take away"
        busy={remove.isPending}
        error={remove.error}
        onConfirm={() => remove.mutate({ id })}
        onClose={close}
      >
        {who} signed out and cannot sign in any more; its groups go, with what they may use. Files and
        machines of its people stay, and are theirs again once a directory of the name {directory.name} has
        them.
      </Confirm>
    </Group>
  );
}
