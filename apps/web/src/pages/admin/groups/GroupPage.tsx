import { Alert, Anchor, Group, Skeleton } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate, useParams } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { api, type PersonGroup } from '../../../api/client.ts';
import { codeOf, messageOf } from '../../../api/errors.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { members } from '../../../components/people.ts';
import { MayButton } from '../../../components/MayButton.tsx';
import { NotFound } from '../../../shell/NotFound.tsx';
import { PageHead } from '../PageHead.tsx';
import { AccessSection } from './AccessSection.tsx';
import { Losses } from './Losses.tsx';
import { MembersSection } from './MembersSection.tsx';
import { NameGroup } from './NameGroup.tsx';
import { notDeleted, notHere } from './words.ts';

/** One group: who is in it, and what they may use by it. */
export function GroupPage(): ReactElement {
  const { groupId } = useParams({ from: '/person/frame/admin/groups/$groupId' });
  const query = useQuery(api.groups.show.queryOptions({ input: { id: groupId } }));
  if (codeOf(query.error) === 'NOT_FOUND') return <NotFound />;
  const group = query.data;
  return (
    <>
      <Anchor component={Link} to="/admin/groups" size="sm">
        All groups
      </Anchor>
      {query.error !== null && (
        <Alert color="red" variant="light" mt="md" role="alert">
          {messageOf(query.error)}
        </Alert>
      )}
      {group === undefined ? (
        <Skeleton height={320} radius="lg" mt="md" aria-hidden="true" />
      ) : (
        <>
          <Head group={group} />
          <MembersSection group={group} />
          <AccessSection group={group} />
        </>
      )}
    </>
  );
}

function Head({ group }: { group: PersonGroup }): ReactElement {
  const { id, name, source } = group;
  const [asking, setAsking] = useState<'rename' | 'delete' | undefined>();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: api.groups.key() });
  const rename = useMutation({
    ...api.groups.rename.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await refresh();
      setAsking(undefined);
    },
  });
  const remove = useMutation({
    ...api.groups.delete.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      // The page first: it would say that there is no such group.
      await navigate({ to: '/admin/groups' });
      await refresh();
      notifications.show({ message: `${name} is deleted. Its people stay.` });
    },
  });
  const close = (): void => {
    setAsking(undefined);
    rename.reset();
    remove.reset();
  };
  return (
    <>
      <PageHead
        title={name}
        action={
          <Group gap="sm">
            <MayButton
              right="people.change"
              variant="default"
              reason={notHere(source)}
              onClick={() => setAsking('rename')}
              data-testid="group-rename"
            >
              Rename
            </MayButton>
            <MayButton
              right="people.change"
              variant="default"
              reason={notDeleted(source)}
              onClick={() => setAsking('delete')}
              data-testid="group-delete"
            >
              Delete
            </MayButton>
          </Group>
        }
      >
        {members(group.members)}
        {source === 'local' ? '' : `, from the directory ${source}`}.
      </PageHead>
      {asking === 'rename' && (
        <NameGroup
          title={`Rename ${name}`}
          action="Rename"
          name={name}
          busy={rename.isPending}
          error={rename.error}
          onName={(next) => rename.mutate({ id, name: next })}
          onClose={close}
        />
      )}
      {asking === 'delete' && (
        <Confirm
          opened
          title={`Delete ${name}?`}
          action="Delete"
          busy={remove.isPending}
          error={remove.error}
          onConfirm={() => remove.mutate({ id })}
          onClose={close}
        >
          The group goes; its people stay, with what they may use by themselves or through other groups.
          <Losses groupId={id} />
        </Confirm>
      )}
    </>
  );
}
