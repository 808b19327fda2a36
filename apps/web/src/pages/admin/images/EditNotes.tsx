import { Alert, Button, Group, Stack, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Image } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Dialog } from '../../../components/Dialog.tsx';
import type { Version } from './versions.ts';

/** What administrators tell each other about a version. */
export function EditNotes({
  image,
  version,
  onClose,
}: {
  image: Image;
  version: Version;
  onClose: () => void;
}): ReactElement {
  const queries = useQueryClient();
  const form = useForm({ initialValues: { notes: version.notes } });
  const save = useMutation({
    ...api.images.updateVersion.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.images.key() });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={`Notes of ${image.title} version ${version.version}`}>
      <form onSubmit={form.onSubmit(({ notes }) => save.mutate({ id: version.id, notes }))}>
        <Stack>
          {save.error !== null && (
            <Alert color="red" variant="light" role="alert">
              {messageOf(save.error)}
            </Alert>
          )}
          <Textarea
            label="Notes"
            description="What is new in it, and why it was made. Administrators read it."
            autosize
            minRows={3}
            maxRows={12}
            maxLength={5_000}
            data-autofocus
            {...form.getInputProps('notes')}
          />
          <Group justify="flex-end" mt="sm">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={save.isPending}>
              Save
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}
