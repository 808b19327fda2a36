import { sql } from 'kysely';
import type { Context } from '../context.ts';

/** By what a person may be in a session of a pool, in words for the audit log. */
export async function whyMayUse(
  { db }: Pick<Context, 'db'>,
  person: { id: string },
  session: { id: string; poolId: string },
): Promise<string> {
  const { rows } = await sql<{ what: string; principal: string; name: string }>`
    select 'the desktop' as what, principal_id as principal, principal.name
    from entitled_to_pool entitled join principal on principal.id = entitled.principal_id
    where entitled.person_id = ${person.id} and entitled.pool_id = ${session.poolId}
    union all
    select 'an application', entitled.principal_id, principal.name
    from entitled_to_application entitled join principal on principal.id = entitled.principal_id
      join session_program program on program.application_id = entitled.application_id
    where entitled.person_id = ${person.id} and program.session_id = ${session.id}
    limit 1`.execute(db);
  const [way] = rows;
  if (way === undefined) return 'administrator';
  return way.principal === person.id
    ? `${way.what} was given to them`
    : `${way.what} was given to the group ${way.name}`;
}
