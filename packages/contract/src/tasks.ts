import { z } from 'zod';
import { apiErrors } from './errors.ts';
import { missing, withRight } from './operation.ts';
import { pageInput, pageOf, sortInput } from './pages.ts';
import { idInput, progressSchema } from './schemas.ts';
import { sorts } from './sorts.ts';
import { taskKinds } from './task-kinds.ts';

const at = z.iso.datetime({ offset: true });

/** stopped: it ended before it was done, as somebody wanted it, or as something newer took its place. */
export const taskStates = ['waiting', 'running', 'failed', 'stopped', 'done'] as const;

export const taskSchema = z.object({
  id: z.uuid(),
  kind: z.enum(taskKinds),
  /** What is done, in a word. */
  what: z.string(),
  /** What it is done to. */
  title: z.string(),
  state: z.enum(taskStates),
  /** Where it is, in the words of its kind. */
  phase: z.string(),
  progress: progressSchema.nullable(),
  /** What it waits for, or why it ended so. */
  reason: z.string().nullable(),
  beganAt: at,
  endedAt: at.nullable(),
  /** The image, pool, machine or host that it is about. */
  subjectId: z.uuid(),
  /** Whether it can be tried again now, or stopped, by who has the right of its kind. */
  again: z.boolean(),
  stop: z.boolean(),
  /** Of the installation, as what no tenant has. */
  shared: z.boolean(),
});

/** What happened to something at a moment. */
export const historySchema = z.object({
  at,
  what: z.string(),
  /** Why, or what was said of it. */
  reason: z.string().nullable(),
  /** Who did it, where somebody did. */
  who: z.string().nullable(),
});

export const taskFilter = pageInput.extend(sortInput(sorts.tasks, 'desc').shape).extend({
  state: z
    .enum([...taskStates, 'open'])
    .optional()
    .describe('open: those that wait, run or failed'),
  search: z
    .string()
    .trim()
    .max(100)
    .optional()
    .describe('In what is done, what it is done to, or the reason'),
});

/** All that takes long: images, templates, roll-outs, maintenance, deduplication. */
export const tasks = {
  list: withRight
    .route({
      method: 'GET',
      path: '/tasks',
      summary: 'What takes long, the newest first',
      description: 'Of each kind that the caller may see. Maintenance that ended is listed for two weeks.',
    })
    .input(taskFilter)
    .output(pageOf(taskSchema)),
  show: withRight
    .route({ method: 'GET', path: '/tasks/{id}', summary: 'One task, with its log' })
    .errors(missing)
    .input(idInput)
    .output(z.object({ task: taskSchema, log: z.array(historySchema) })),
  cancel: withRight
    .route({
      method: 'POST',
      path: '/tasks/{id}/cancel',
      summary: 'Stops a task',
      description:
        'An image that is built or imported is thrown away; of a roll-out the pool goes back to the version from before. CONFLICT tells why one cannot be stopped.',
    })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(idInput)
    .output(taskSchema),
  retry: withRight
    .route({
      method: 'POST',
      path: '/tasks/{id}/retry',
      summary: 'Tries again what failed or was stopped',
      description: 'Answers the task as it is then; maintenance and deduplication begin a new one.',
    })
    .errors({ ...missing, CONFLICT: apiErrors.CONFLICT })
    .input(idInput)
    .output(taskSchema),
};
