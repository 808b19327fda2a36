import { Alert, Button, Group, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useSuspenseQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { EmailField, personRules } from '../../../components/PersonFields.tsx';
import { Section } from '../../../components/Section.tsx';

/** Sends a mail now, and says what the server said. */
export function TestMail(): ReactElement {
  const { data: me } = useSuspenseQuery(api.me.show.queryOptions());
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { email: me.email ?? '' },
    validate: { email: personRules.email },
  });
  const test = useMutation({ ...api.mail.test.mutationOptions(), meta: { inline: true } });
  return (
    <form onSubmit={form.onSubmit(({ email }) => test.mutate({ to: email.trim() }))} noValidate>
      <Section title="Test" about="Sends a mail with the settings that are saved." testId="mail-test">
        <Stack>
          {test.error !== null && (
            <Alert color="red" variant="light" role="alert" data-testid="mail-test-failed">
              {messageOf(test.error)}
            </Alert>
          )}
          {test.isSuccess && (
            <Alert color="leaf" variant="light" role="status" data-testid="mail-test-done">
              The mail server has taken it for {test.variables.to}. Look into that mailbox.
            </Alert>
          )}
          <Group align="flex-end">
            <EmailField form={form} label="To" autoComplete="email" flex={1} miw={220} />
            <Button type="submit" variant="default" loading={test.isPending} data-testid="mail-test-send">
              Send a test mail
            </Button>
          </Group>
        </Stack>
      </Section>
    </form>
  );
}
