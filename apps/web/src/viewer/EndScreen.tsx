import { Button, Group, Text, Title } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { Mark } from '../shell/Brand.tsx';
import type { ViewerSession } from './session.ts';
import type { EndCode } from './state.ts';
import classes from './ViewerPage.module.css';
import { sentence } from './WaitingScreen.tsx';

const TITLES: Readonly<Record<EndCode, (title: string) => string>> = {
  takenOver: (title) => `${title} is open elsewhere`,
  sentAway: (title) => `${title} was disconnected here`,
  over: (title) => `${title} has ended`,
  missing: () => 'There is no such session',
  refused: (title) => `${title} is closed to you`,
  signedOut: () => 'You are signed out',
  left: (title) => `You left ${title}`,
};

/** Why there is no picture any more, and the way on. */
export function EndScreen({
  end,
  title,
  session,
}: {
  end: { code: EndCode; reason: string };
  title: string;
  session: ViewerSession;
}): ReactElement {
  const taken = end.code === 'takenOver' || end.code === 'sentAway';
  return (
    <div className={classes.overlay}>
      <div className={classes.card} role="alert" data-testid="viewer-end" data-code={end.code}>
        <Mark size={48} />
        <Title order={1} fz={21} mt="md">
          {TITLES[end.code](title)}
        </Title>
        <Text c="dimmed" size="sm" mt={6}>
          {sentence(end.reason)}
          {end.code === 'sentAway' && ' Your session goes on.'}
        </Text>
        <Group justify="center" mt="xl" gap="sm">
          {taken && (
            <Button onClick={() => session.tell({ type: 'again' })} data-testid="viewer-use-here" autoFocus>
              Use here
            </Button>
          )}
          <Button component={Link} to="/" variant={taken ? 'default' : 'filled'}>
            My desktops
          </Button>
        </Group>
      </div>
    </div>
  );
}
