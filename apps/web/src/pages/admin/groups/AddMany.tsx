import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type PersonGroup } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Dialog } from '../../../components/Dialog.tsx';
import { ADDRESSES_MAX, addressesIn } from './addresses.ts';

const people = (count: number): string => `${count} ${count === 1 ? 'person' : 'people'}`;

/** Puts all into a group whose addresses somebody pastes: a class, a department. */
export function AddMany({
  group: { id, name },
  onClose,
}: {
  group: PersonGroup;
  onClose: () => void;
}): ReactElement {
  const [text, setText] = useState('');
  const queries = useQueryClient();
  const add = useMutation({
    ...api.groups.addMembers.mutationOptions(),
    meta: { inline: true },
    onSuccess: () => queries.invalidateQueries({ queryKey: api.groups.key() }),
  });
  const emails = addressesIn(text);
  const tooMany = emails.length > ADDRESSES_MAX;
  return (
    <Dialog opened onClose={onClose} title={`Put many people into ${name}`}>
      <Stack>
        {add.error !== null && (
          <Alert color="red" variant="light" role="alert">
            {messageOf(add.error)}
          </Alert>
        )}
        {add.data === undefined ? (
          <Textarea
            label="E-mail addresses"
            description="Paste a list, from a table or a mail: what is around the addresses does not matter."
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
            autosize
            minRows={6}
            maxRows={14}
            data-autofocus
            data-testid="many-text"
          />
        ) : (
          <div role="status" data-testid="many-done">
            <Text size="sm">
              {people(add.data.added)} joined
              {add.data.already > 0 && `, ${people(add.data.already)} were in it already`}.
            </Text>
            {add.data.unknown.length > 0 && (
              <>
                <Text size="sm" mt="sm">
                  Nobody here has these addresses. People are added under Users, or come from a directory:
                </Text>
                <Text size="sm" component="pre" mt={4} style={{ maxHeight: 200, overflow: 'auto' }}>
                  {add.data.unknown.join('\n')}
                </Text>
              </>
            )}
          </div>
        )}
        <Group justify="space-between">
          <Text size="sm" c="dimmed" role="status">
            {add.data === undefined &&
              (tooMany ? `At most ${ADDRESSES_MAX} at once.` : `${emails.length} addresses found`)}
          </Text>
          {add.data === undefined ? (
            <Group gap="sm">
              <Button variant="default" onClick={onClose}>
                Cancel
              </Button>
              <Button
                disabled={emails.length === 0 || tooMany}
                loading={add.isPending}
                onClick={() => add.mutate({ id, emails })}
                data-testid="many-add"
              >
                Add
              </Button>
            </Group>
          ) : (
            <Button onClick={onClose}>Close</Button>
          )}
        </Group>
      </Stack>
    </Dialog>
  );
}
