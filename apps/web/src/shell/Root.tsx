import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { Outlet, useRouterState } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { styleNonce } from '../style-nonce.ts';
import { cssVariables, theme } from '../theme.ts';

/** What all pages stand on. The viewer is dark whatever the rest is: nothing beside a desktop should glow. */
export function Root(): ReactElement {
  const isViewer = useRouterState({ select: ({ location }) => location.pathname.startsWith('/session/') });
  return (
    <MantineProvider
      theme={theme}
      cssVariablesResolver={cssVariables}
      getStyleNonce={() => styleNonce}
      defaultColorScheme="auto"
      {...(isViewer ? { forceColorScheme: 'dark' as const } : {})}
    >
      <Notifications position={isViewer ? 'top-center' : 'bottom-right'} limit={4} />
      <Outlet />
    </MantineProvider>
  );
}
