import { sql } from 'kysely';

/** Of a row of `principal`: how many people are in the group; null for a person. */
export const membersOf = sql<number | null>`case when principal.kind = 'group'
  then (select count(*) from group_member where group_member.group_id = principal.id) end`;
