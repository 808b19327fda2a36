import { type taskFilter, type TaskKind, taskKinds, taskRights, type taskSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { historyOf, type HistoryLine } from '../history/store.ts';
import { maintenanceItems } from '../maintenance/store.ts';
import { byId, byText, byTime, type Page, readPage, type SortKey } from '../paging/page.ts';
import { containing } from '../people/search.ts';
import { iso, isoOrNull, progressOf } from '../rows.ts';
import type { Scope } from '../tenants/scope.ts';

export type Task = z.infer<typeof taskSchema>;
type Filter = z.infer<typeof taskFilter>;
type Seen = Pick<Scope, 'tenantId' | 'rights'>;

const SORTS: Readonly<Record<Filter['sort'], SortKey>> = {
  began: byTime(sql.ref('began_at')),
  title: byText(sql.ref('title')),
  state: byText(sql.ref('state')),
  what: byText(sql.ref('what')),
};

const kindsSeen = ({ rights }: Seen): TaskKind[] =>
  taskKinds.filter((kind) => rights.has(taskRights[kind].look));

/** Of the tenant and the installation, of the kinds that the caller may see. */
function query({ db }: Context, seen: Seen) {
  return db
    .selectFrom('task')
    .selectAll()
    .where('kind', '=', sql<TaskKind>`any(${kindsSeen(seen)})`)
    .where((eb) => eb.or([eb('tenant_id', '=', seen.tenantId), eb('tenant_id', 'is', null)]));
}

export async function listTasks(
  context: Context,
  seen: Seen,
  { limit, cursor, ...filter }: Filter,
): Promise<Page<Task>> {
  const { search = '', sort, order, state } = filter;
  let tasks = query(context, seen);
  if (state === 'open') tasks = tasks.where('state', 'in', ['waiting', 'running', 'failed']);
  else if (state !== undefined) tasks = tasks.where('state', '=', state);
  if (search !== '') {
    const pattern = containing(search);
    tasks = tasks.where((eb) =>
      eb.or((['title', 'what', 'reason'] as const).map((column) => eb(column, 'ilike', pattern))),
    );
  }
  const keys = [SORTS[sort], byId('id')];
  const question = ['tasks', seen.tenantId, kindsSeen(seen), filter];
  return readPage(context, tasks, { question, keys, order, limit, cursor }, toTask);
}

export async function findTask(context: Context, seen: Seen, id: string): Promise<Task | undefined> {
  const row = await query(context, seen).where('id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toTask(row);
}

/** What was done, the latest first: of maintenance what each program in the guest said, of all what they came to. */
export async function logOf(context: Context, { id, kind }: Task): Promise<HistoryLine[]> {
  const lines = await historyOf(context, id);
  if (kind !== 'maintenance') return lines;
  const row = await context.db
    .selectFrom('machine_maintenance')
    .select(['items', 'started_at', 'ended_at'])
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return lines;
  const at = iso(row.ended_at ?? row.started_at ?? new Date(context.clock.now()));
  const items = maintenanceItems(row.items).map(({ name, outcome, seconds, detail }) => ({
    at,
    what: `${name}: ${outcome}`,
    reason: [`${Math.round(seconds)} s`, detail].filter((word) => word !== '').join(', '),
    who: null,
  }));
  return [...items.toReversed(), ...lines];
}

function toTask(row: Awaited<ReturnType<ReturnType<typeof query>['executeTakeFirstOrThrow']>>): Task {
  const { id, kind, what, title, state, phase, reason, again, stop } = row;
  return {
    id,
    kind,
    what,
    title,
    state,
    phase,
    progress: state === 'running' ? progressOf(row.progress) : null,
    reason,
    beganAt: iso(row.began_at),
    endedAt: isoOrNull(row.ended_at),
    subjectId: row.subject_id,
    again,
    stop,
    shared: row.tenant_id === null,
  };
}
