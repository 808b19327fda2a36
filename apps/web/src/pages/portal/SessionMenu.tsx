import { can } from '@orangery/contract';
import { ActionIcon, Menu } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { IconDeviceDesktopOff, IconDots, IconRotateClockwise } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { lazy, type ReactElement, Suspense, useState } from 'react';
import { api, type Session } from '../../api/client.ts';
import type { Kept } from '../../components/log-off.ts';
import { t } from '../../i18n/t.ts';

type Live = Pick<Session, 'id' | 'phase'>;

/** Of who has a machine that hangs; nobody else waits for it. */
const RestartDialog = lazy(async () => {
  const { RestartDialog: Dialog } = await import('../../components/RestartDialog.tsx');
  return { default: Dialog };
});

/** What a person can do about a session that they do not look at here. */
export function SessionMenu({
  session,
  title,
  kept,
  testId,
}: {
  session: Live;
  title: string;
  kept: Kept;
  testId: string;
}): ReactElement {
  const [restarting, setRestarting] = useState(false);
  const queries = useQueryClient();
  const disconnect = useMutation({
    ...api.sessions.disconnect.mutationOptions(),
    onSuccess: () =>
      notifications.show({ message: t('{title} is disconnected there. Your session goes on.', { title }) }),
    // Also when it was left meanwhile: the tile shows how it is.
    onSettled: () => queries.invalidateQueries({ queryKey: api.desktops.key() }),
  });
  const verdict = can.disconnectSession(session.phase);
  return (
    <>
      <Menu
        position="bottom-end"
        width={250}
        withinPortal={false}
        floatingStrategy="fixed"
        withInitialFocusPlaceholder={false}
      >
        <Menu.Target>
          <ActionIcon
            variant="default"
            size={36}
            aria-label={t('More about {title}', { title })}
            data-testid={`desktop-more-${testId}`}
          >
            <IconDots size={18} aria-hidden="true" />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item
            leftSection={<IconRotateClockwise size={16} stroke={1.7} />}
            onClick={() => setRestarting(true)}
            data-testid={`desktop-restart-${testId}`}
          >
            {t('It hangs: restart')}
          </Menu.Item>
          <Menu.Item
            leftSection={<IconDeviceDesktopOff size={16} stroke={1.7} />}
            disabled={!verdict.allowed}
            onClick={() => disconnect.mutate({ id: session.id })}
            data-testid={`desktop-disconnect-${testId}`}
          >
            {verdict.allowed ? t('Disconnect where it is open') : t('It is open nowhere')}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {restarting && (
        <Suspense fallback={null}>
          <RestartDialog
            session={session.id}
            title={title}
            kept={kept}
            onClose={() => setRestarting(false)}
            onDone={() => notifications.show({ message: t('{title} is restarted.', { title }) })}
          />
        </Suspense>
      )}
    </>
  );
}
