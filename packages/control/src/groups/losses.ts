import { groupLossesSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';

export type GroupLosses = z.infer<typeof groupLossesSchema>;

const TOLD_MAX = 100;
const lost = groupLossesSchema.shape.people.element.pick({ desktops: true, applications: true });

/**
 * Who would lose what if the group were deleted, or this one member taken out of it: what they have no other way to.
 * Administrators lose nothing.
 */
export async function lossesOf(
  { db }: Pick<Context, 'db'>,
  groupId: string,
  personId?: string,
): Promise<GroupLosses> {
  const { rows } = await sql<{
    id: string;
    name: string;
    email: string | null;
    desktops: unknown;
    applications: unknown;
    count: number;
  }>`
    with losers as (
      select p.id, p.name, u.email from group_member m
        join principal p on p.id = m.person_id left join auth_user u on u.id = p.auth_user_id
      where m.group_id = ${groupId} and not 'administrator' = any(p.roles) and m.person_id = coalesce(${personId ?? null}::uuid, m.person_id)
    ), desktops as (
      select l.id as person_id, json_agg(json_build_object('title', pool.title, 'session', s.phase) order by pool.title) as lost
      from losers l
        join entitlement e on e.principal_id = ${groupId}
        join pool on pool.id = e.pool_id and pool.desired = 'present'
        left join session s on s.principal_id = l.id and s.pool_id = pool.id and s.ended_at is null
      where not exists (
        select from entitled_to_pool w
        where w.person_id = l.id and w.pool_id = e.pool_id and w.principal_id <> ${groupId})
      group by l.id
    ), programs as (
      select l.id as person_id, json_agg(a.title order by a.title) as lost
      from losers l
        join application_entitlement e on e.principal_id = ${groupId}
        join application a on a.id = e.application_id
        join pool on pool.id = a.pool_id and pool.desired = 'present'
      where not exists (
        select from entitled_to_application w
        where w.person_id = l.id and w.application_id = e.application_id and w.principal_id <> ${groupId})
      group by l.id
    )
    select l.id, l.name, l.email, coalesce(d.lost, '[]') as desktops, coalesce(a.lost, '[]') as applications,
      count(*) over () as count
    from losers l left join desktops d on d.person_id = l.id left join programs a on a.person_id = l.id
    where d.person_id is not null or a.person_id is not null
    order by l.name, l.id limit ${TOLD_MAX}`.execute(db);
  return {
    count: rows[0]?.count ?? 0,
    people: rows.map(({ id, name, email, ...row }) => ({ id, name, email, ...lost.parse(row) })),
  };
}
