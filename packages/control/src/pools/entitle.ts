import type { Context } from '../context.ts';

/** Lets a person or group use a pool of their tenant; again is harmless. Undefined when either is not there. */
export async function entitle(
  { db }: Context,
  input: { poolId: string; principalId: string },
): Promise<string | undefined> {
  const pair = await db
    .selectFrom('pool')
    .innerJoin('principal', 'principal.tenant_id', 'pool.tenant_id')
    .select(['pool.id as poolId', 'principal.id as principalId'])
    .where('pool.id', '=', input.poolId)
    .where('principal.id', '=', input.principalId)
    .executeTakeFirst();
  if (pair === undefined) return undefined;
  const row = await db
    .insertInto('entitlement')
    .values({ pool_id: pair.poolId, principal_id: pair.principalId })
    .onConflict((conflict) =>
      conflict.columns(['pool_id', 'principal_id']).doUpdateSet({ principal_id: pair.principalId }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}
