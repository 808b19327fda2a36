import { taskRights } from '@orangery/contract';
import { findTask, listTasks, logOf, retryTask, stopTask, type Task } from '@orangery/control';
import { api, audit, byRight, mayAlso, nameOf } from './base.ts';
import type { ApiContext } from './context.ts';

type Errors = {
  NOT_FOUND: () => Error;
  FORBIDDEN: (options: { message: string }) => Error;
  CONFLICT: (options: { message: string }) => Error;
};

/** Does it with a task that the caller sees, where they have the right of its kind. */
async function change(
  context: ApiContext,
  id: string,
  errors: Errors,
  verb: 'cancel' | 'retry',
  act: typeof stopTask,
): Promise<Task> {
  const task = await findTask(context.control, context.scope, id);
  if (task === undefined) throw errors.NOT_FOUND();
  const { change: right } = taskRights[task.kind];
  const action = `task.${verb}`;
  const subject = { kind: task.kind, id };
  if (!mayAlso(context, right) || (task.shared && !mayAlso(context, 'installation'))) {
    const message = 'Your role shows this task and may not change it';
    await audit(context, action, subject, 'refused', { code: 'FORBIDDEN' }, message);
    throw errors.FORBIDDEN({ message });
  }
  byRight(context, right);
  const changed = await act(context.control, task, nameOf(context));
  if (changed.kind === 'missing') throw errors.NOT_FOUND();
  if (changed.kind === 'refused') throw errors.CONFLICT({ message: changed.reason });
  await audit(context, action, subject, 'done', { what: task.what, title: task.title });
  return (await findTask(context.control, context.scope, id)) ?? task;
}

export const tasks = {
  list: api.tasks.list.handler(({ context, input }) => listTasks(context.control, context.scope, input)),
  show: api.tasks.show.handler(async ({ context, input, errors }) => {
    const task = await findTask(context.control, context.scope, input.id);
    if (task === undefined) throw errors.NOT_FOUND();
    return { task, log: await logOf(context.control, task) };
  }),
  cancel: api.tasks.cancel.handler(({ context, input, errors }) =>
    change(context, input.id, errors, 'cancel', stopTask),
  ),
  retry: api.tasks.retry.handler(({ context, input, errors }) =>
    change(context, input.id, errors, 'retry', retryTask),
  ),
};
