import { Button, Group, Text, Title } from '@mantine/core';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api } from '../api/client.ts';
import { Mark } from '../shell/Brand.tsx';
import type { ViewerSession } from './session.ts';
import classes from './ViewerPage.module.css';

/** A person's files have one place at a time: which desktop is it to be? */
export function ChoiceScreen({
  sessionId,
  title,
  other,
  session,
}: {
  sessionId: string;
  title: string;
  other: { title: string };
  session: ViewerSession;
}): ReactElement {
  const resolve = useMutation({
    ...api.sessions.resolveProfile.mutationOptions(),
    // Also when it was decided meanwhile: the server is asked again how things are.
    onSettled: () => session.tell({ type: 'again' }),
  });
  return (
    <div className={classes.overlay}>
      <div className={classes.card} role="alert" data-testid="viewer-choice">
        <Mark size={48} />
        <Title order={1} fz={21} mt="md">
          Your files are open in {other.title}
        </Title>
        <Text c="dimmed" size="sm" mt={6}>
          They can be in one desktop at a time. Log off there and bring them here, or open {title} without
          them: what you save then is gone when you log off.
        </Text>
        <Group justify="center" mt="xl" gap="sm">
          <Button
            onClick={() => resolve.mutate({ id: sessionId, choice: 'takeOver' })}
            loading={resolve.isPending}
            data-testid="viewer-take-over"
            autoFocus
          >
            Log off there, bring them here
          </Button>
          <Button
            variant="default"
            onClick={() => resolve.mutate({ id: sessionId, choice: 'without' })}
            disabled={resolve.isPending}
            data-testid="viewer-without"
          >
            Open without my files
          </Button>
        </Group>
        <Button component={Link} to="/" variant="subtle" color="gray" mt="md" size="xs">
          Back to my desktops
        </Button>
      </div>
    </div>
  );
}
