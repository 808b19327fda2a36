import { Alert, Button, Group, PasswordInput, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { type Account, api } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { MeteredPasswordField, personRules } from '../../components/PersonFields.tsx';
import { Section } from '../../components/Section.tsx';

export function PasswordSection({ account }: { account: Account }): ReactElement {
  const [changing, setChanging] = useState(false);
  const { directory } = account;
  if (directory !== null && !directory.change) {
    return (
      <Section
        title="Password"
        about={`You sign in by ${directory.title}. Your password is changed there.`}
        testId="account-password"
      />
    );
  }
  return (
    <Section
      title="Password"
      about={`${directory === null ? '' : `It is the one of ${directory.title}, and changes there. `}When you change it, you are signed out everywhere but here.`}
      action={
        <Button variant="default" onClick={() => setChanging(true)} data-testid="password-change">
          Change it
        </Button>
      }
      testId="account-password"
    >
      {changing ? <ChangePassword email={account.email} onClose={() => setChanging(false)} /> : undefined}
    </Section>
  );
}

function ChangePassword({ email, onClose }: { email: string; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { current: '', password: '', again: '' },
    validate: {
      current: (current) => (current === '' ? 'The password that you have now' : null),
      password: personRules.newPassword,
      again: (again, values) => (again === values.password ? null : 'The two are not the same'),
    },
  });
  const change = useMutation({
    ...api.account.changePassword.mutationOptions(),
    meta: { inline: true },
    async onSuccess({ ended }) {
      await queries.invalidateQueries({ queryKey: api.signIns.key() });
      const elsewhere =
        ended === 0 ? '' : ` You were signed out in ${ended} other ${ended === 1 ? 'place' : 'places'}.`;
      notifications.show({ message: `Your password is changed.${elsewhere}` });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title="Change my password">
      <form
        onSubmit={form.onSubmit(({ current, password }) => change.mutate({ current, password }))}
        noValidate
      >
        {/* So that password stores know whose it is. */}
        <input type="hidden" autoComplete="username" value={email} readOnly />
        <Stack>
          {change.error !== null && (
            <Alert color="red" variant="light" role="alert" data-testid="password-refused">
              {messageOf(change.error)}
            </Alert>
          )}
          <PasswordInput
            label="Your password now"
            autoComplete="current-password"
            data-autofocus
            key={form.key('current')}
            {...form.getInputProps('current')}
          />
          <MeteredPasswordField form={form} label="New password" />
          <PasswordInput
            label="New password again"
            autoComplete="new-password"
            key={form.key('again')}
            {...form.getInputProps('again')}
          />
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending} data-testid="password-save">
              Change it
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
