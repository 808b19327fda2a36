import type { TaskKind } from '@orangery/contract';
import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { type Change, deleteVersion, retryVersion } from '../images/versions.ts';
import { maintainNow, stopMaintenance } from '../maintenance/service.ts';
import { retryRollout, rollBack } from '../pools/rollout.ts';
import { askForDedupe } from '../storage/store.ts';
import type { Task } from './store.ts';

type Act = (context: Context, task: Task, who: string) => Promise<Change>;

const refused = (reason: string): Change => ({ kind: 'refused', reason });
const DONE: Change = { kind: 'done' };
const MISSING: Change = { kind: 'missing' };

/** How each kind ends before it is done, by what its own page does. */
const STOPS: Readonly<Record<TaskKind, Act>> = {
  image: (context, { id }) => deleteVersion(context, id),
  template: () => Promise.resolve(refused('A template is made for as long as its image is used.')),
  rollout: (context, { subjectId }) => rollBack(context, subjectId),
  async maintenance(context, { subjectId }, who) {
    return (await stopMaintenance(context, subjectId, who)) === undefined ? MISSING : DONE;
  },
  async dedupe({ db }, { id }, who) {
    const stopped = await db
      .updateTable('storage_dedupe_run')
      .set({ stopped_by: sql`coalesce(stopped_by, ${who})` })
      .where('id', '=', id)
      .where('ended_at', 'is', null)
      .returning('id')
      .executeTakeFirst();
    return stopped === undefined ? MISSING : DONE;
  },
};

/** How each kind is tried again. */
const RETRIES: Readonly<Record<TaskKind, Act>> = {
  image: (context, { id }) => retryVersion(context, id),
  template: ({ db }, { id }) =>
    db.transaction().execute(async (trx) => {
      const again = await trx
        .updateTable('template')
        .set({ attempts: 0, retry_at: null })
        .where('id', '=', id)
        .where('desired', '=', 'ready')
        .where('phase', '=', 'failed')
        .returning('id')
        .executeTakeFirst();
      if (again === undefined) return MISSING;
      await sql`select pg_notify('orangery_nudge', ${`templates:${id}`})`.execute(trx);
      return DONE;
    }),
  rollout: (context, { subjectId }) => retryRollout(context, subjectId),
  async maintenance(context, { subjectId }, who) {
    const asked = await maintainNow(context, subjectId, who);
    return asked.kind === 'asked' ? DONE : asked;
  },
  async dedupe(context, { subjectId }) {
    const asked = await askForDedupe(context, subjectId);
    if (asked.kind === 'cannot') return refused(asked.obstacle);
    await sql`select pg_notify('orangery_nudge', ${`storage:${subjectId}`})`.execute(context.db);
    return asked.kind === 'missing' ? MISSING : DONE;
  },
};

/** Stops what waits or runs, in the name of who wants it. */
export const stopTask: Act = (context, task, who) =>
  task.stop
    ? STOPS[task.kind](context, task, who)
    : Promise.resolve(refused(`${task.what} of ${task.title} is ${task.state}: there is nothing to stop.`));

/** Tries again what failed or was stopped. */
export const retryTask: Act = (context, task, who) =>
  task.again
    ? RETRIES[task.kind](context, task, who)
    : Promise.resolve(refused(`${task.what} of ${task.title} is ${task.state}: it is not tried again.`));
