import { Button, Group, Text } from '@mantine/core';
import { can } from '@orangery/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Session } from '../../api/client.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { MachinePicture } from '../../components/MachinePicture.tsx';
import { ReasonButton, reasonOf } from '../../components/ReasonButton.tsx';
import { RestartDialog } from '../../components/RestartDialog.tsx';

/** For who helps a person: what their machine shows, and what can be done about it. */
export function MachineDialog({ session, onClose }: { session: Session; onClose: () => void }): ReactElement {
  const [restarting, setRestarting] = useState(false);
  const queries = useQueryClient();
  const disconnect = useMutation({
    ...api.sessions.disconnect.mutationOptions(),
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.sessions.key() });
      onClose();
    },
  });
  const name = session.machine?.name ?? session.title;
  if (restarting) return <RestartDialog session={session.id} title={name} kept={session} onClose={onClose} />;
  return (
    <Dialog opened onClose={onClose} title={`What ${session.person} sees on ${name}`}>
      <MachinePicture of={{ kind: 'session', id: session.id, name }} person={session.person} />
      <Text size="xs" c="dimmed" mt="sm">
        That you looked is in the audit log.
      </Text>
      <Group justify="flex-end" mt="lg" gap="sm">
        <ReasonButton
          variant="default"
          reason={reasonOf(can.disconnectSession(session.phase))}
          loading={disconnect.isPending}
          onClick={() => disconnect.mutate({ id: session.id })}
          data-testid="session-disconnect"
        >
          Disconnect
        </ReasonButton>
        <Button color="red.9" onClick={() => setRestarting(true)} data-testid="session-restart">
          Restart
        </Button>
      </Group>
    </Dialog>
  );
}
