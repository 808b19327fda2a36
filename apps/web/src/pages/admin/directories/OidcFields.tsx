import { Checkbox, Code, NumberInput, PasswordInput, SimpleGrid, Text, TextInput } from '@mantine/core';
import type { ReactElement } from 'react';
import type { DirectoryFields } from './SharedFields.tsx';

/** How a provider of OpenID Connect is asked, and what it has to know of us. */
export function OidcFields({ form, hasSecret }: { form: DirectoryFields; hasSecret: boolean }): ReactElement {
  return (
    <>
      <Text size="sm" c="dimmed">
        Register this Orangery there as a confidential web client, with the address to come back to{' '}
        <Code>{`${location.origin}/sign-in/back`}</Code> and, for signing out,{' '}
        <Code>{`${location.origin}/login`}</Code>. Where it can tell who signs out there (back-channel
        logout), it tells <Code>{`${location.origin}/api/directories/NAME/logout`}</Code>, with this
        directory’s name. People see a button with the title on the page to sign in.
      </Text>
      <TextInput
        label="Issuer"
        description="Its address, without /.well-known/openid-configuration"
        placeholder="https://login.example.org/realms/staff"
        type="url"
        {...form.getInputProps('issuer')}
        data-testid="directory-issuer"
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Client"
          description="What the provider calls this Orangery"
          autoComplete="off"
          {...form.getInputProps('clientId')}
        />
        <PasswordInput
          label="Its secret"
          description={hasSecret ? 'Empty: the one there is stays' : 'Of the client'}
          autoComplete="new-password"
          {...form.getInputProps('secret')}
        />
        <TextInput label="Scopes" description="Asked for besides openid" {...form.getInputProps('scopes')} />
        <TextInput
          label="Claim of groups"
          description="Empty: it names none"
          {...form.getInputProps('groupsClaim')}
        />
        <NumberInput
          label="Hours of a sign-in"
          description="Then the provider is asked again"
          min={1}
          max={168}
          {...form.getInputProps('hours')}
        />
      </SimpleGrid>
      <Checkbox
        label="Who signs out here signs out at the provider, too"
        {...form.getInputProps('signOutThere', { type: 'checkbox' })}
      />
    </>
  );
}
