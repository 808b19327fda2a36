import { Alert, Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { ReactElement, ReactNode } from 'react';
import { messageOf } from '../../api/errors.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { PasswordField } from '../../components/PersonFields.tsx';

/** Asks for the password before something of the account changes; where something new is made, for its name too. */
export function PasswordDialog({
  title,
  children,
  action,
  name,
  busy,
  error,
  onPassword,
  onClose,
}: {
  title: string;
  children: ReactNode;
  action: string;
  /** What a new thing may be called. */
  name?: { label: string; value: string };
  busy: boolean;
  error: unknown;
  onPassword: (given: { name: string; password: string }) => void;
  onClose: () => void;
}): ReactElement {
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name: name?.value ?? '', password: '' },
    validate: {
      name: (text) => (name !== undefined && text.trim() === '' ? 'A name' : null),
      password: (password) => (password === '' ? 'Your password' : null),
    },
  });
  return (
    <Dialog opened onClose={onClose} title={title}>
      <form onSubmit={form.onSubmit((given) => onPassword({ ...given, name: given.name.trim() }))} noValidate>
        <Stack>
          <Text c="dimmed" size="sm" component="div">
            {children}
          </Text>
          {error !== null && (
            <Alert color="red" variant="light" role="alert" data-testid="password-refused">
              {messageOf(error)}
            </Alert>
          )}
          {name !== undefined && (
            <TextInput
              label={name.label}
              maxLength={100}
              key={form.key('name')}
              {...form.getInputProps('name')}
            />
          )}
          <PasswordField form={form} label="Your password" data-autofocus />
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy} data-testid="password-given">
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
