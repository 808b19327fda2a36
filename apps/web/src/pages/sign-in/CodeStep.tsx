import { Alert, Button, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { giveCode, type SignIn } from '../../api/auth.ts';
import { CardHead } from './CardHead.tsx';
import { refusalOf } from './LoginPage.tsx';
import { t } from '../../i18n/t.ts';

/** The second factor, after the password. */
export function CodeStep({
  onAnswer,
  onBack,
}: {
  onAnswer: (answer: SignIn) => void;
  onBack: () => void;
}): ReactElement {
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { code: '' },
    validate: { code: (code) => (code.trim().length < 6 ? t('Six digits, or a recovery code') : null) },
  });
  const enter = useMutation({
    mutationFn: ({ code }: { code: string }) => giveCode(code.replaceAll(' ', '')),
    meta: { inline: true },
    onSuccess: onAnswer,
  });
  const refusal = refusalOf(enter);
  return (
    <form onSubmit={form.onSubmit((values) => enter.mutate(values))} noValidate>
      <Stack gap="md">
        <CardHead title={t('Your second factor')}>
          {t('Open your authenticator and type the code that it shows now.')}
        </CardHead>
        {refusal !== undefined && (
          <Alert color="red" variant="light" role="alert" data-testid="code-error">
            {refusal}
          </Alert>
        )}
        <TextInput
          label={t('Code')}
          description={t('Without your authenticator: one of your recovery codes.')}
          autoComplete="one-time-code"
          autoCapitalize="off"
          spellCheck={false}
          autoFocus
          key={form.key('code')}
          {...form.getInputProps('code')}
          data-testid="code"
        />
        <Button type="submit" size="md" loading={enter.isPending} data-testid="code-submit">
          {t('Go on')}
        </Button>
        <Button variant="subtle" color="gray" onClick={onBack}>
          {t('Back')}
        </Button>
      </Stack>
    </form>
  );
}
