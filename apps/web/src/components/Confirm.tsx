import { Button, Group, Text } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { Dialog } from './Dialog.tsx';

export type ConfirmProps = {
  opened: boolean;
  title: string;
  children: ReactNode;
  /** The verb of what happens. */
  action: string;
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
};

/** Asks before something is lost. */
export function Confirm({
  opened,
  title,
  children,
  action,
  busy,
  onConfirm,
  onClose,
}: ConfirmProps): ReactElement {
  return (
    <Dialog opened={opened} onClose={onClose} title={title}>
      <Text c="dimmed" size="sm" component="div">
        {children}
      </Text>
      <Group justify="flex-end" mt="xl" gap="sm">
        <Button variant="default" onClick={onClose} data-testid="confirm-cancel">
          Cancel
        </Button>
        <Button color="red.9" onClick={onConfirm} loading={busy} data-autofocus data-testid="confirm">
          {action}
        </Button>
      </Group>
    </Dialog>
  );
}
