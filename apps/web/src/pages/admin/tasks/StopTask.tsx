import { useMutation, useQueryClient } from '@tanstack/react-query';
import type { ReactElement } from 'react';
import { api, type Task } from '../../../api/client.ts';
import { Confirm } from '../../../components/Confirm.tsx';

/** What becomes of it. */
const MEANS: Readonly<Record<Task['kind'], string>> = {
  image: 'The version is thrown away with what there is of it. Nothing else changes.',
  template: '',
  rollout: 'The pool goes back to the version from before. Nobody’s session ends.',
  maintenance: 'What runs in the guest is ended as soon as it hears of it; what is done stays done.',
  dedupe: 'What was found until now stays stored once. Nothing is lost.',
};

export function StopTask({ task, onClose }: { task: Task; onClose: () => void }): ReactElement {
  const queries = useQueryClient();
  const stop = useMutation({
    ...api.tasks.cancel.mutationOptions(),
    meta: { inline: true },
    async onSuccess() {
      await queries.invalidateQueries({ queryKey: api.tasks.key() });
      onClose();
    },
  });
  return (
    <Confirm
      opened
      title={`Stop ${task.what} of ${task.title}?`}
      action="Stop"
      busy={stop.isPending}
      error={stop.error}
      loses={task.kind === 'image'}
      onConfirm={() => stop.mutate({ id: task.id })}
      onClose={onClose}
    >
      {MEANS[task.kind]}
    </Confirm>
  );
}
