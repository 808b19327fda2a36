import { Alert, Group, Skeleton, Text, Title } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQuery } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type Session, type User } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { pollMs } from '../../../api/polling.ts';
import { Ago } from '../../../components/Ago.tsx';
import { Confirm } from '../../../components/Confirm.tsx';
import { MayButton } from '../../../components/MayButton.tsx';
import { rolesInWords } from '../../../components/people.ts';
import { UserAccess } from '../UserAccess.tsx';
import { UserUsage } from '../UserUsage.tsx';
import classes from './HelpPage.module.css';
import { SendMessage } from './SendMessage.tsx';
import { SessionHelp } from './SessionHelp.tsx';

type Asked = 'message' | 'access' | 'usage' | 'reset' | 'signOut' | 'secondFactor';

const isLive = ({ phase }: Session): boolean => phase !== 'ended';

/** What one person has open, and what can be done for them. */
export function PersonHelp({ user }: { user: User }): ReactElement {
  const { id, name, email, roles } = user;
  const [asked, setAsked] = useState<Asked | undefined>();
  const close = (): void => setAsked(undefined);
  const sessions = useQuery(
    api.users.sessions.queryOptions({
      input: { id },
      refetchInterval: ({ state }) => pollMs(state.data?.some(({ phase }) => phase === 'waiting') ?? false),
    }),
  );
  const live = sessions.data?.filter(isLive) ?? [];
  const ended = sessions.data?.filter((each) => !isLive(each)) ?? [];
  return (
    <section aria-labelledby="helped" data-testid="help-with">
      <Title order={2} fz={20} id="helped">
        {name}
      </Title>
      <Text size="sm" c="dimmed" mb="md">
        {email ?? 'no e-mail'}
        {roles.length === 0 ? '' : `, ${rolesInWords(roles)}`}
      </Text>
      {sessions.error !== null && (
        <Alert color="red" variant="light" role="alert" mb="md">
          {messageOf(sessions.error)}
        </Alert>
      )}
      {sessions.data === undefined && sessions.error === null && <Skeleton height={140} radius="lg" />}
      {sessions.data !== undefined && live.length === 0 && (
        <div className={classes.nobody}>{name} has nothing open now.</div>
      )}
      {live.map((session) => (
        <SessionHelp key={session.id} session={session} />
      ))}
      <Title order={3} fz={15} mt="xl" mb="xs">
        Their account
      </Title>
      <Group gap={8}>
        <MayButton
          right="people.help"
          size="xs"
          variant="default"
          onClick={() => setAsked('message')}
          data-testid="help-message"
        >
          Say something
        </MayButton>
        <MayButton right="people.look" size="xs" variant="default" onClick={() => setAsked('access')}>
          What they may use
        </MayButton>
        <MayButton right="people.look" size="xs" variant="default" onClick={() => setAsked('usage')}>
          Files and hours
        </MayButton>
        <MayButton
          right="people.help"
          size="xs"
          variant="default"
          onClick={() => setAsked('signOut')}
          data-testid="help-sign-out"
        >
          Sign out everywhere
        </MayButton>
        <MayButton
          right="people.help"
          size="xs"
          variant="default"
          onClick={() => setAsked('reset')}
          data-testid="help-reset"
        >
          Forgot their password
        </MayButton>
        <MayButton right="people.help" size="xs" variant="default" onClick={() => setAsked('secondFactor')}>
          Lost their second factor
        </MayButton>
      </Group>
      {ended.length > 0 && (
        <>
          <Title order={3} fz={15} mt="xl" mb="xs">
            Before
          </Title>
          <ul style={{ margin: 0, paddingLeft: 18 }}>
            {ended.map(({ id: each, title, endedAt, reason }) => (
              <Text key={each} component="li" size="sm">
                {title}, ended <Ago at={endedAt} />: {reason}
              </Text>
            ))}
          </ul>
        </>
      )}
      {asked === 'message' && <SendMessage user={user} onClose={close} />}
      {asked === 'access' && <UserAccess user={user} onClose={close} />}
      {asked === 'usage' && <UserUsage user={user} onClose={close} />}
      {(asked === 'reset' || asked === 'signOut' || asked === 'secondFactor') && (
        <AccountHelp user={user} what={asked} onClose={close} />
      )}
    </section>
  );
}

function AccountHelp({
  user: { id, name, email },
  what,
  onClose,
}: {
  user: User;
  what: 'reset' | 'signOut' | 'secondFactor';
  onClose: () => void;
}): ReactElement {
  const done = (message: string) => () => {
    notifications.show({ message });
    onClose();
  };
  const signOut = useMutation({
    ...api.users.signOut.mutationOptions(),
    onSuccess: done(`${name} is signed out everywhere.`),
  });
  const reset = useMutation({
    ...api.users.sendReset.mutationOptions(),
    meta: { inline: true },
    onSuccess: done(`${name} has a mail in a moment, with a link that is right for 30 minutes.`),
  });
  const remove = useMutation({
    ...api.users.removeSecondFactor.mutationOptions(),
    onSuccess: done(`${name} signs in with the password alone until they set up another.`),
  });
  if (what === 'reset')
    return (
      <Confirm
        opened
        title={`Send ${name} a link for a new password?`}
        action="Send"
        busy={reset.isPending}
        error={reset.error}
        loses={false}
        onConfirm={() => reset.mutate({ id })}
        onClose={onClose}
      >
        By mail to {email ?? 'their address'}. Their password is as it was until they choose another; nobody
        else learns it.
      </Confirm>
    );
  return what === 'signOut' ? (
    <Confirm
      opened
      title={`Sign ${name} out everywhere?`}
      action="Sign out"
      busy={signOut.isPending}
      onConfirm={() => signOut.mutate({ id })}
      onClose={onClose}
    >
      In all browsers. Their sessions go on, and wait for them.
    </Confirm>
  ) : (
    <Confirm
      opened
      title={`Turn off the second factor of ${name}?`}
      action="Turn off"
      busy={remove.isPending}
      onConfirm={() => remove.mutate({ id })}
      onClose={onClose}
    >
      Be sure that it is them who asks. They are signed out everywhere, and told by mail.
    </Confirm>
  );
}
