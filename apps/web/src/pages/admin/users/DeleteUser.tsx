import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Checkbox } from '@mantine/core';
import { type ReactElement, useState } from 'react';
import { api, type User } from '../../../api/client.ts';
import { Confirm } from '../../../components/Confirm.tsx';

export function DeleteUser({ user, onClose }: { user: User; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const [setFilesAside, setSetFilesAside] = useState(false);
  const remove = useMutation({
    ...api.users.delete.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.users.key() });
      onClose();
    },
  });
  return (
    <Confirm
      opened
      title={`Delete ${user.name}?`}
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ id: user.id, setFilesAside })}
      onClose={onClose}
    >
      They sign in no more, and what was given to them is taken back. The audit log keeps what they did.
      <Checkbox
        mt="md"
        label="Set their files aside, if they have any"
        description="Their disk stays on its host, in quarantine, until an operator deletes it."
        checked={setFilesAside}
        onChange={(event) => setSetFilesAside(event.currentTarget.checked)}
        data-testid="user-delete-files"
      />
    </Confirm>
  );
}
