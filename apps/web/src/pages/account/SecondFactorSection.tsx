import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { type Account, api } from '../../api/client.ts';
import { PasswordDialog } from './PasswordDialog.tsx';
import { RecoveryCodes } from './RecoveryCodes.tsx';
import { Section } from '../../components/Section.tsx';
import { SetUpAuthenticator } from './SetUpAuthenticator.tsx';

/** From here on it is time for new ones. */
const CODES_FEW = 3;

type Asking = 'begin' | 'end' | 'codes';

export function SecondFactorSection({ account }: { account: Account }): ReactElement {
  const { on, recoveryCodesLeft: left } = account.secondFactor;
  const [asking, setAsking] = useState<Asking | undefined>();
  const queries = useQueryClient();
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: api.account.key() });
  const begin = useMutation({
    ...api.account.beginSecondFactor.mutationOptions(),
    meta: { inline: true },
    onSuccess: () => setAsking(undefined),
  });
  const end = useMutation({
    ...api.account.endSecondFactor.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await refresh();
      setAsking(undefined);
      notifications.show({ message: 'Your second factor is off.' });
    },
  });
  const renew = useMutation({
    ...api.account.renewRecoveryCodes.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await refresh();
      setAsking(undefined);
    },
  });
  const close = (): void => {
    setAsking(undefined);
    for (const each of [begin, end, renew]) each.reset();
  };
  return (
    <Section
      title="Second factor"
      about={
        on
          ? `On: after your password you are asked for a code of your authenticator. ${left} recovery ${left === 1 ? 'code is' : 'codes are'} left${left <= CODES_FEW ? ': make new ones' : ''}.`
          : 'Off. With it, your password alone opens nothing: you are asked for a code of an app on your phone as well.'
      }
      action={
        on ? (
          <Group gap="sm">
            <Button variant="default" onClick={() => setAsking('codes')} data-testid="codes-renew">
              New recovery codes
            </Button>
            <Button variant="default" onClick={() => setAsking('end')} data-testid="factor-end">
              Turn it off
            </Button>
          </Group>
        ) : (
          <Button variant="default" onClick={() => setAsking('begin')} data-testid="factor-begin">
            Set it up
          </Button>
        )
      }
      testId="account-second-factor"
    >
      {asking === 'begin' && (
        <PasswordDialog
          title="Set up a second factor"
          action="Go on"
          busy={begin.isPending}
          error={begin.error}
          onPassword={({ password }) => begin.mutate({ password })}
          onClose={close}
        >
          You need an authenticator app on your phone, and a minute.
        </PasswordDialog>
      )}
      {asking === 'end' && (
        <PasswordDialog
          title="Turn the second factor off?"
          action="Turn it off"
          busy={end.isPending}
          error={end.error}
          onPassword={({ password }) => end.mutate({ password })}
          onClose={close}
        >
          Whoever has your password can sign in then. Your recovery codes go as well.
        </PasswordDialog>
      )}
      {asking === 'codes' && (
        <PasswordDialog
          title="New recovery codes"
          action="Make them"
          busy={renew.isPending}
          error={renew.error}
          onPassword={({ password }) => renew.mutate({ password })}
          onClose={close}
        >
          Those that you have now open nothing any more.
        </PasswordDialog>
      )}
      {begin.data !== undefined && !on && <SetUpAuthenticator start={begin.data} onClose={close} />}
      {renew.data !== undefined && <RecoveryCodes codes={renew.data.recoveryCodes} onClose={close} />}
    </Section>
  );
}
