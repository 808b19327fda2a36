import { ActionIcon, Button, Divider, Group, SegmentedControl, Text, Tooltip } from '@mantine/core';
import {
  IconArrowsMaximize,
  IconArrowsMinimize,
  IconChevronDown,
  IconClipboard,
  IconDoorExit,
  IconKeyboard,
  IconLogout,
  IconRotateClockwise,
} from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { notifications } from '@mantine/notifications';
import { type ReactElement, type ReactNode, useCallback, useEffect, useRef, useState } from 'react';
import { api } from '../api/client.ts';
import { Confirm } from '../components/Confirm.tsx';
import { type Kept, logOffWords, nextTimeWords } from '../components/log-off.ts';
import { RestartDialog } from '../components/RestartDialog.tsx';
import { ClipboardPanel } from './ClipboardPanel.tsx';
import { isFullScreenPossible, leaveFullScreen, useFullScreen } from './full-screen.ts';
import { ChordWatcher } from './keys.ts';
import type { ViewerModel, ViewerView } from './model.ts';
import { QualityMeter } from './QualityMeter.tsx';
import classes from './Tools.module.css';
import { TouchKeyboard } from './TouchKeyboard.tsx';

type ToolsProps = {
  model: ViewerModel;
  view: ViewerView;
  id: string;
  title: string;
  /** Undefined: it is no person's session, and nobody logs off. */
  kept: Kept | undefined;
  /** Where one goes from what is no session of one's own, and what becomes of it. */
  leaving: { message: string; to: string };
};

const NOTHING: Kept = { own: false, profile: false };
const SHORTCUT = 'Ctrl + Alt + Shift';

