import { Alert, Anchor, Button, Divider, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { IconFingerprint } from '@tabler/icons-react';
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link, useRouter } from '@tanstack/react-router';
import { type ReactElement, useState } from 'react';
import { type SignIn, signIn } from '../../api/auth.ts';
import { api } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { passkeysWork, signInByPasskey } from '../../api/passkeys.ts';
import { inAppPath } from '../../api/redirect.ts';
import { EmailField, PasswordField } from '../../components/PersonFields.tsx';
import { Centered } from '../../shell/Centered.tsx';
import { CardHead } from './CardHead.tsx';
import { CodeStep } from './CodeStep.tsx';
import { ProviderButtons } from './ProviderButtons.tsx';
import { t } from '../../i18n/t.ts';

export function LoginPage({ redirect }: { redirect: string | undefined }): ReactElement {
  const [asksCode, setAsksCode] = useState(false);
  const router = useRouter();
  const queries = useQueryClient();
  const onAnswer = (answer: SignIn): void => {
    if (answer.kind === 'secondFactor') setAsksCode(true);
    if (answer.kind !== 'done') return;
    queries.clear();
    router.history.push(inAppPath(redirect));
  };
  return (
    <Centered>
      {asksCode ? (
        <CodeStep onAnswer={onAnswer} onBack={() => setAsksCode(false)} />
      ) : (
        <PasswordStep onAnswer={onAnswer} redirect={redirect} />
      )}
    </Centered>
  );
}

function PasswordStep({
  onAnswer,
  redirect,
}: {
  onAnswer: (answer: SignIn) => void;
  redirect: string | undefined;
}): ReactElement {
  const status = useQuery(api.system.status.queryOptions());
  const ways = useQuery(api.signIn.ways.queryOptions());
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: '', password: '' },
    validate: {
      email: (email) => (email.trim() === '' ? t('Your name or e-mail address') : null),
      password: (password) => (password === '' ? t('Your password') : null),
    },
  });
  const enter = useMutation({
    mutationFn: ({ email, password }: { email: string; password: string }) => signIn(email.trim(), password),
    meta: { inline: true },
    onSuccess: onAnswer,
  });
  const byPasskey = useMutation({
    mutationFn: signInByPasskey,
    meta: { inline: true },
    onSuccess: onAnswer,
  });
  const providers = ways.data?.providers ?? [];
  const refusal = refusalOf(enter) ?? refusalOf(byPasskey);
  return (
    <form
      onSubmit={form.onSubmit((values) => {
        byPasskey.reset();
        enter.mutate(values);
      })}
      noValidate
    >
      <Stack gap="md">
        <CardHead title={t('Sign in')}>{t('Your desktops are waiting.')}</CardHead>
        {status.data?.setupNeeded === true && (
          <Alert
            color="citrus"
            variant="light"
            title={t('Nobody can sign in yet')}
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
        {/* A field whose type changes while somebody types puts their caret to its beginning. */}
        <EmailField
          form={form}
          autoFocus
          type="text"
          autoCapitalize="off"
          spellCheck={false}
          {...(ways.data?.names === true
            ? { label: t('Name or e-mail'), inputMode: 'text' }
            : { inputMode: 'email' })}
        />
        <PasswordField form={form} />
        <Button type="submit" size="md" loading={enter.isPending} data-testid="login-submit">
          {t('Sign in')}
        </Button>
        {(passkeysWork() || providers.length > 0) && <Divider label={t('or')} />}
        {passkeysWork() && (
          <Button
            size="md"
            variant="default"
            leftSection={<IconFingerprint size={19} stroke={1.7} />}
            loading={byPasskey.isPending}
            onClick={() => {
              enter.reset();
              byPasskey.mutate();
            }}
            data-testid="login-passkey"
          >
            {t('Use a passkey')}
          </Button>
        )}
        <ProviderButtons providers={providers} redirect={redirect} />
        {ways.data?.resetByMail === true && (
          <Anchor component={Link} to="/forgot" size="sm" ta="center" data-testid="login-forgot">
            {t('Forgot your password?')}
          </Anchor>
        )}
      </Stack>
    </form>
  );
}

/** Why somebody was not let in, in words; undefined: they were, or nobody has tried. */
export function refusalOf({ error, data }: { error: unknown; data: SignIn | undefined }): string | undefined {
  if (error !== null) return messageOf(error);
  return data?.kind === 'refused' ? data.message : undefined;
}
