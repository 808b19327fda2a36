import {
  Alert,
  Checkbox,
  NumberInput,
  PasswordInput,
  SimpleGrid,
  Stack,
  Textarea,
  TextInput,
} from '@mantine/core';
import type { ReactElement } from 'react';
import { Choice } from '../../../components/Choice.tsx';
import type { DirectoryValues } from './directory-values.ts';
import type { DirectoryFields } from './SharedFields.tsx';

/** How Active Directory and other LDAP servers are asked. */
export function LdapFields({ form, hasSecret }: { form: DirectoryFields; hasSecret: boolean }): ReactElement {
  const isAd = form.values.kind === 'activeDirectory';
  return (
    <>
      <Choice
        label="Encryption"
        fullWidth={false}
        {...form.getInputProps('security')}
        onChange={(security) => form.setFieldValue('security', security as DirectoryValues['security'])}
        data={[
          { value: 'ldaps', label: 'LDAPS' },
          { value: 'starttls', label: 'STARTTLS' },
          { value: 'none', label: 'None' },
        ]}
      />
      {form.values.security === 'none' && (
        <Alert color="citrus" variant="light">
          Whoever listens on the way reads the passwords. Only a server on this machine is asked so.
        </Alert>
      )}
      <Textarea
        label="Servers"
        description="One a line; each is asked where the one before it does not answer. With a port where it is another one, as in dc1.example.org:3269"
        autosize
        minRows={2}
        maxRows={5}
        {...form.getInputProps('servers')}
        data-testid="directory-servers"
      />
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <TextInput
          label="Account that looks"
          description={
            isAd ? 'Its distinguished name' : 'Its distinguished name; it needs to read people and groups'
          }
          placeholder={isAd ? 'CN=orangery,CN=Users,DC=example,DC=org' : 'cn=orangery,dc=example,dc=org'}
          autoComplete="off"
          {...form.getInputProps('bindDn')}
          data-testid="directory-account"
        />
        <PasswordInput
          label="Its password"
          description={hasSecret ? 'Empty: the one there is stays' : 'Of the account that looks'}
          autoComplete="new-password"
          {...form.getInputProps('secret')}
          data-testid="directory-secret"
        />
        <TextInput
          label="Where people are"
          description="They are searched below it"
          placeholder={isAd ? 'DC=example,DC=org' : 'ou=people,dc=example,dc=org'}
          {...form.getInputProps('base')}
          data-testid="directory-base"
        />
        <TextInput
          label="Where groups are"
          description="Empty: below the same"
          {...form.getInputProps('groupBase')}
        />
        <TextInput
          label="Who may sign in"
          description="A filter of LDAP; empty: everybody"
          placeholder={isAd ? '(memberOf=CN=Staff,CN=Users,DC=example,DC=org)' : '(employeeType=staff)'}
          {...form.getInputProps('peopleFilter')}
        />
        <TextInput
          label="What they type"
          description={`Attributes; empty: ${isAd ? 'sAMAccountName, userPrincipalName, mail' : 'uid, mail'}`}
          {...form.getInputProps('loginAttributes')}
        />
        <TextInput
          label="What never changes"
          description={`An attribute; empty: ${isAd ? 'objectGUID' : 'entryUUID'}`}
          {...form.getInputProps('idAttribute')}
        />
      </SimpleGrid>
      <SimpleGrid cols={{ base: 1, sm: 2 }}>
        <NumberInput
          label="Wrong passwords that are passed on"
          description="For each person: fewer than the directory locks at"
          min={2}
          max={50}
          {...form.getInputProps('guessesMax')}
        />
        <NumberInput
          label="Until so many minutes without one"
          description="At least as long as the directory counts"
          min={1}
          max={1_440}
          {...form.getInputProps('windowMinutes')}
        />
      </SimpleGrid>
      <Stack gap="sm">
        <Checkbox
          label="People change their password of the directory here"
          description="In My account, with the one they have"
          {...form.getInputProps('change', { type: 'checkbox' })}
        />
        <Checkbox
          label="Who forgot it chooses a new one by a mail, or unlocks the account"
          description="The account that looks needs the right to do that; and a mail server has to be set up"
          {...form.getInputProps('reset', { type: 'checkbox' })}
        />
      </Stack>
    </>
  );
}
