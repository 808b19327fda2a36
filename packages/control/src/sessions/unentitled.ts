import { sql } from 'kysely';

/**
 * Of a row of `session`: nobody has looked at it yet, and its person may not enter it, by themselves or through a group,
 * by its pool or by an application that is opened in it.
 */
export const isUnentitled = sql<boolean>`(session.phase = 'waiting' and session.ended_at is null
  and not exists (
    select from entitled_to_pool e where e.person_id = session.principal_id and e.pool_id = session.pool_id)
  and exists (select from principal p where p.id = session.principal_id and not 'administrator' = any(p.roles))
  and (session.mode = 'desktop' or (
    -- What is opened in it is written down a moment after it is made.
    exists (select from session_program opened where opened.session_id = session.id)
    and not exists (
      select from session_program opened
      join entitled_to_application e on e.application_id = opened.application_id
      where opened.session_id = session.id and e.person_id = session.principal_id))))`;