/** The handle at the top and what it opens. Everything else of the window belongs to the desktop. */
export function Tools({ model, view, id, title, kept, leaving }: ToolsProps): ReactElement {
  const [opened, setOpened] = useState(false);
  const [panel, setPanel] = useState<'clipboard' | undefined>();
  const [asking, setAsking] = useState<'logOff' | 'restart' | undefined>();
  const bar = useRef<HTMLDivElement>(null);
  const navigate = useNavigate();
  const { full, toggleFull } = useFullScreen();

  const close = useCallback(() => {
    setOpened(false);
    setPanel(undefined);
    model.focus();
  }, [model]);
  const open = useCallback(() => setOpened(true), []);
  useChord(open);
  useEffect(() => {
    if (opened) bar.current?.querySelector<HTMLElement>('button, input')?.focus();
  }, [opened]);

  const disconnect = (): void => {
    void leaveFullScreen();
    if (kept === undefined) {
      notifications.show({ message: leaving.message });
      void navigate({ to: leaving.to });
      return;
    }
    notifications.show({
      title: `${title} goes on without you`,
      message: 'Open it again to go on where you are.',
    });
    void navigate({ to: '/' });
  };
  const end = useMutation({
    ...api.sessions.end.mutationOptions(),
    async onSuccess() {
      await leaveFullScreen();
      await navigate({ to: '/' });
      notifications.show({ title: `Logged off ${title}`, message: nextTimeWords(kept ?? NOTHING) });
    },
  });

  return (
    <>
      {opened && <div className={classes.shade} onPointerDown={close} aria-hidden="true" />}
      <div
        className={classes.tools}
        data-opened={opened || undefined}
        onKeyDown={(event) => {
          if (event.key !== 'Escape') return;
          event.stopPropagation();
          close();
        }}
      >
        <div
          ref={bar}
          id="viewer-tools"
          role="toolbar"
          aria-label="Desktop tools"
          className={classes.bar}
          hidden={!opened}
        >
          <Group gap="sm" wrap="nowrap" className={classes.title}>
            <Text fw={600} size="sm" truncate>
              {title}
            </Text>
            <QualityMeter quality={view.quality} />
          </Group>
          <SegmentedControl
            size="xs"
            aria-label="Size of the desktop"
            data-testid="viewer-fit"
            value={view.fit}
            onChange={(fit) => model.setFit(fit)}
            data={[
              { value: 'follow', label: 'Follow window' },
              { value: 'scale', label: 'Scale' },
            ]}
          />
          <Tool
            label={full ? 'Leave full screen' : 'Full screen'}
            reason={isFullScreenPossible() ? undefined : 'This browser has no full screen for pages.'}
            testId="viewer-full-screen"
            icon={full ? <IconArrowsMinimize size={18} /> : <IconArrowsMaximize size={18} />}
            onClick={() => {
              toggleFull();
              close();
            }}
          />
          <Tool
            label="Clipboard"
            testId="viewer-clipboard"
            pressed={panel === 'clipboard'}
            icon={<IconClipboard size={18} />}
            onClick={() => setPanel(panel === undefined ? 'clipboard' : undefined)}
          />
          <TouchKeyboard model={model} onShown={() => setOpened(false)} />
          <Tool
            label="Ctrl-Alt-Del"
            testId="viewer-ctrl-alt-del"
            icon={<IconKeyboard size={18} />}
            onClick={() => {
              model.connection?.rfb.sendCtrlAltDel();
              close();
            }}
          />
          {kept !== undefined && (
            <Tool
              label="It hangs: restart"
              testId="viewer-restart"
              icon={<IconRotateClockwise size={18} />}
              onClick={() => setAsking('restart')}
            />
          )}
          <Divider orientation="vertical" className={classes.divider} />
          <Button
            size="compact-sm"
            variant="default"
            leftSection={<IconDoorExit size={16} />}
            onClick={disconnect}
            data-testid="viewer-disconnect"
          >
            Disconnect
          </Button>
          {kept !== undefined && (
            <Button
              size="compact-sm"
              variant="light"
              color="red"
              leftSection={<IconLogout size={16} />}
              onClick={() => setAsking('logOff')}
              data-testid="viewer-logoff"
            >
              Log off
            </Button>
          )}
        </div>
        <button
          type="button"
          className={classes.handle}
          aria-expanded={opened}
          aria-controls="viewer-tools"
          aria-label={`Desktop tools, ${SHORTCUT}`}
          title={`Tools (${SHORTCUT})`}
          data-level={view.quality?.level}
          data-testid="viewer-handle"
          onClick={opened ? close : open}
        >
          <span className={classes.dot} aria-hidden="true" />
          <IconChevronDown size={16} stroke={2.2} className={classes.chevron} aria-hidden="true" />
        </button>
        {opened && panel === 'clipboard' && <ClipboardPanel model={model} clipboard={view.clipboard} />}
      </div>
      <Confirm
        opened={asking === 'logOff'}
        title={`Log off ${title}?`}
        action="Log off"
        busy={end.isPending}
        onConfirm={() => end.mutate({ id })}
        onClose={() => setAsking(undefined)}
      >
        {logOffWords(kept ?? NOTHING)} Disconnect instead to go on later.
      </Confirm>
      {asking === 'restart' && kept !== undefined && (
        <RestartDialog
          session={id}
          title={title}
          kept={kept}
          onClose={() => setAsking(undefined)}
          onDone={close}
        />
      )}
    </>
  );
}

function Tool({
  label,
  icon,
  onClick,
  testId,
  reason,
  pressed,
}: {
  label: string;
  icon: ReactNode;
  onClick: () => void;
  testId: string;
  reason?: string | undefined;
  pressed?: boolean;
}): ReactElement {
  return (
    <Tooltip label={reason ?? label} withinPortal={false}>
      <ActionIcon
        variant={pressed === true ? 'light' : 'subtle'}
        color={pressed === true ? 'citrus' : 'gray'}
        size="lg"
        aria-label={reason === undefined ? label : `${label}. ${reason}`}
        aria-pressed={pressed}
        aria-disabled={reason !== undefined || undefined}
        data-disabled={reason !== undefined || undefined}
        data-testid={testId}
        onClick={reason === undefined ? onClick : undefined}
      >
        {icon}
      </ActionIcon>
    </Tooltip>
  );
}

/** The desktop has all keys, so that the way out is a chord that no program uses. */
function useChord(run: () => void): void {
  useEffect(() => {
    const watcher = new ChordWatcher();
    const listening = new AbortController();
    const options = { signal: listening.signal, capture: true };
    const key = (event: KeyboardEvent): void => {
      if (watcher.key(event.type === 'keydown' ? 'keydown' : 'keyup', event.key)) run();
    };
    window.addEventListener('keydown', key, options);
    window.addEventListener('keyup', key, options);
    window.addEventListener('blur', () => watcher.reset(), options);
    return () => listening.abort();
  }, [run]);
}
