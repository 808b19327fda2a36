import { Alert, Anchor, Button, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { EmailField, personRules } from '../../components/PersonFields.tsx';
import { Centered } from '../../shell/Centered.tsx';
import { CardHead } from './CardHead.tsx';

/** Asks for a link by mail. What it says afterwards is the same whether anybody has the address. */
export function ForgotPage(): ReactElement {
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '' },
    validate: { email: personRules.email },
  });
  const ask = useMutation({ ...api.account.requestReset.mutationOptions(), meta: { inline: true } });
  return (
    <Centered>
      {ask.isSuccess ? (
        <Stack gap="md" data-testid="forgot-done">
          <CardHead title="Look into your mails">
            If {ask.variables.email} belongs to an account, a mail with a link is on its way. The link works
            for 30 minutes.
          </CardHead>
          <BackToSignIn />
        </Stack>
      ) : (
        <form onSubmit={form.onSubmit(({ email }) => ask.mutate({ email: email.trim() }))} noValidate>
          <Stack gap="md">
            <CardHead title="A new password">You are sent a link by which you choose one.</CardHead>
            {ask.error !== null && (
              <Alert color="red" variant="light" role="alert" data-testid="forgot-error">
                {messageOf(ask.error)}
              </Alert>
            )}
            <EmailField form={form} autoFocus />
            <Button type="submit" size="md" loading={ask.isPending} data-testid="forgot-submit">
              Send me the link
            </Button>
            <BackToSignIn />
          </Stack>
        </form>
      )}
    </Centered>
  );
}

export function BackToSignIn(): ReactElement {
  return (
    <Anchor component={Link} to="/login" size="sm" ta="center">
      Back to sign in
    </Anchor>
  );
}
