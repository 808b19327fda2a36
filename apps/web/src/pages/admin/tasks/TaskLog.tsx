import { Alert, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../../../api/client.ts';
import { messageOf } from '../../../api/errors.ts';
import { pollMs } from '../../../api/polling.ts';
import { Dialog } from '../../../components/Dialog.tsx';
import { History } from '../../../components/History.tsx';
import { ProgressLine } from '../../../components/ProgressLine.tsx';

/** What a task has done until now. */
export function TaskLog({ id, onClose }: { id: string; onClose: () => void }): ReactElement {
  const { data, error } = useQuery(
    api.tasks.show.queryOptions({
      input: { id },
      refetchInterval: ({ state }) => pollMs(state.data?.task.state === 'running'),
    }),
  );
  return (
    <Dialog
      opened
      onClose={onClose}
      title={data === undefined ? 'Log' : `${data.task.what}: ${data.task.title}`}
    >
      {error !== null && (
        <Alert color="red" variant="light" role="alert">
          {messageOf(error)}
        </Alert>
      )}
      {data === undefined && error === null && <Skeleton height={160} radius="md" aria-hidden="true" />}
      {data !== undefined && (
        <>
          {data.task.progress !== null && <ProgressLine progress={data.task.progress} />}
          <History
            lines={data.log}
            label="Log"
            empty="Nothing of it was kept: it was longer than a month ago."
          />
          <Text size="xs" c="dimmed" mt="md">
            Lines are kept for a month.
          </Text>
        </>
      )}
    </Dialog>
  );
}
