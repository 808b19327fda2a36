import { Button, Group, Loader, Text, Title } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api } from '../api/client.ts';
import { pollMs } from '../api/polling.ts';
import { ProgressLine } from '../components/ProgressLine.tsx';
import { Mark } from '../shell/Brand.tsx';
import type { ViewerSession } from './session.ts';
import type { Queue, ViewerState } from './state.ts';
import classes from './ViewerPage.module.css';

/** While there is no picture yet: what is happening, in the server's words. */
export function WaitingScreen({
  sessionId,
  title,
  waiting,
  session,
}: {
  sessionId: string;
  title: string;
  waiting: ViewerState['waiting'];
  session: ViewerSession;
}): ReactElement {
  const desktops = useQuery(api.desktops.list.queryOptions({ refetchInterval: pollMs(true) }));
  const desktop = desktops.data?.find(({ session }) => session?.id === sessionId);
  const progress = waiting?.progress ?? (desktop?.state === 'preparing' ? desktop.progress : null);
  const queue = waiting?.queue ?? null;
  const reason = waiting?.reason ?? 'This takes a moment.';
  return (
    <div className={`${classes.overlay} ${classes.waiting}`}>
      <div className={classes.card}>
        <div className={classes.orange}>
          <Mark size={64} />
        </div>
        <Title order={1} fz={21} mt="lg">
          Opening {title}
        </Title>
        <Text c="dimmed" size="sm" mt={6} role="status" data-testid="viewer-reason">
          {sentence(reason)}
        </Text>
        {queue !== null && (
          <Text size="sm" mt={4} data-testid="viewer-queue">
            {queueText(queue)}
          </Text>
        )}
        {queue?.filesAway === true && <WithoutFiles sessionId={sessionId} session={session} />}
        <div style={{ marginTop: 22 }}>
          {progress === null ? (
            <Loader type="dots" size="md" mx="auto" />
          ) : (
            <ProgressLine progress={progress} />
          )}
        </div>
        <Button component={Link} to="/" variant="subtle" color="gray" mt="lg" size="xs">
          Back to my desktops
        </Button>
      </div>
    </div>
  );
}

/** Who cannot wait for the host that keeps their files works without them meanwhile. */
function WithoutFiles({ sessionId, session }: { sessionId: string; session: ViewerSession }): ReactElement {
  const resolve = useMutation({
    ...api.sessions.resolveProfile.mutationOptions(),
    onSettled: () => session.tell({ type: 'again' }),
  });
  return (
    <>
      <Text size="sm" c="dimmed" mt={6}>
        You can open it without your files meanwhile: what you save then is gone when you log off.
      </Text>
      <Button
        variant="default"
        mt="md"
        loading={resolve.isPending}
        onClick={() => resolve.mutate({ id: sessionId, choice: 'without' })}
        data-testid="viewer-without"
      >
        Open without my files
      </Button>
    </>
  );
}

function queueText({ position, expectedMs }: Queue): string {
  const place = position === 1 ? 'You are next' : `Place ${position} in the queue`;
  if (expectedMs === null) return `${place}.`;
  const seconds = Math.max(1, Math.round(expectedMs / 1000));
  return `${place}, about ${seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`}.`;
}

/** Over the last picture, while the line is gone. */
export function Reconnecting({
  losses,
  problem,
  onHurry,
  onLeave,
}: {
  losses: number;
  problem: string | undefined;
  onHurry: () => void;
  onLeave: () => void;
}): ReactElement {
  return (
    <div className={classes.lost} role="status" data-testid="viewer-reconnecting">
      <Loader size="sm" />
      <div>
        <Text fw={600} size="sm">
          Connection lost — reconnecting ({losses})…
        </Text>
        <Text size="xs" c="dimmed">
          {problem === undefined
            ? 'Your session goes on meanwhile.'
            : `${sentence(problem)} Your session goes on.`}
        </Text>
      </div>
      <Group gap={6} wrap="nowrap">
        <Button size="xs" variant="light" onClick={onHurry}>
          Try now
        </Button>
        <Button size="xs" variant="subtle" color="gray" onClick={onLeave}>
          Leave
        </Button>
      </Group>
    </div>
  );
}

/** Reasons come as clauses or as sentences; people read sentences. */
export function sentence(reason: string): string {
  const text = reason.trim();
  if (text === '') return '';
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?…]$/.test(first) ? first : `${first}.`;
}
