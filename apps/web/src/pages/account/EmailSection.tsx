import { Badge, Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { type Account, api } from '../../api/client.ts';
import { ReasonButton } from '../../components/ReasonButton.tsx';
import { Section } from '../../components/Section.tsx';

export function EmailSection({ account }: { account: Account }): ReactElement {
  const { email, emailVerified, mail } = account;
  const send = useMutation({
    ...api.account.sendVerification.mutationOptions(),
    onSuccess: () => notifications.show({ message: `A mail with a link is on its way to ${email}.` }),
  });
  return (
    <Section
      title="E-mail"
      about={
        <Group gap={8}>
          {email}
          <Badge variant="light" color={emailVerified ? 'leaf' : 'gray'}>
            {emailVerified ? 'confirmed' : 'not confirmed'}
          </Badge>
        </Group>
      }
      action={
        emailVerified ? undefined : send.isSuccess ? (
          <Button variant="default" disabled>
            Sent
          </Button>
        ) : (
          <ReasonButton
            variant="default"
            reason={mail ? undefined : 'This Orangery sends no mails. Your administrator can set it up.'}
            loading={send.isPending}
            onClick={() => send.mutate(undefined)}
            data-testid="email-verify"
          >
            Confirm it
          </ReasonButton>
        )
      }
      testId="account-email"
    />
  );
}
