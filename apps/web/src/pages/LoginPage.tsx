import { Alert, Button, Stack, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useRouter } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { signIn } from '../api/auth.ts';
import { api } from '../api/client.ts';
import { messageOf } from '../api/errors.ts';
import { inAppPath } from '../api/redirect.ts';
import { EmailField, PasswordField } from '../components/PersonFields.tsx';
import { useTitle } from '../components/use-title.ts';
import { Centered } from '../shell/Centered.tsx';

export function LoginPage({ redirect }: { redirect: string | undefined }): ReactElement {
  useTitle('Sign in');
  const router = useRouter();
  const queries = useQueryClient();
  const status = useQuery(api.system.status.queryOptions());
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', password: '' },
    validate: {
      email: (email) => (email.trim() === '' ? 'Your e-mail address' : null),
      password: (password) => (password === '' ? 'Your password' : null),
    },
  });
  const enter = useMutation({
    mutationFn: ({ email, password }: { email: string; password: string }) => signIn(email.trim(), password),
    meta: { inline: true },
    async onSuccess(result) {
      if (result.kind === 'refused') return;
      queries.clear();
      router.history.push(inAppPath(redirect));
    },
  });
  const refusal =
    enter.error !== null
      ? messageOf(enter.error)
      : enter.data?.kind === 'refused'
        ? enter.data.message
        : undefined;
  return (
    <Centered>
      <form onSubmit={form.onSubmit((values) => enter.mutate(values))} noValidate>
        <Stack gap="md">
          <div>
            <Title order={1} fz={24}>
              Sign in
            </Title>
            <Text c="dimmed" mt={4}>
              Your desktops are waiting.
            </Text>
          </div>
          {status.data?.setupNeeded === true && (
            <Alert
              color="citrus"
              variant="light"
              title="Nobody can sign in yet"
              data-testid="login-setup-needed"
            >
              This Orangery has no administrator. Open the setup link that <code>./orangery up</code> printed.
            </Alert>
          )}
          {refusal !== undefined && (
            <Alert color="red" variant="light" role="alert" data-testid="login-error">
              {refusal}
            </Alert>
          )}
          <EmailField form={form} autoFocus />
          <PasswordField form={form} />
          <Button type="submit" size="md" loading={enter.isPending} data-testid="login-submit">
            Sign in
          </Button>
        </Stack>
      </form>
    </Centered>
  );
}
