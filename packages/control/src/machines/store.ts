import {
  can,
  type machineDetailSchema,
  type machineFilter,
  machinePhases,
  type machineSchema,
} from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { byId, byText, byTime, type Page, readPage, type SortKey } from '../paging/page.ts';
import { containing, hostsCalled, peopleCalled, poolsCalled } from '../people/search.ts';
import { iso } from '../rows.ts';

export type Machine = z.infer<typeof machineSchema>;

type Filter = z.infer<typeof machineFilter>;

const SORTS: Readonly<Record<Filter['sort'], SortKey>> = {
  created: byTime(sql.ref('machine.created_at')),
  name: byText(sql.ref('machine.name')),
  pool: byText(sql.ref('pool.name')),
  host: byText(sql.ref('host.name')),
  person: byText(sql`coalesce(principal.name, owner.name, '')`),
  state: byText(sql.ref('machine.phase')),
  since: byTime(sql.ref('machine.phase_since')),
};
/** A page of a tenant's. */
export async function listMachines(
  context: Context,
  tenantId: string,
  { limit, cursor, ...filter }: Filter,
): Promise<Page<Machine>> {
  const { search = '', sort, order } = filter;
  let machines = query(context).where('machine.tenant_id', '=', tenantId);
  if (search !== '') {
    const phases = machinePhases.filter((phase) => phase.includes(search.toLowerCase()));
    // Names are looked for where there are few of them, not in each machine's row.
    machines = machines.where(
      sql<boolean>`(machine.name ilike ${containing(search)} or machine.phase = any(${phases})
        or machine.pool_id = any(${poolsCalled(tenantId, search)}) or machine.host_id = any(${hostsCalled(search)})
        or machine.principal_id = any(${peopleCalled(tenantId, search)})
        or machine.id = any(array(select used.machine_id from session used
          where used.ended_at is null and used.principal_id = any(${peopleCalled(tenantId, search)}))))`,
    );
  }
  const keys = [SORTS[sort], byId('machine.id')];
  const question = ['machines', tenantId, filter];
  return readPage(context, machines, { question, keys, order, limit, cursor }, toMachine);
}

export async function findMachine(context: Context, id: string): Promise<Machine | undefined> {
  const row = await query(context).where('machine.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toMachine(row);
}

type MachineDetail = z.infer<typeof machineDetailSchema>;

/** One machine, with what it is made of. */
export async function showMachine(context: Context, id: string): Promise<MachineDetail | undefined> {
  const row = await query(context)
    .leftJoin('template', 'template.id', 'machine.template_id')
    .leftJoin('image_version as version', 'version.id', 'machine.image_version_id')
    .innerJoin('image', 'image.id', 'pool.image_id')
    .select([
      'machine.pool_id',
      'machine.host_id',
      'machine.mac_address',
      'pool.title as poolTitle',
      'image.title as image',
      'version.version',
      'session.id as sessionId',
      'session.phase as sessionPhase',
      'session.principal_id as sessionPersonId',
      'session.phase_since as sessionSince',
      sql<number>`coalesce(template.cpus, pool.cpus)`.as('cpus'),
      sql<number>`coalesce(template.memory_mib, pool.memory_mib)`.as('memoryMib'),
    ])
    .where('machine.id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return undefined;
  const { sessionId, sessionPhase, sessionPersonId, sessionSince, poolTitle, cpus, memoryMib } = row;
  const session =
    sessionId === null || sessionPhase === null || sessionPersonId === null || sessionSince === null
      ? null
      : { id: sessionId, phase: sessionPhase, personId: sessionPersonId, since: iso(sessionSince) };
  return {
    ...toMachine(row),
    poolId: row.pool_id,
    poolTitle,
    hostId: row.host_id,
    cpus,
    memoryMib,
    image: row.image,
    version: row.version,
    macAddress: row.mac_address,
    session,
  };
}

function query({ db }: Context) {
  return db
    .selectFrom('machine')
    .innerJoin('pool', 'pool.id', 'machine.pool_id')
    .innerJoin('host', 'host.id', 'machine.host_id')
    .leftJoin('session', (join) =>
      join.onRef('session.machine_id', '=', 'machine.id').on('session.ended_at', 'is', null),
    )
    .leftJoin('principal', 'principal.id', 'session.principal_id')
    .leftJoin('principal as owner', 'owner.id', 'machine.principal_id')
    .select([
      'machine.id',
      'machine.name',
      'machine.phase',
      'machine.reason',
      'machine.created_at',
      'machine.phase_since',
      'pool.name as pool',
      'host.name as host',
      'principal.name as person',
      'owner.name as owner',
    ]);
}

function toMachine(row: Awaited<ReturnType<ReturnType<typeof query>['executeTakeFirstOrThrow']>>): Machine {
  return {
    id: row.id,
    name: row.name,
    pool: row.pool,
    host: row.host,
    phase: row.phase,
    reason: row.reason,
    person: row.person,
    owner: row.owner,
    createdAt: iso(row.created_at),
    since: iso(row.phase_since),
  };
}

/** Marks a machine to be thrown away; says why not when its phase forbids it. */
export async function deleteMachine(
  { db }: Context,
  id: string,
): Promise<{ kind: 'deleted' } | { kind: 'missing' } | { kind: 'refused'; reason: string }> {
  return db.transaction().execute(async (trx) => {
    const row = await trx
      .selectFrom('machine')
      .select(['phase', 'pool_id'])
      .where('id', '=', id)
      .forUpdate()
      .executeTakeFirst();
    if (row === undefined) return { kind: 'missing' };
    const verdict = can.deleteMachine(row.phase);
    if (!verdict.allowed) return { kind: 'refused', reason: verdict.reason };
    await trx.updateTable('machine').set({ desired: 'absent' }).where('id', '=', id).execute();
    // Its pool has one less from now on, and need not wait for its period to see it.
    await sql`select pg_notify('orangery_nudge', ${`pools:${row.pool_id}`})`.execute(trx);
    return { kind: 'deleted' };
  });
}
