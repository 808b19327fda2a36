import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api, type Pool } from '../../../api/client.ts';
import { Confirm } from '../../../components/Confirm.tsx';

/** Deletes a pool that nobody uses; else the server says who does. */
export function DeletePool({ pool, onClose }: { pool: Pool; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const remove = useMutation({
    ...api.pools.delete.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      // The page first: it would say that there is no such pool.
      await navigate({ to: '/admin/pools' });
      await queries.invalidateQueries({ queryKey: api.pools.key() });
      notifications.show({ message: `${pool.title} is deleted. Its machines are taken away.` });
    },
  });
  return (
    <Confirm
      opened
      title={`Delete ${pool.title}?`}
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ id: pool.id })}
      onClose={onClose}
    >
      The pool and its machines go, and its tile from people’s pages. Its image stays
      {pool.kind === 'pooled' ? ', and so do the disks with people’s files' : ''}.
    </Confirm>
  );
}
