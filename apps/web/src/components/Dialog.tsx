import { Group, Modal } from '@mantine/core';
import type { ReactElement, ReactNode } from 'react';
import { t } from '../i18n/t.ts';

/**
 * A question or a form over the page. Made of the library's parts because its whole puts the title into a
 * `<header>`, which then is a second banner of the page to screen readers.
 */
export function Dialog({
  opened,
  title,
  onClose,
  children,
}: {
  opened: boolean;
  title: string;
  onClose: () => void;
  children: ReactNode;
}): ReactElement {
  return (
    <Modal.Root opened={opened} onClose={onClose} centered radius="lg">
      <Modal.Overlay backgroundOpacity={0.4} blur={2} />
      <Modal.Content>
        <Modal.Body p="lg">
          <Group justify="space-between" wrap="nowrap" mb="sm">
            <Modal.Title fw={650} fz={17} lh={1.3} style={{ overflowWrap: 'anywhere' }}>
              {title}
            </Modal.Title>
            <Modal.CloseButton aria-label={t('Close')} m={0} />
          </Group>
          {children}
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}
