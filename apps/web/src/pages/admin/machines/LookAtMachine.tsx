import { Text } from '@mantine/core';
import type { ReactElement } from 'react';
import type { Machine } from '../../../api/client.ts';
import { Dialog } from '../../../components/Dialog.tsx';
import { MachinePicture } from '../../../components/MachinePicture.tsx';

/** What a machine shows now, for who may see it. */
export function LookAtMachine({
  machine: { id, name, person },
  onClose,
}: {
  machine: Pick<Machine, 'id' | 'name' | 'person'>;
  onClose: () => void;
}): ReactElement {
  return (
    <Dialog opened onClose={onClose} title={`What ${name} shows`}>
      <MachinePicture of={{ kind: 'machine', id, name }} />
      <Text size="xs" c="dimmed" mt="sm">
        {person === null
          ? 'Nobody works on it now.'
          : `${person} works on it now: ask them under Help somebody.`}{' '}
        That you looked is in the audit log.
      </Text>
    </Dialog>
  );
}
