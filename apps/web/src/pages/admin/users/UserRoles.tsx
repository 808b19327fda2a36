import { Alert, Button, Group } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { type ReactElement, useState } from 'react';
import { api, type User } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { Dialog } from '../../../components/Dialog.tsx';
import { RolesField } from './RolesField.tsx';

/** Changes the roles of a person; they count from that person's next click on. */
export function UserRoles({ user, onClose }: { user: User; onClose: () => void }): ReactElement {
  const [roles, setRoles] = useState(user.roles);
  const queries = useQueryClient();
  const save = useMutation({
    ...api.users.setRoles.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      // Who changes their own sees other pages from now on.
      await queries.invalidateQueries({ queryKey: api.users.key() });
      await queries.invalidateQueries({ queryKey: api.me.key() });
      onClose();
    },
  });
  return (
    <Dialog opened onClose={onClose} title={`Roles of ${user.name}`}>
      {save.error !== null && (
        <Alert color="red" variant="light" role="alert" mb="md">
          {messageOf(save.error)}
        </Alert>
      )}
      <RolesField value={roles} onChange={setRoles} />
      <Group justify="flex-end" mt="xl" gap="sm">
        <Button variant="default" onClick={onClose}>
          Cancel
        </Button>
        <Button
          loading={save.isPending}
          onClick={() => save.mutate({ id: user.id, roles })}
          data-testid="roles-save"
        >
          Save
        </Button>
      </Group>
    </Dialog>
  );
}
