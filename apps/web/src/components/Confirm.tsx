import { Alert, Button, Group, Text } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { messageOf } from '../api/errors.ts';
import { Dialog } from './Dialog.tsx';
import { t } from '../i18n/t.ts';

export type ConfirmProps = {
  opened: boolean;
  title: string;
  children: ReactNode;
  /** The verb of what happens. */
  action: string;
  busy: boolean;
  /** Whether something is lost. */
  loses?: boolean;
  /** Why it was refused, told where it was asked for. */
  error?: unknown;
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks before something is lost, or changes for many. */
export function Confirm({
  opened,
  title,
  children,
  action,
  busy,
  loses = true,
  error = null,
  onConfirm,
  onClose,
}: ConfirmProps): ReactElement {
  return (
    <Dialog opened={opened} onClose={onClose} title={title}>
      <Text c="dimmed" size="sm" component="div">
        {children}
      </Text>
      {error !== null && (
        <Alert color="red" variant="light" role="alert" mt="md" data-testid="confirm-refused">
          {messageOf(error)}
        </Alert>
      )}
      <Group justify="flex-end" mt="xl" gap="sm">
        <Button variant="default" onClick={onClose} data-testid="confirm-cancel">
          {t('Cancel')}
        </Button>
        <Button
          {...(loses ? { color: 'red.9' } : {})}
          onClick={onConfirm}
          loading={busy}
          data-autofocus
          data-testid="confirm"
        >
          {action}
        </Button>
      </Group>
    </Dialog>
  );
}
