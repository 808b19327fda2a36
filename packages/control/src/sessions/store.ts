import type { sessionFilter, sessionSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { draftState } from '../drafts/service.ts';
import { byId, byText, byTime, type Page, readPage, type SortKey } from '../paging/page.ts';
import { containing } from '../people/search.ts';
import { iso, isoOrNull } from '../rows.ts';
import { originOf } from './viewers.ts';

export type Session = z.infer<typeof sessionSchema>;

/** Whose sessions may be seen: one person's, or all of a tenant. */
export type SessionScope = { principalId: string } | { tenantId: string };

function query({ db }: Context, scope: SessionScope) {
  const sessions = db
    .selectFrom('session')
    .innerJoin('pool', 'pool.id', 'session.pool_id')
    .innerJoin('principal', 'principal.id', 'session.principal_id')
    .leftJoin('machine', 'machine.id', 'session.machine_id')
    .selectAll('session')
    .select(['pool.title', 'pool.kind', 'principal.name as person', 'machine.name as machineName'])
    .select([
      sql<string[]>`coalesce((select json_agg(title) from (
        select p.title from session_program p where p.session_id = session.id and p.reason is null
        group by p.title order by min(p.created_at)) as opened), '[]')`.as('programs'),
    ]);
  return 'tenantId' in scope
    ? sessions.where('session.tenant_id', '=', scope.tenantId)
    : sessions.where('session.principal_id', '=', scope.principalId);
}

type Row = Awaited<ReturnType<ReturnType<typeof query>['executeTakeFirstOrThrow']>>;

function toSession(row: Row): Session {
  return {
    id: row.id,
    poolId: row.pool_id,
    title: row.mode === 'application' ? (row.programs[0] ?? row.title) : row.title,
    mode: row.mode,
    programs: row.programs,
    person: row.person,
    machine:
      row.machine_id === null || row.machineName === null
        ? null
        : { id: row.machine_id, name: row.machineName },
    own: row.kind === 'persistent',
    profile: row.profile === 'disk',
    phase: row.phase,
    reason: row.end_reason ?? row.reason,
    createdAt: iso(row.created_at),
    connectedAt: isoOrNull(row.connected_at),
    endedAt: isoOrNull(row.ended_at),
    viewer: viewerOf(row),
  };
}

/** The latest viewer of a session's row. */
export function viewerOf(row: { viewer: unknown; viewer_since: Date | null }): Session['viewer'] {
  const origin = originOf(row.viewer);
  return origin === undefined || row.viewer_since === null
    ? null
    : { ...origin, since: iso(row.viewer_since) };
}

type Filter = z.infer<typeof sessionFilter>;

const SORTS: Readonly<Record<Filter['sort'], SortKey>> = {
  created: byTime(sql.ref('session.created_at')),
  person: byText(sql.ref('principal.name')),
  desktop: byText(sql.ref('pool.title')),
  machine: byText(sql`coalesce(machine.name, '')`),
  state: byText(sql.ref('session.phase')),
};

export async function listSessions(
  context: Context,
  scope: SessionScope,
  { limit, cursor, ...filter }: Filter,
): Promise<Page<Session>> {
  const { search = '', sort, order, ended = false } = filter;
  let sessions = query(context, scope).where('session.ended_at', ended ? 'is not' : 'is', null);
  if (search !== '') {
    const pattern = containing(search);
    sessions = sessions.where((eb) =>
      eb.or(
        (['principal.name', 'pool.title', 'machine.name', 'session.phase'] as const).map((column) =>
          eb(column, 'ilike', pattern),
        ),
      ),
    );
  }
  const keys = [SORTS[sort], byId('session.id')];
  const question = ['sessions', scope, filter];
  return readPage(context, sessions, { question, keys, order, limit, cursor }, toSession);
}

/** How many of a person's sessions that ended are worth a look. */
const ENDED_MAX = 10;

/** A person's sessions in a tenant: those that live, and the last ones that ended. */
export async function sessionsOf(
  context: Context,
  { tenantId, personId }: { tenantId: string; personId: string },
): Promise<Session[]> {
  const of = query(context, { tenantId }).where('session.principal_id', '=', personId);
  const live = await of.where('session.ended_at', 'is', null).orderBy('session.created_at', 'desc').execute();
  const ended = await of
    .where('session.ended_at', 'is not', null)
    .orderBy('session.ended_at', 'desc')
    .limit(ENDED_MAX)
    .execute();
  return [...live, ...ended].map(toSession);
}

export async function findSession(
  context: Context,
  scope: SessionScope,
  id: string,
): Promise<Session | undefined> {
  const row = await query(context, scope).where('session.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toSession(row);
}

/** Whether the session's machine can be shown now, and if not, why not yet. */
export async function connectability(
  context: Context,
  id: string,
): Promise<
  | { kind: 'ready'; machine: string }
  | { kind: 'waiting'; reason: string; machineId?: string }
  | { kind: 'conflict'; other: { sessionId: string; title: string } }
  | { kind: 'ended'; reason: string }
> {
  // Everybody who waits asks this at each step of their machine: it takes no more than it needs.
  const row = await context.db
    .selectFrom('session')
    .innerJoin('pool', 'pool.id', 'session.pool_id')
    .leftJoin('machine', 'machine.id', 'session.machine_id')
    .select([
      'session.ended_at',
      'session.end_reason',
      'session.machine_id',
      'session.reason',
      'session.principal_id',
      'session.profile',
      'session.mode',
      'pool.title',
      'pool.kind',
      'machine.name as machineName',
      'machine.reason as machineReason',
      'machine.painted_at',
      'machine.adopted_at',
      'machine.arranged',
    ])
    .where('session.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return (await draftState(context, id)) ?? { kind: 'ended', reason: 'it has ended' };
  if (row.ended_at !== null) {
    return { kind: 'ended', reason: row.end_reason ?? 'the session has ended' };
  }
  if (row.machineName === null || row.machine_id === null) return { kind: 'waiting', reason: row.reason };
  const { machine_id: machineId } = row;
  if (row.painted_at === null) {
    const does = row.kind === 'persistent' ? 'is being started' : 'is being made';
    return { kind: 'waiting', reason: row.machineReason ?? `${row.machineName} ${does}`, machineId };
  }
  if (row.profile === 'conflict') {
    const other = await profileHolder(context, row.principal_id);
    return other === undefined
      ? { kind: 'waiting', reason: 'your files come free', machineId }
      : { kind: 'conflict', other };
  }
  if (row.profile === 'disk' && row.adopted_at === null) {
    return { kind: 'waiting', reason: row.machineReason ?? 'your files are being brought to it', machineId };
  }
  // What is around programs is hidden before anybody sees it.
  if (row.mode === 'application' && row.arranged !== row.mode) {
    const reason =
      row.machineReason ?? `${(await programStarting(context, id)) ?? row.title} is being started`;
    return { kind: 'waiting', reason, machineId };
  }
  return { kind: 'ready', machine: row.machineName };
}

async function programStarting({ db }: Context, sessionId: string): Promise<string | undefined> {
  const row = await db
    .selectFrom('session_program')
    .select('title')
    .where('session_id', '=', sessionId)
    .where('started_at', 'is', null)
    .where('reason', 'is', null)
    .orderBy('created_at')
    .limit(1)
    .executeTakeFirst();
  return row?.title;
}

/** The live session of this person that has their profile disk. */
export async function profileHolder(
  { db }: Context,
  principalId: string,
): Promise<{ sessionId: string; title: string } | undefined> {
  return db
    .selectFrom('profile_disk')
    .innerJoin('session', 'session.machine_id', 'profile_disk.machine_id')
    .innerJoin('pool', 'pool.id', 'session.pool_id')
    .select(['session.id as sessionId', 'pool.title'])
    .where('profile_disk.principal_id', '=', principalId)
    .where('session.ended_at', 'is', null)
    .executeTakeFirst();
}
