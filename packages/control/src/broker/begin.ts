import type { DB } from '@orangery/database';
import { OrangeryError } from '@orangery/std';
import { type Kysely, sql } from 'kysely';
import { reasonOf } from '../quotas/policy.ts';
import { refusedByQuotas } from './under-quotas.ts';
import type { Locale } from '../machines/profile.ts';

const WAITING = 'All machines of the pool are in use; the next free one is yours.';

/** `mode`: what is shown in a session that is made for it. */
export type Asked = { id: string; tenantId: string; locale: Locale; mode: 'desktop' | 'application' };

export type Begun = {
  sessionId: string;
  /** False: the person's session was there already. */
  made: boolean;
  machineId: string | null;
  profile: 'none' | 'disk' | 'conflict';
};

/**
 * Sessions of a pool for people who ask at the same moment, in the order they asked: of each the one there is, else a new
 * one, on the machine that has been ready for longest where one is free and nobody waits. All of it is one statement, as
 * in the morning everybody comes at once. Who finds no machine has a session that waits. Who is asked for nowhere in the
 * answer lost a race against another server: the session is there on the next look.
 *
 * The unique index on a person's live session decides between servers: whoever loses has taken no machine. Inserts are
 * made in the order of people's ids, so that two servers wait for each other in one direction only. The pool's row is
 * locked as the foreign key would: who deletes it comes wholly before or after.
 * In a tenant that has quotas the statement makes nothing and says so: then those are locked and counted first, and who goes
 * beyond one is answered QUOTA_EXCEEDED with the reason.
 * Throws NOT_FOUND for a pool that is no more, CONFLICT with the reason for one that is closed or while the installation
 * is stopped, to who has no session.
 */
export async function beginSessions(
  db: Kysely<DB>,
  poolId: string,
  people: readonly Asked[],
): Promise<Map<string, Begun | OrangeryError>> {
  const { answers, limited } = await begin(db, poolId, people, false);
  if (!limited) return answers;
  return db.transaction().execute(async (trx) => {
    const refused = await refusedByQuotas(trx, poolId, people);
    const free = people.filter(({ id }) => !refused.has(id));
    const begun = free.length === 0 ? answers : (await begin(trx, poolId, free, true)).answers;
    return new Map(
      people.flatMap(({ id }): [string, Begun | OrangeryError][] => {
        const refusal = refused.get(id);
        const answer =
          refusal === undefined ? begun.get(id) : new OrangeryError('QUOTA_EXCEEDED', reasonOf(refusal));
        return answer === undefined ? [] : [[id, answer]];
      }),
    );
  });
}

/** `counted`: the quotas that the tenant may have have been asked. Else nothing is made in a tenant that has any: `limited`. */
async function begin(
  db: Kysely<DB>,
  poolId: string,
  people: readonly Asked[],
  counted: boolean,
): Promise<{ answers: Map<string, Begun | OrangeryError>; limited: boolean }> {
  const { rows } = await sql<{
    desired: 'present' | 'absent';
    closedReason: string | null;
    /** The installation. */
    running: boolean;
    limited: boolean;
    principalId: string;
    sessionId: string | null;
    machineId: string | null;
    made: boolean;
    profile: Begun['profile'] | null;
  }>`
    with asked as (
      select * from unnest(
        ${people.map(({ id }) => id)}::uuid[], ${people.map(({ tenantId }) => tenantId)}::uuid[],
        ${people.map(({ locale }) => JSON.stringify(locale))}::jsonb[], ${people.map(({ mode }) => mode)}::text[]
      ) with ordinality as a (principal_id, tenant_id, locale, mode, turn)
    ), live as (
      select session.principal_id, id, machine_id, profile from session, asked
      where session.principal_id = asked.principal_id and pool_id = ${poolId} and ended_at is null
    ), wanted as (
      select id, desired, closed_reason, kind, kind = 'pooled' and profile_gib is not null as brings,
        running, limited, desired = 'present' and closed_reason is null and running and not limited as opens
      from pool cross join (select installation.desired = 'running' as running from installation) one
        cross join lateral (select not ${counted}::boolean and exists (
          select from quota where quota.tenant_id = pool.tenant_id) as limited) other
      where id = ${poolId} for key share
    ), fresh as (
      select asked.*, row_number() over (order by turn) as place
      from asked where principal_id not in (select principal_id from live)
    ), free as (
      select *, row_number() over (order by created_at) as place from (
        select machine.id, machine.name, machine.host_id, machine.created_at from machine, wanted
        where machine.pool_id = wanted.id and wanted.kind = 'pooled' and wanted.opens
          and machine.desired = 'running' and machine.phase = 'ready'
          and machine.taken_at is null and machine.principal_id is null
          and exists (select from host where host.id = machine.host_id and host.phase = 'ready')
          and not exists (
            select from session where pool_id = wanted.id and ended_at is null and machine_id is null)
        order by machine.created_at limit (select count(*) from fresh) for update of machine skip locked) locked
    ), made as (
      insert into session (tenant_id, pool_id, principal_id, machine_id, locale, mode, profile, reason, created_at)
      select fresh.tenant_id, wanted.id, fresh.principal_id, free.id, fresh.locale, fresh.mode,
        case when wanted.brings then 'disk' else 'none' end,
        coalesce(free.name || ' was ready', ${WAITING}),
        -- Who asked first waits before who asked later, also within one statement.
        now() + fresh.turn * interval '1 microsecond'
      from fresh join wanted on wanted.opens left join free on free.place = fresh.place
        -- Their files are on one host's storage: a machine elsewhere could not have them.
        and (not wanted.brings or not exists (
          select from profile_disk where principal_id = fresh.principal_id and host_id <> free.host_id))
      order by fresh.principal_id
      on conflict do nothing
      returning id, tenant_id, principal_id, machine_id, profile
    ), taken as (
      update machine set taken_at = now(), power = 'on' from made where machine.id = made.machine_id
    ), used as (
      insert into usage_event (tenant_id, principal_id, kind, subject_id, amount)
      select tenant_id, principal_id, 'session.started', id, jsonb_build_object('poolId', ${poolId}::text) from made
    )
    select wanted.desired, wanted.closed_reason as "closedReason", wanted.running, wanted.limited, asked.principal_id as "principalId",
      coalesce(live.id, made.id) as "sessionId", made.id is not null as made,
      coalesce(live.machine_id, made.machine_id) as "machineId", coalesce(live.profile, made.profile) as profile
    from asked cross join wanted
      left join made on made.principal_id = asked.principal_id
      left join live on live.principal_id = asked.principal_id`.execute(db);
  if (rows.length === 0)
    return {
      answers: new Map(
        people.map(({ id }) => [id, new OrangeryError('NOT_FOUND', 'This pool is no more.')] as const),
      ),
      limited: false,
    };
  const answers = new Map<string, Begun | OrangeryError>();
  let limited = false;
  for (const { principalId, sessionId, made, machineId, profile, ...pool } of rows) {
    // Whoever is in it goes on, whatever became of the pool.
    if (sessionId !== null)
      answers.set(principalId, { sessionId, made, machineId, profile: profile ?? 'none' });
    else if (pool.desired === 'absent')
      answers.set(principalId, new OrangeryError('NOT_FOUND', 'This pool is no more.'));
    else if (pool.closedReason !== null)
      answers.set(principalId, new OrangeryError('CONFLICT', pool.closedReason));
    else if (!pool.running)
      answers.set(principalId, new OrangeryError('CONFLICT', 'Orangery is stopped: nothing new begins now.'));
    else if (pool.limited) limited = true;
  }
  return { answers, limited };
}
