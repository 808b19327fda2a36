import type { Database } from '@orangery/database';
import type { TestHost } from '@orangery/lab';
import { constants } from '@orangery/libvirt';
import { sql } from 'kysely';

/**
 * Writes down who had which machine, and when each machine was ready, by triggers of its own beside the product's
 * tables: rows of machines go when the machines do.
 */
export async function installWitness(db: Database): Promise<void> {
  const statements = [
    'create schema witness',
    'create table witness.had (session_id uuid, principal_id uuid, machine_id uuid, at timestamptz default clock_timestamp())',
    'create table witness.ready (machine_id uuid primary key, at timestamptz default clock_timestamp())',
    `create function witness.note_session() returns trigger language plpgsql as $$
      begin
        insert into witness.had (session_id, principal_id, machine_id) values (new.id, new.principal_id, new.machine_id);
        return null;
      end $$`,
    `create function witness.note_machine() returns trigger language plpgsql as $$
      begin
        insert into witness.ready (machine_id) values (new.id) on conflict do nothing;
        return null;
      end $$`,
    `create trigger witness_new after insert on session for each row when (new.machine_id is not null)
      execute function witness.note_session()`,
    `create trigger witness after update of machine_id on session for each row
      when (new.machine_id is not null and new.machine_id is distinct from old.machine_id)
      execute function witness.note_session()`,
    `create trigger witness after update of phase on machine for each row when (new.phase = 'ready')
      execute function witness.note_machine()`,
  ];
  for (const statement of statements) await sql.raw(statement).execute(db);
}

/** Milliseconds from the click to the ready machine, of each session that got one. */
export async function readyTimes(db: Database): Promise<number[]> {
  const { rows } = await sql<{ ms: number }>`
    select greatest(0, extract(epoch from greatest(min(had.at), min(ready.at)) - min(session.created_at)) * 1000)::float8 as ms
    from witness.had join witness.ready using (machine_id) join session on session.id = had.session_id
    group by session.id`.execute(db);
  return rows.map(({ ms }) => ms);
}

/** What broke the one promise: never two machines for one person, never one machine for two. Empty: nothing. */
export async function brokenPromises(db: Database): Promise<string[]> {
  const shared = await sql<{ id: string; people: number }>`
    select machine_id as id, count(distinct principal_id) as people from witness.had
    group by machine_id having count(distinct principal_id) > 1`.execute(db);
  // From the usage events, which nobody can change: starts less ends of each person in each pool, at each moment.
  const twice = await sql<{ person: string; most: number }>`
    select person::text, max(running) as most from (
      select started.principal_id as person, started.amount->>'poolId' as pool,
        sum(case event.kind when 'session.started' then 1 else -1 end)
          over (partition by started.principal_id, started.amount->>'poolId' order by event.id) as running
      from usage_event event
        join usage_event started on started.subject_id = event.subject_id and started.kind = 'session.started'
      where event.kind in ('session.started', 'session.ended')) counted
    group by person, pool having max(running) > 1`.execute(db);
  const live = await sql<{ id: string }>`
    select machine_id as id from session where ended_at is null and machine_id is not null
    group by machine_id having count(*) > 1`.execute(db);
  return [
    ...shared.rows.map(({ id, people }) => `machine ${id} was ${people} people's`),
    ...twice.rows.map(({ person, most }) => `person ${person} had ${most} sessions of one pool`),
    ...live.rows.map(({ id }) => `machine ${id} has two sessions`),
  ];
}

/** Where rows and hosts differ: machines that nobody knows of, and rows of machines that are not there. */
export async function differences(db: Database, hosts: readonly TestHost[]): Promise<string[]> {
  const rows = await db
    .selectFrom('machine')
    .innerJoin('host', 'host.id', 'machine.host_id')
    .select(['machine.id', 'machine.phase', 'host.name as host', 'machine.taken_at'])
    .execute();
  const found: string[] = [];
  for (const host of hosts) {
    const there = await namesOn(host);
    const known = rows.filter((row) => row.host === host.name);
    const ids = new Set(known.map(({ id }) => id));
    for (const [id, name] of there) if (!ids.has(id)) found.push(`${name} on ${host.name} has no row`);
    for (const { id, phase } of known) {
      if (phase !== 'ready') found.push(`machine ${id} is ${phase}`);
      else if (!there.has(id)) found.push(`machine ${id} is ready, and not on ${host.name}`);
    }
  }
  const idle = await sql<{ id: string }>`
    select machine.id from machine left join session on session.machine_id = machine.id and session.ended_at is null
    where machine.taken_at is not null and session.id is null`.execute(db);
  found.push(...idle.rows.map(({ id }) => `machine ${id} is taken by nobody`));
  return found;
}

/** Machines of a host, past the server; without templates and the one that the test driver brings along. */
async function namesOn(host: TestHost): Promise<Map<string, string>> {
  const { retStats } = await host.anchor.call('connectGetAllDomainStats', {
    doms: [],
    stats: constants.domainStats.state,
    flags: 0,
  });
  const ours = retStats.filter(({ dom }) => dom.name !== 'test' && !dom.name.startsWith('template-'));
  return new Map(ours.map(({ dom }) => [dom.uuid, dom.name]));
}
