import { Alert, Anchor, Button, PasswordInput, Progress, Stack, Text, TextInput, Title } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { signIn } from '../api/auth.ts';
import { api } from '../api/client.ts';
import { codeOf, messageOf } from '../api/errors.ts';
import { useTitle } from '../components/use-title.ts';
import { Centered } from '../shell/Centered.tsx';
import { PASSWORD_LENGTH_MIN, strengthOf } from './password.ts';

const COLORS = ['red', 'red', 'citrus', 'leaf'] as const;

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
  const [password, setPassword] = useState('');
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: '', email: '', password: '', again: '' },
    validate: {
      name: (name) => (name.trim() === '' ? 'Who are you?' : null),
      email: (email) => (/^\S+@\S+\.\S+$/.test(email.trim()) ? null : 'This is not an e-mail address'),
      password: (value) => (value.length < PASSWORD_LENGTH_MIN ? 'At least 10 characters' : null),
      again: (again, values) => (again === values.password ? null : 'The two are not the same'),
    },
    onValuesChange: (values) => setPassword(values.password),
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
  const { level, hint } = strengthOf(password);
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
          <TextInput
            label="Name"
            autoComplete="name"
            autoFocus
            key={form.key('name')}
            {...form.getInputProps('name')}
          />
          <TextInput
            label="E-mail"
            type="email"
            autoComplete="username"
            key={form.key('email')}
            {...form.getInputProps('email')}
          />
          <div>
            <PasswordInput
              label="Password"
              autoComplete="new-password"
              aria-describedby="password-hint"
              key={form.key('password')}
              {...form.getInputProps('password')}
            />
            <Progress
              value={password === '' ? 0 : 25 + level * 25}
              color={COLORS[level]}
              size={4}
              mt={8}
              aria-label="Strength of the password"
            />
            <Text id="password-hint" size="xs" c="dimmed" mt={6} aria-live="polite">
              {hint}
            </Text>
          </div>
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
