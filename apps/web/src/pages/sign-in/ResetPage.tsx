import { Alert, Button, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { MeteredPasswordField, personRules } from '../../components/PersonFields.tsx';
import { Centered } from '../../shell/Centered.tsx';
import { CardHead } from './CardHead.tsx';
import { BackToSignIn } from './ForgotPage.tsx';

/** A new password by the link of a mail. */
export function ResetPage({ token }: { token: string | undefined }): ReactElement {
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { password: '', again: '' },
    validate: {
      password: personRules.newPassword,
      again: (again, values) => (again === values.password ? null : 'The two are not the same'),
    },
  });
  const reset = useMutation({ ...api.account.resetPassword.mutationOptions(), meta: { inline: true } });
  const ways = useQuery(api.signIn.ways.queryOptions());
  const unlock = useMutation({ ...api.account.unlock.mutationOptions(), meta: { inline: true } });
  const error = reset.error ?? unlock.error;
  if (unlock.isSuccess) {
    return (
      <Centered>
        <Stack gap="md" data-testid="unlock-done">
          <CardHead title="Your account is unlocked">Your password is what it was. Sign in with it.</CardHead>
          <Button component={Link} to="/login" size="md">
            Sign in
          </Button>
        </Stack>
      </Centered>
    );
  }
  if (reset.isSuccess) {
    return (
      <Centered>
        <Stack gap="md" data-testid="reset-done">
          <CardHead title="Your password is changed">
            You are signed out everywhere. Sign in with the new one.
          </CardHead>
          <Button component={Link} to="/login" size="md">
            Sign in
          </Button>
        </Stack>
      </Centered>
    );
  }
  if (token === undefined) {
    return (
      <Centered>
        <Stack gap="md" data-testid="reset-trouble">
          <CardHead title="A link is needed">
            Open the link in the mail that you were sent; it works once.
          </CardHead>
          <Button component={Link} to="/forgot" variant="default">
            Ask for a new link
          </Button>
        </Stack>
      </Centered>
    );
  }
  return (
    <Centered>
      <form
        onSubmit={form.onSubmit(({ password }) => {
          unlock.reset();
          reset.mutate({ token, password });
        })}
        noValidate
      >
        <Stack gap="md">
          <CardHead title="Choose a new password">
            You are signed out everywhere then, and sign in with the new one.
          </CardHead>
          {error !== null && (
            <Alert color="red" variant="light" role="alert" data-testid="reset-error">
              {messageOf(error)}
            </Alert>
          )}
          <MeteredPasswordField form={form} />
          <PasswordInput
            label="Password again"
            autoComplete="new-password"
            key={form.key('again')}
            {...form.getInputProps('again')}
          />
          <Button type="submit" size="md" loading={reset.isPending} data-testid="reset-submit">
            Change my password
          </Button>
          {ways.data?.unlock === true && (
            <Button
              variant="default"
              loading={unlock.isPending}
              onClick={() => {
                reset.reset();
                unlock.mutate({ token });
              }}
              data-testid="reset-unlock"
            >
              I know my password: only unlock my account
            </Button>
          )}
          <BackToSignIn />
        </Stack>
      </form>
    </Centered>
  );
}
