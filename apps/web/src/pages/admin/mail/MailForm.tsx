import {
  Alert,
  Button,
  Group,
  NumberInput,
  PasswordInput,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Mail } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Choice } from '../../../components/Choice.tsx';
import { focusFirstFault } from '../../../components/first-fault.ts';
import { personRules } from '../../../components/PersonFields.tsx';
import { Section } from '../../../components/Section.tsx';
import { type MailValues, mailInputOf, PORTS } from './mail-values.ts';

export function MailForm({ settings }: { settings: Mail['settings'] }): ReactElement {
  const queries = useQueryClient();
  const form = useForm<MailValues>({
    mode: 'controlled',
    initialValues: {
      host: settings?.host ?? '',
      port: settings?.port ?? PORTS.starttls,
      security: settings?.security ?? 'starttls',
      user: settings?.user ?? '',
      password: '',
      from: settings?.from ?? '',
      publicUrl: settings?.publicUrl ?? location.origin,
      ca: settings?.ca ?? '',
    },
    validate: {
      host: (host) => (host.trim() === '' ? 'Its name, as in mail.example.org' : null),
      from: personRules.email,
      publicUrl: (url) => (/^https:\/\/\S+$/.test(url.trim()) ? null : 'As in https://desk.example.org'),
    },
  });
  const refresh = (): Promise<void> => queries.invalidateQueries({ queryKey: api.mail.key() });
  const save = useMutation({
    ...api.mail.update.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      // The page does not keep it.
      form.setFieldValue('password', '');
      await refresh();
      notifications.show({ message: 'Saved. Send yourself a test mail.' });
    },
  });
  const remove = useMutation({ ...api.mail.remove.mutationOptions(), onSuccess: refresh });
  return (
    <form
      onSubmit={form.onSubmit(
        (values) => save.mutate(mailInputOf(values)),
        (_faults, _values, event) => focusFirstFault(event),
      )}
      noValidate
    >
      <Section
        title="Mail server"
        about="What it takes is kept sealed by the master key of this installation."
        testId="mail-settings"
      >
        <Stack>
          {save.error !== null && (
            <Alert color="red" variant="light" role="alert" data-testid="mail-refused">
              {messageOf(save.error)}
            </Alert>
          )}
          <Choice
            label="Encryption"
            fullWidth={false}
            {...form.getInputProps('security')}
            onChange={(security) => {
              const chosen = security as MailValues['security'];
              form.setValues({ security: chosen, port: PORTS[chosen] });
            }}
            data={[
              { value: 'starttls', label: 'STARTTLS' },
              { value: 'tls', label: 'TLS' },
              { value: 'none', label: 'None' },
            ]}
          />
          {form.values.security === 'none' && (
            <Alert color="citrus" variant="light" data-testid="mail-plain">
              Whoever listens on the way reads the links, and can use them. Only for a mail server on this
              machine.
            </Alert>
          )}
          <SimpleGrid cols={{ base: 1, sm: 2 }}>
            <TextInput label="Server" {...form.getInputProps('host')} data-testid="mail-host" />
            <NumberInput label="Port" min={1} max={65_535} {...form.getInputProps('port')} />
            <TextInput
              label="User"
              description="Empty: it lets us in without"
              autoComplete="off"
              {...form.getInputProps('user')}
            />
            <PasswordInput
              label="Password"
              description={
                settings?.hasPassword === true ? 'Empty: the one there is stays' : 'Of the mail server'
              }
              autoComplete="new-password"
              {...form.getInputProps('password')}
            />
            <TextInput
              label="From"
              description="The address that people see"
              type="email"
              {...form.getInputProps('from')}
              data-testid="mail-from"
            />
            <TextInput
              label="Address of this Orangery"
              description="Links in mails begin with it"
              type="url"
              {...form.getInputProps('publicUrl')}
            />
          </SimpleGrid>
          <Textarea
            label="Authority of its certificate"
            description="As PEM, where it is one of your own. Empty: those that everybody knows."
            autosize
            minRows={2}
            maxRows={8}
            {...form.getInputProps('ca')}
          />
          <Group justify="flex-end">
            {settings !== null && (
              <Button
                variant="default"
                loading={remove.isPending}
                onClick={() => remove.mutate(undefined)}
                data-testid="mail-remove"
              >
                Send no mails
              </Button>
            )}
            <Button type="submit" loading={save.isPending} data-testid="mail-save">
              Save
            </Button>
          </Group>
        </Stack>
      </Section>
    </form>
  );
}
