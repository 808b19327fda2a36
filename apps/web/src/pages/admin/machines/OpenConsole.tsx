import { Button, Group, TextInput } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import type { MachineDetail } from '../../../api/client.ts';
import { Dialog } from '../../../components/Dialog.tsx';

const WORDS_MIN = 5;

/** Somebody's own machine has their things on its screen: why it is opened without them. */
export function OpenConsole({
  machine: { id, name, owner },
  onClose,
}: {
  machine: Pick<MachineDetail, 'id' | 'name' | 'owner'>;
  onClose: () => void;
}): ReactElement {
  const [why, setWhy] = useState('');
  const navigate = useNavigate();
  return (
    <Dialog opened onClose={onClose} title={`Open the console of ${name}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void navigate({ to: '/console/$id', params: { id }, search: { because: why.trim() } });
        }}
      >
        <TextInput
          label={`Why you open it without ${owner ?? 'its person'}`}
          description="It is in the audit log, with your name. When they come, the console closes."
          value={why}
          onChange={(event) => setWhy(event.currentTarget.value)}
          maxLength={500}
          data-autofocus
          data-testid="console-because"
        />
        <Group justify="flex-end" mt="lg" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button type="submit" disabled={why.trim().length < WORDS_MIN} data-testid="console-open">
            Open
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
