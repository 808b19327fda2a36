import { Anchor } from '@mantine/core';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link, useNavigate } from '@tanstack/react-router';
import type { ReactElement } from 'react';
import { api } from '../../../api/client.ts';
import { PageHead } from '../PageHead.tsx';
import { DirectoryForm } from './DirectoryForm.tsx';

/** A directory that is not there yet. */
export function NewDirectoryPage(): ReactElement {
  const queries = useQueryClient();
  const navigate = useNavigate();
  const create = useMutation({
    ...api.directories.create.mutationOptions(),
    meta: { inline: true },
    async onSuccess({ id }) {
      await queries.invalidateQueries({ queryKey: api.directories.key() });
      await navigate({ to: '/admin/directories/$directoryId', params: { directoryId: id } });
    },
  });
  return (
    <>
      <Anchor component={Link} to="/admin/directories" size="sm">
        All directories
      </Anchor>
      <PageHead title="Add a directory">
        Try it below before you add it: it tells step by step what it finds.
      </PageHead>
      <DirectoryForm busy={create.isPending} error={create.error} onSave={(input) => create.mutate(input)} />
    </>
  );
}
