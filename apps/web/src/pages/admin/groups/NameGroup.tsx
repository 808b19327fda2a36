import { Alert, Button, Group, Stack, TextInput } from '@mantine/core';
import { useForm } from '@mantine/form';
import type { ReactElement } from 'react';
import { messageOf } from '../../../api/errors.ts';
import { Dialog } from '../../../components/Dialog.tsx';

const NAME_MAX = 100;

/** Asks for the name of a group or tenant, new or not. */
export function NameGroup({
  title,
  action,
  name,
  busy,
  error,
  onName,
  onClose,
}: {
  title: string;
  action: string;
  name: string;
  busy: boolean;
  error: unknown;
  onName: (name: string) => void;
  onClose: () => void;
}): ReactElement {
  const form = useForm({
    mode: 'uncontrolled',
    initialValues: { name },
    validate: { name: (text) => (text.trim() === '' ? 'A name' : null) },
  });
  return (
    <Dialog opened onClose={onClose} title={title}>
      <form onSubmit={form.onSubmit((filled) => onName(filled.name.trim()))} noValidate>
        <Stack>
          {error !== null && (
            <Alert color="red" variant="light" role="alert">
              {messageOf(error)}
            </Alert>
          )}
          <TextInput
            label="Name"
            description="As people call it: a department, a class, a project."
            maxLength={NAME_MAX}
            key={form.key('name')}
            {...form.getInputProps('name')}
            data-autofocus
            data-testid="group-name"
          />
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={busy} data-testid="group-save">
              {action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
