import { Alert, Button, Group, Text, Textarea } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type User } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Dialog } from '../../../components/Dialog.tsx';

const LENGTH_MAX = 1_000;

/** Says something to a person where they are. */
export function SendMessage({
  user: { id, name },
  onClose,
}: {
  user: User;
  onClose: () => void;
}): ReactElement {
  const [text, setText] = useState('');
  const send = useMutation({
    ...api.users.sendMessage.mutationOptions(),
    meta: { inline: true },
    onSuccess() {
      notifications.show({ message: `${name} reads it where they are signed in.` });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={`Say something to ${name}`}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          send.mutate({ id, text });
        }}
      >
        {send.error !== null && (
          <Alert color="red" variant="light" role="alert" mb="md">
            {messageOf(send.error)}
          </Alert>
        )}
        <Textarea
          label="What you have to say"
          value={text}
          onChange={({ currentTarget }) => setText(currentTarget.value)}
          maxLength={LENGTH_MAX}
          autosize
          minRows={3}
          maxRows={10}
          data-autofocus
          data-testid="message-text"
        />
        <Text size="xs" c="dimmed" mt="xs">
          Over whatever they look at, their desktop included; with your name. It is in the audit log.
        </Text>
        <Group justify="flex-end" mt="lg" gap="sm">
          <Button variant="default" onClick={onClose}>
            Cancel
          </Button>
          <Button
            type="submit"
            loading={send.isPending}
            disabled={text.trim() === ''}
            data-testid="message-send"
          >
            Send
          </Button>
        </Group>
      </form>
    </Dialog>
  );
}
