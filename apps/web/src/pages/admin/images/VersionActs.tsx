import { Button } from '@mantine/core';
import { can } from '@orangery/contract';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api, type Image } from '../../../api/client.ts';
import { ReasonButton, reasonOf } from '../../../components/ReasonButton.tsx';
import type { Version } from './versions.ts';

type Ask = (what: 'current' | 'delete' | 'publish' | 'discard') => void;

/** What may be done with a version: of a draft, to go on with it; of a failed one, to try again. */
export function VersionActs({
  image,
  version,
  ask,
}: {
  image: Image;
  version: Version;
  ask: Ask;
}): ReactElement {
  const name = `${image.title} version ${version.version}`;
  if (version.phase === 'authoring') return <DraftActs version={version} name={name} ask={ask} />;
  return <ReadyActs version={version} name={name} ask={ask} />;
}

function DraftActs({ version, name, ask }: { version: Version; name: string; ask: Ask }): ReactElement {
  const { draft } = version;
  const busy = draft === null || draft.desired !== 'open';
  const phase = draft?.phase ?? 'planned';
  return (
    <>
      <Button
        size="xs"
        variant="default"
        disabled={busy}
        renderRoot={(props) => (
          <Link {...props} to="/draft/$id" params={{ id: version.id }} disabled={busy} />
        )}
        aria-label={`Open the draft of ${name}`}
        data-testid="draft-view"
      >
        Open
      </Button>
      <ReasonButton
        size="xs"
        reason={busy ? 'It is on its way already.' : reasonOf(can.publishDraft(phase))}
        onClick={() => ask('publish')}
        aria-label={`Publish the draft of ${name}`}
        data-testid="draft-publish"
      >
        Publish
      </ReasonButton>
      <ReasonButton
        size="xs"
        variant="default"
        reason={draft?.desired === 'discarded' ? 'It is being taken away.' : undefined}
        onClick={() => ask('discard')}
        aria-label={`Discard the draft of ${name}`}
        data-testid="draft-discard"
      >
        Discard
      </ReasonButton>
    </>
  );
}

function ReadyActs({ version, name, ask }: { version: Version; name: string; ask: Ask }): ReactElement {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const open = useMutation({
    ...api.drafts.open.mutationOptions(),
    async onSuccess({ id }) {
      await queries.invalidateQueries({ queryKey: api.images.key() });
      await navigate({ to: '/draft/$id', params: { id } });
    },
  });
  const retry = useMutation({
    ...api.images.retryVersion.mutationOptions(),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.images.key() });
      notifications.show({ message: `${name} is tried again.` });
    },
  });
  const failed = version.phase === 'failed';
  // A file that was refused is not kept.
  const gone = failed && version.source === 'import' && version.fileBytes === null;
  return (
    <>
      {gone ? null : failed ? (
        <Button
          size="xs"
          loading={retry.isPending}
          onClick={() => retry.mutate({ id: version.id })}
          aria-label={`Try again: ${name}`}
          data-testid="version-retry"
        >
          Try again
        </Button>
      ) : (
        <ReasonButton
          size="xs"
          variant="default"
          loading={open.isPending}
          reason={reasonOf(can.changeVersion(version.phase))}
          onClick={() => open.mutate({ id: version.id })}
          aria-label={`Open a machine of ${name} to change it`}
          data-testid="version-change"
        >
          Change
        </ReasonButton>
      )}
      <ReasonButton
        size="xs"
        variant="default"
        reason={version.current ? 'It is the current one.' : reasonOf(can.makeVersionCurrent(version.phase))}
        onClick={() => ask('current')}
        aria-label={`Make current: ${name}`}
        data-testid="version-current"
      >
        Make current
      </ReasonButton>
      <ReasonButton
        size="xs"
        variant="default"
        reason={version.current ? 'It is the current one: make another one current first.' : undefined}
        onClick={() => ask('delete')}
        aria-label={`Delete ${name}`}
        data-testid="version-delete"
      >
        Delete
      </ReasonButton>
    </>
  );
}
