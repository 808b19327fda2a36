import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type User } from '../../../api/client.ts';
import { Confirm } from '../../../components/Confirm.tsx';

export function DeleteUser({ user, onClose }: { user: User; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
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
      onConfirm={() => remove.mutate({ id: user.id })}
      onClose={onClose}
    >
      They sign in no more, and what was given to them is taken back. The audit log keeps what they did.
    </Confirm>
  );
}
