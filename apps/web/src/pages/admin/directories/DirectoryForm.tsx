import { Alert, Button, Group, Stack } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { ReactElement } from 'react';
import type { Directory, DirectoryInput } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Choice } from '../../../components/Choice.tsx';
import { focusFirstFault } from '../../../components/first-fault.ts';
import { Section } from '../../../components/Section.tsx';
import {
  type DirectoryValues,
  directoryRules,
  inputOf,
  type Kind,
  KINDS,
  valuesOf,
} from './directory-values.ts';
import { Examine } from './Examine.tsx';
import { LdapFields } from './LdapFields.tsx';
import { OidcFields } from './OidcFields.tsx';
import { NameFields, SharedFields } from './SharedFields.tsx';

/** All that is to know about a directory, and a look into it as it is written here, before it is saved. */
export function DirectoryForm({
  directory,
  busy,
  error,
  onSave,
}: {
  /** Undefined: a new one. */
  directory?: Directory;
  busy: boolean;
  error: unknown;
  onSave: (input: DirectoryInput, saved: () => void) => void;
}): ReactElement {
  const form = useForm<DirectoryValues>({
    mode: 'controlled',
    initialValues: valuesOf(directory),
    validate: directoryRules,
  });
  const { kind, name } = form.values;
  const input = (): DirectoryInput => ({
    ...inputOf(form.values, directory?.settings.roles ?? []),
    name,
    enabled: directory?.enabled ?? true,
  });
  return (
    <form
      onSubmit={form.onSubmit(
        // The page does not keep the secret.
        () => onSave(input(), () => form.setFieldValue('secret', '')),
        (_faults, _values, event) => focusFirstFault(event),
      )}
      noValidate
    >
      <Section
        title={directory === undefined ? 'What it is' : 'Settings'}
        about="Its secret is kept sealed by the master key of this installation."
        testId="directory-settings"
      >
        <Stack>
          {error !== null && (
            <Alert color="red" variant="light" role="alert" data-testid="directory-refused">
              {messageOf(error)}
            </Alert>
          )}
          {directory === undefined && (
            <Choice
              label="Kind"
              {...form.getInputProps('kind')}
              onChange={(value) => form.setFieldValue('kind', value as Kind)}
              data={[...KINDS]}
              data-testid="directory-kind"
            />
          )}
          <NameFields form={form} isNew={directory === undefined} />
          {kind === 'openIdConnect' ? (
            <OidcFields form={form} hasSecret={directory?.hasSecret === true} />
          ) : (
            <LdapFields form={form} hasSecret={directory?.hasSecret === true} />
          )}
          <SharedFields form={form} />
          <Group justify="flex-end">
            <Button type="submit" loading={busy} data-testid="directory-save">
              {directory === undefined ? 'Add it' : 'Save'}
            </Button>
          </Group>
        </Stack>
      </Section>
      <Examine
        kind={kind}
        question={() => {
          if (form.validate().hasErrors) return undefined;
          const { settings, secret } = input();
          return {
            settings,
            ...(secret === undefined ? {} : { secret }),
            ...(directory === undefined ? {} : { id: directory.id }),
          };
        }}
      />
    </form>
  );
}
