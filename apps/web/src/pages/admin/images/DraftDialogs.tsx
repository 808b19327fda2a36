import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useForm } from '@mantine/form';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Image } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { Dialog } from '../../../components/Dialog.tsx';
import type { Version } from './versions.ts';

type Props = { image: Image; version: Version; onClose: () => void };

/** Makes what was changed a version; says what becomes of it, and of the people. */
export function PublishDraft({ image, version, onClose }: Props): ReactElement {
  const queries = useQueryClient();
  const form = useForm({ initialValues: { notes: version.notes } });
  const publish = useMutation({
    ...api.drafts.publish.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.images.key() });
      notifications.show({
        title: `Version ${version.version} is on its way`,
        message: 'It is sealed, copied and boot-tested; then it is current.',
      });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={`Publish version ${version.version} of ${image.title}?`}>
      <form onSubmit={form.onSubmit(({ notes }) => publish.mutate({ id: version.id, notes }))}>
        <Stack>
          <Text c="dimmed" size="sm">
            Save your work in it first. Its identity, logs, caches and traces of you are removed, its machine
            is shut down, and its disk becomes the version. If its boot test goes well, it is current, and
            pools that follow the image roll it out.
          </Text>
          {publish.error !== null && (
            <Alert color="red" variant="light" role="alert">
              {messageOf(publish.error)}
            </Alert>
          )}
          <Textarea
            label="Notes"
            description="What is new in it. Administrators read it."
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
            <Button type="submit" loading={publish.isPending} data-testid="confirm-publish">
              Publish
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  );
}

export function DiscardDraft({ image, version, onClose }: Props): ReactElement {
  const queries = useQueryClient();
  const discard = useMutation({
    ...api.drafts.discard.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.images.key() });
      notifications.show({ message: `The draft of version ${version.version} is taken away.` });
      onClose();
    },
  });
  return (
    <Confirm
      opened
      title={`Discard the draft of ${image.title} version ${version.version}?`}
      action="Discard"
      busy={discard.isPending}
      error={discard.error}
      onConfirm={() => discard.mutate({ id: version.id })}
      onClose={onClose}
    >
      Its machine is ended, and all that was changed in it is gone. Other versions stay as they are.
    </Confirm>
  );
}
