import { Alert, Anchor, Button, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { signIn } from '../api/auth.ts';
import { api } from '../api/client.ts';
import { codeOf, messageOf } from '../api/errors.ts';
import { EmailField, MeteredPasswordField, NameField, personRules } from '../components/PersonFields.tsx';
import { useTitle } from '../components/use-title.ts';
import { Centered } from '../shell/Centered.tsx';

/** First run: makes the administrator and signs in. */
export function SetupPage({ token }: { token: string | undefined }): ReactElement {
  useTitle('Set up');
  const status = useQuery(api.system.status.queryOptions());
  // A form that then turns out to be too late would be unkind.
  if (status.isPending) return <Centered>{null}</Centered>;
  if (status.data?.setupNeeded === false) {
    return (
      <Trouble title="Orangery is already set up">
        It has an administrator.{' '}
        <Anchor component={Link} to="/login" underline="always">
          Sign in
        </Anchor>{' '}
        instead.
      </Trouble>
    );
  }
  if (token === undefined) {
    return (
      <Trouble title="A setup link is needed">
        Open the link that <code>./orangery up</code> printed. It works once; run the command again for a new
        one.
      </Trouble>
    );
  }
  return <SetupForm token={token} />;
}

function Trouble({ title, children }: { title: string; children: React.ReactNode }): ReactElement {
  return (
    <Centered>
      <Stack gap="sm" data-testid="setup-trouble">
        <Title order={1} fz={22}>
          {title}
        </Title>
        <Text c="dimmed">{children}</Text>
      </Stack>
    </Centered>
  );
}

function SetupForm({ token }: { token: string }): ReactElement {
  const navigate = useNavigate();
  const queries = useQueryClient();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', email: '', password: '', again: '' },
    validate: {
      name: (name) => (name.trim() === '' ? 'Who are you?' : null),
      email: personRules.email,
      password: personRules.newPassword,
      again: (again, values) => (again === values.password ? null : 'The two are not the same'),
    },
  });
  const complete = useMutation({
    ...api.setup.complete.mutationOptions(),
    meta: { inline: true },
    async onSuccess(_me, { email, password }) {
      const signed = await signIn(email, password);
      queries.clear();
      await navigate({ to: signed.kind === 'done' ? '/' : '/login' });
    },
  });
  const done = complete.error !== null && codeOf(complete.error) === 'SETUP_DONE';
  return (
    <Centered>
      <form
        onSubmit={form.onSubmit(({ name, email, password }) =>
          complete.mutate({ token, name: name.trim(), email: email.trim(), password }),
        )}
        noValidate
      >
        <Stack gap="md">
          <div>
            <Title order={1} fz={24}>
              Welcome
            </Title>
            <Text c="dimmed" mt={4}>
              Make the administrator of this Orangery. Meanwhile it prepares your first desktop.
            </Text>
          </div>
          {complete.error !== null && (
            <Alert color="red" variant="light" role="alert" data-testid="setup-error">
              {messageOf(complete.error)}{' '}
              {done && (
                <Anchor component={Link} to="/login" underline="always">
                  Sign in
                </Anchor>
              )}
            </Alert>
          )}
          <NameField form={form} autoComplete="name" autoFocus />
          <EmailField form={form} />
          <MeteredPasswordField form={form} />
          <PasswordInput
            label="Password again"
            autoComplete="new-password"
            key={form.key('again')}
            {...form.getInputProps('again')}
          />
          <Button type="submit" size="md" loading={complete.isPending} data-testid="setup-submit">
            Set up Orangery
          </Button>
        </Stack>
      </form>
    </Centered>
  );
}
