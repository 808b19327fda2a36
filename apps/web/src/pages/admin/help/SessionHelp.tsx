import { Group, Text, Title } from '@mantine/core';
import { can } from '@orangery/contract';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Session } from '../../../api/client.ts';
import { Ago } from '../../../components/Ago.tsx';
import { Confirm } from '../../../components/Confirm.tsx';
import { logOffWords } from '../../../components/log-off.ts';
import { MachinePicture } from '../../../components/MachinePicture.tsx';
import { MayButton } from '../../../components/MayButton.tsx';
import { reasonOf } from '../../../components/ReasonButton.tsx';
import { RestartDialog } from '../../../components/RestartDialog.tsx';
import { StateBadge } from '../../../components/StateBadge.tsx';
import classes from './HelpPage.module.css';

/** One session of somebody who is helped: how it is, what it shows, and what can be done about it. */
export function SessionHelp({ session }: { session: Session }): ReactElement {
  const { id, title, person, phase, reason, machine, viewer, createdAt } = session;
  const [looking, setLooking] = useState(false);
  const [asked, setAsked] = useState<'restart' | 'logOff' | undefined>();
  const close = (): void => setAsked(undefined);
  const queries = useQueryClient();
  const again = (): Promise<void> => queries.invalidateQueries({ queryKey: api.users.sessions.key() });
  const disconnect = useMutation({ ...api.sessions.disconnect.mutationOptions(), onSettled: again });
  const end = useMutation({
    ...api.sessions.end.mutationOptions(),
    async onSettled() {
      await again();
      close();
    },
  });
  const name = machine?.name ?? title;
  const noPicture = reasonOf(can.restartSession(session));
  return (
    <section className={classes.session} aria-label={title} data-testid="help-session">
      <Group justify="space-between" gap="sm">
        <Title order={3} fz={16}>
          {title}
        </Title>
        <StateBadge state={phase} />
      </Group>
      <Text size="sm" mt={4}>
        {reason}
      </Text>
      <Text size="xs" c="dimmed" mt={4}>
        {machine === null ? 'No machine yet' : machine.name}, begun <Ago at={createdAt} />
        {viewer !== null && (
          <>
            , {phase === 'connected' ? 'now on' : 'last on'} {viewer.device}, {viewer.address}
          </>
        )}
      </Text>
      {looking && (
        <div style={{ marginTop: 14, maxWidth: 560 }}>
          <MachinePicture of={{ kind: 'session', id, name }} person={person} />
        </div>
      )}
      <div className={classes.actions}>
        <MayButton
          right="machines.screen"
          size="xs"
          reason={noPicture}
          onClick={() => setLooking(!looking)}
          data-testid="help-look"
        >
          {looking ? 'Look no more' : 'See their screen'}
        </MayButton>
        <MayButton
          right="sessions.help"
          size="xs"
          variant="default"
          reason={noPicture}
          onClick={() => setAsked('restart')}
        >
          Restart
        </MayButton>
        <MayButton
          right="sessions.help"
          size="xs"
          variant="default"
          reason={reasonOf(can.disconnectSession(phase))}
          loading={disconnect.isPending}
          onClick={() => disconnect.mutate({ id })}
        >
          Disconnect
        </MayButton>
        <MayButton
          right="sessions.help"
          size="xs"
          variant="default"
          reason={reasonOf(can.endSession(phase))}
          onClick={() => setAsked('logOff')}
          data-testid="help-log-off"
        >
          Log off
        </MayButton>
      </div>
      {asked === 'restart' && <RestartDialog session={id} title={name} kept={session} onClose={close} />}
      <Confirm
        opened={asked === 'logOff'}
        title={`Log ${person} off from ${title}?`}
        action="Log off"
        busy={end.isPending}
        onConfirm={() => end.mutate({ id })}
        onClose={close}
      >
        {logOffWords(session)}
      </Confirm>
    </section>
  );
}
