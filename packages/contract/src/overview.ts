import { z } from 'zod';
import { person } from './operation.ts';
import { taskKinds } from './task-kinds.ts';

/** bad: somebody has to do something. warn: it will be bad if nobody does. busy: it is on its way by itself. */
export const verdicts = ['good', 'busy', 'warn', 'bad'] as const;

/** Where a finding is looked at, and mended. `id` is of what the page is about. */
export const placeSchema = z.object({
  page: z.enum(['hosts', 'storage', 'images', 'pools', 'machines', 'sessions', 'mail', 'tasks', 'users']),
  id: z.uuid().nullable(),
});

export const findingSchema = z.object({
  verdict: z.enum(verdicts),
  /** What is so, with its reason. */
  what: z.string(),
  /** What to do; null where nothing is to be done, or the place says it. */
  fix: z.string().nullable(),
  place: placeSchema.nullable(),
  /** The task that failed and can be tried again (`tasks.retry`), of this kind. */
  retry: z.object({ id: z.uuid(), kind: z.enum(taskKinds) }).nullable(),
});

export const checkSchema = z.object({
  name: z.string(),
  /** The gravest of its findings. */
  verdict: z.enum(verdicts),
  /** The whole in a line. */
  says: z.string(),
  /** The gravest first; at most 20. */
  findings: z.array(findingSchema),
  /** How many findings are left out. */
  more: z.number().int(),
  place: placeSchema.nullable(),
});

export const overviewSchema = z.object({ verdict: z.enum(verdicts), checks: z.array(checkSchema) });

export const overview = {
  show: person
    .route({
      method: 'GET',
      path: '/overview',
      summary: 'Whether everything is all right, and if not, what to do',
      description: 'Of what the caller may see in this tenant; nothing is there for who has no role.',
    })
    .output(overviewSchema),
};
