import type { Right } from '@orangery/contract';
import { notifications } from '@mantine/notifications';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api } from '../../../api/client.ts';
import { MayButton } from '../../../components/MayButton.tsx';

/** Tries a task again that failed. */
export function RetryTask({ id, right, name }: { id: string; right: Right; name: string }): ReactElement {
  const queries = useQueryClient();
  const retry = useMutation({
    ...api.tasks.retry.mutationOptions(),
    async onSuccess({ what, title }) {
      notifications.show({ message: `${what} of ${title} is tried again.` });
      await Promise.all(
        [api.tasks.key(), api.overview.key()].map((queryKey) => queries.invalidateQueries({ queryKey })),
      );
    },
  });
  return (
    <MayButton
      right={right}
      size="xs"
      variant="default"
      loading={retry.isPending}
      onClick={() => retry.mutate({ id })}
      aria-label={`Try again: ${name}`}
      data-testid="task-retry"
    >
      Try again
    </MayButton>
  );
}
