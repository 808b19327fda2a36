import { Alert, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type User } from '../../api/client.ts';
import { messageOf } from '../../api/errors.ts';
import { browserTimeZone } from '../../api/locale.ts';
import { Dialog } from '../../components/Dialog.tsx';
import { UsageCards } from '../portal/UsageSection.tsx';

/** What a person sees on their own page of their files and hours. */
export function UserUsage({ user, onClose }: { user: User; onClose: () => void }): ReactElement {
  const timeZone = browserTimeZone();
  const usage = useQuery(api.users.usage.queryOptions({ input: { id: user.id, timeZone } }));
  return (
    <Dialog opened onClose={onClose} title={`What ${user.name} uses`}>
      <Text size="sm" c="dimmed">
        As they see it on their own page.
      </Text>
      {usage.error !== null && (
        <Alert color="red" variant="light" role="alert" mt="md">
          {messageOf(usage.error)}
        </Alert>
      )}
      {usage.data === undefined ? (
        <Skeleton height={220} mt="lg" radius="lg" aria-hidden="true" />
      ) : (
        <UsageCards usage={usage.data} />
      )}
    </Dialog>
  );
}
