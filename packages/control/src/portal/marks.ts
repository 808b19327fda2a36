import { sql } from 'kysely';
import type { Context } from '../context.ts';

/** What a person has put first, and when they used what; ids are of pools and applications. */
export type Marks = { favourites: ReadonlySet<string>; usedAt: ReadonlyMap<string, Date> };

/** What was used before is no longer recent. */
const RECENT_DAYS = 90;

export async function marksOf({ db }: Pick<Context, 'db'>, personId: string): Promise<Marks> {
  const favourites = await db
    .selectFrom('favourite')
    .select(sql<string>`coalesce(pool_id, application_id)`.as('id'))
    .where('person_id', '=', personId)
    .execute();
  const { rows: used } = await sql<{ id: string; at: Date }>`
    with mine as (
      select id, pool_id, mode, created_at from session
      where principal_id = ${personId} and created_at > now() - make_interval(days => ${RECENT_DAYS}::int))
    select pool_id as id, max(created_at) as at from mine where mode = 'desktop' group by pool_id
    union all
    select p.application_id, max(p.created_at) from session_program p join mine on mine.id = p.session_id
    where p.application_id is not null group by p.application_id`.execute(db);
  return {
    favourites: new Set(favourites.map(({ id }) => id)),
    usedAt: new Map(used.map(({ id, at }) => [id, at])),
  };
}

/** Puts something first on a person's page, or no more; again is harmless. */
export async function markFavourite(
  { db }: Pick<Context, 'db'>,
  personId: string,
  of: { poolId: string } | { applicationId: string },
  favourite: boolean,
): Promise<void> {
  const row = 'poolId' in of ? { pool_id: of.poolId } : { application_id: of.applicationId };
  if (favourite)
    await db
      .insertInto('favourite')
      .values({ person_id: personId, ...row })
      .onConflict((conflict) => conflict.doNothing())
      .execute();
  else {
    const [[column, id]] = Object.entries(row) as [['pool_id' | 'application_id', string]];
    await db.deleteFrom('favourite').where('person_id', '=', personId).where(column, '=', id).execute();
  }
}

/** As the API shows them. */
export const marksFor = ({ favourites, usedAt }: Marks, id: string) => ({
  favourite: favourites.has(id),
  usedAt: usedAt.get(id)?.toISOString() ?? null,
});
