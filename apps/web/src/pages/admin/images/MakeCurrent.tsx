import { Text } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Image, type Pool } from '../../../api/client.ts';
import { Confirm } from '../../../components/Confirm.tsx';
import { named, type Version } from './versions.ts';

/** Makes a version the one that pools follow, forwards or back; says first what happens. */
export function MakeCurrent({
  image,
  version,
  pools,
  onClose,
}: {
  image: Image;
  version: Version;
  pools: readonly Pool[];
  onClose: () => void;
}): ReactElement {
  const queries = useQueryClient();
  const make = useMutation({
    ...api.images.makeCurrent.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.images.key() });
      notifications.show({
        title: `Version ${version.version} of ${image.title} is current`,
        message: 'Its template is made first; then machines follow.',
      });
      onClose();
    },
  });
  const following = pools.filter(({ imageVersionId }) => imageVersionId === null);
  const kept = pools.filter(({ imageVersionId }) => imageVersionId !== null);
  const own = following.some(({ kind }) => kind === 'persistent');
  return (
    <Confirm
      opened
      title={`Make version ${version.version} of ${image.title} current?`}
      action="Make it current"
      loses={false}
      busy={make.isPending}
      error={make.error}
      onConfirm={() => make.mutate({ id: version.id })}
      onClose={onClose}
    >
      <Text inherit>
        {following.length === 0
          ? 'No pool follows this image now: nothing changes for anybody.'
          : `${named(following)} will make machines from it: one first, then a quarter, then all; if new ones fail, it stops by itself. Nobody is interrupted: each machine is replaced when its person logs off, those that wait as soon as new ones are ready.`}
      </Text>
      {own && (
        <Text inherit mt="xs">
          Machines of people’s own stay on the version they were made from.
        </Text>
      )}
      {kept.length > 0 && (
        <Text inherit mt="xs">
          {named(kept)} {kept.length === 1 ? 'is' : 'are'} kept on a version and{' '}
          {kept.length === 1 ? 'stays' : 'stay'} there.
        </Text>
      )}
      <Text inherit mt="xs">
        You can go back the same way, as long as the version from before is not deleted.
      </Text>
    </Confirm>
  );
}
