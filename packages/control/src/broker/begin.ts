import type { DB } from '@orangery/database';
import { OrangeryError } from '@orangery/std';
import { type Kysely, sql } from 'kysely';
import type { Locale } from '../machines/profile.ts';

const WAITING = 'All machines of the pool are in use; the next free one is yours.';

export type Begun = {
  sessionId: string;
  /** False: the person's session was there already. */
  made: boolean;
  machineId: string | null;
  profile: 'none' | 'disk' | 'conflict';
};

/**
 * A person's session of a pool: the one there is, else a new one, on the machine that has been ready for longest where one is free and nobody waits: everything in
 * one statement, as in the morning everybody comes at once. Who finds none has a session that waits.
 *
 * The unique index on a person's live session decides between clicks: the loser's statement leaves nothing, no machine
 * taken either. The pool's row is locked as the foreign key would: who deletes it comes wholly before or after.
 * Throws NOT_FOUND for a pool that is no more, CONFLICT with the reason for one that is closed.
 */
export async function beginSession(
  db: Kysely<DB>,
  principal: { id: string; tenantId: string },
  poolId: string,
  locale: Locale,
): Promise<Begun> {
  const { rows } = await sql<{
    desired: 'present' | 'absent';
    closedReason: string | null;
    sessionId: string | null;
    machineId: string | null;
    made: boolean;
    profile: Begun['profile'] | null;
  }>`
    with live as (
      select id, machine_id, profile from session
      where principal_id = ${principal.id} and pool_id = ${poolId} and ended_at is null
    ), wanted as (
      select id, desired, closed_reason, kind, kind = 'pooled' and profile_gib is not null as brings
      from pool where id = ${poolId} for key share
    ), taken as (
      update machine set taken_at = now(), power = 'on' where id = (
        select free.id from machine free, wanted
        where not exists (select from live) and free.pool_id = wanted.id and wanted.kind = 'pooled'
          and wanted.desired = 'present' and wanted.closed_reason is null
          and free.desired = 'running' and free.phase = 'ready'
          and free.taken_at is null and free.principal_id is null
          -- Their files are on one host's storage: a machine elsewhere could not have them.
          and (not wanted.brings or not exists (
            select from profile_disk where principal_id = ${principal.id} and host_id <> free.host_id))
          and not exists (
            select from session where pool_id = wanted.id and ended_at is null and machine_id is null)
        order by free.created_at limit 1 for update of free skip locked)
      returning id, name
    ), made as (
      insert into session (tenant_id, pool_id, principal_id, machine_id, locale, profile, reason)
      select ${principal.tenantId}, wanted.id, ${principal.id}, taken.id, ${JSON.stringify(locale)}::jsonb,
        case when wanted.brings then 'disk' else 'none' end,
        coalesce(taken.name || ' was ready', ${WAITING})
      from wanted left join taken on true
      where not exists (select from live) and wanted.desired = 'present' and wanted.closed_reason is null
      returning id, machine_id, profile
    ), used as (
      insert into usage_event (tenant_id, principal_id, kind, subject_id, amount)
      select ${principal.tenantId}, ${principal.id}, 'session.started', made.id, jsonb_build_object('poolId', ${poolId}::text)
      from made
    )
    select wanted.desired, wanted.closed_reason as "closedReason",
      coalesce(live.id, made.id) as "sessionId", made.id is not null as made,
      coalesce(live.machine_id, made.machine_id) as "machineId", coalesce(live.profile, made.profile) as profile
    from wanted left join made on true left join live on true`.execute(db);
  const [row] = rows;
  // Whoever is in it goes on, whatever became of the pool.
  if (row !== undefined && row.sessionId !== null)
    return {
      sessionId: row.sessionId,
      made: row.made,
      machineId: row.machineId,
      profile: row.profile ?? 'none',
    };
  if (row === undefined || row.desired === 'absent')
    throw new OrangeryError('NOT_FOUND', 'This pool is no more.');
  if (row.closedReason !== null) throw new OrangeryError('CONFLICT', row.closedReason);
  throw new OrangeryError('UNAVAILABLE', 'The session could not be made; click again.');
}
