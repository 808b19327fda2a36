import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Image } from '../../../api/client.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import type { Version } from './versions.ts';

/** Deletes a version that nothing uses; else the server says who does. */
export function DeleteVersion({
  image,
  version,
  onClose,
}: {
  image: Image;
  version: Version;
  onClose: () => void;
}): ReactElement {
  const queries = useQueryClient();
  const remove = useMutation({
    ...api.images.deleteVersion.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.images.key() });
      notifications.show({ message: `Version ${version.version} of ${image.title} is deleted.` });
      onClose();
    },
  });
  return (
    <Confirm
      opened
      title={`Delete version ${version.version} of ${image.title}?`}
      action="Delete"
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate({ id: version.id })}
      onClose={onClose}
    >
      Its disk and its templates are deleted, and nobody can go back to it. It is refused while a pool is kept
      on it or a machine stands on it.
    </Confirm>
  );
}
