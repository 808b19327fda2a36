import {
  PasswordInput,
  type PasswordInputProps,
  Progress,
  Text,
  TextInput,
  type TextInputProps,
} from '@mantine/core';
import type { UseFormReturnType } from '@mantine/form';
import { type ReactElement, useId, useState } from 'react';
import { PASSWORD_LENGTH_MIN } from '@orangery/contract';
import { strengthOf } from './password.ts';
import { t } from '../i18n/t.ts';

/** Of a form, what a field needs; any form that has a member of this name fits. */
type FormWith<Name extends string> = Pick<
  UseFormReturnType<Record<Name, string>>,
  'key' | 'getInputProps' | 'watch'
>;

/** The form of this page stands for the attribute of that name, which nobody needs. */
type FieldProps<Name extends string, Props> = { form: FormWith<Name> } & Omit<Props, 'form'>;

/** What is wrong with a value, in words for who wrote it; null when nothing is. The server has the last word. */
export const personRules = {
  email: (email: string): string | null =>
    /^\S+@\S+\.\S+$/.test(email.trim()) ? null : 'This is not an e-mail address',
  newPassword: (password: string): string | null =>
    password.length < PASSWORD_LENGTH_MIN ? `At least ${PASSWORD_LENGTH_MIN} characters` : null,
};

export function NameField({ form, ...props }: FieldProps<'name', TextInputProps>): ReactElement {
  return <TextInput label="Name" key={form.key('name')} {...form.getInputProps('name')} {...props} />;
}

/** Whose address is also the name that they sign in by: browsers are told so, unless it is somebody else’s. */
export function EmailField({ form, ...props }: FieldProps<'email', TextInputProps>): ReactElement {
  return (
    <TextInput
      label={t('E-mail')}
      type="email"
      autoComplete="username"
      key={form.key('email')}
      {...form.getInputProps('email')}
      {...props}
    />
  );
}

/** The password that somebody has. */
export function PasswordField({ form, ...props }: FieldProps<'password', PasswordInputProps>): ReactElement {
  return (
    <PasswordInput
      label={t('Password')}
      autoComplete="current-password"
      key={form.key('password')}
      {...form.getInputProps('password')}
      {...props}
    />
  );
}

const COLORS = ['red', 'red', 'citrus', 'leaf'] as const;

/** A password that is made up now, with how strong it is and how it would be stronger. */
export function MeteredPasswordField({
  form,
  label = 'Password',
}: {
  form: FormWith<'password'>;
  label?: string;
}): ReactElement {
  const hintId = useId();
  const [password, setPassword] = useState('');
  form.watch('password', ({ value }) => setPassword(value));
  const { level, hint } = strengthOf(password);
  return (
    <div>
      <PasswordField form={form} label={label} autoComplete="new-password" aria-describedby={hintId} />
      <Progress
        value={password === '' ? 0 : 25 + level * 25}
        color={COLORS[level]}
        size={4}
        mt={8}
        aria-label="Strength of the password"
      />
      <Text id={hintId} size="xs" c="dimmed" mt={6} aria-live="polite">
        {hint}
      </Text>
    </div>
  );
}
