import type { entitlementSchema, entitlementsInput } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { iso, undefinedWhereGone } from '../rows.ts';
import { membersOf } from '../groups/members.ts';
import { byId, byText, type Page, readPage } from '../paging/page.ts';
import { endUnentitled } from '../sessions/service.ts';

export type Entitlement = z.infer<typeof entitlementSchema>;

function query({ db }: Context) {
  return db
    .selectFrom('entitlement')
    .innerJoin('pool', 'pool.id', 'entitlement.pool_id')
    .innerJoin('principal', 'principal.id', 'entitlement.principal_id')
    .leftJoin('auth_user', 'auth_user.id', 'principal.auth_user_id')
    .leftJoin('session', (join) =>
      join
        .onRef('session.pool_id', '=', 'entitlement.pool_id')
        .onRef('session.principal_id', '=', 'entitlement.principal_id')
        .on('session.ended_at', 'is', null),
    )
    .select([
      'entitlement.id',
      'entitlement.created_at',
      'pool.id as poolId',
      'pool.title',
      'principal.id as principalId',
      'principal.kind',
      'principal.name',
      'auth_user.email',
      'session.id as sessionId',
      'session.phase',
      membersOf.as('members'),
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof query>['executeTakeFirstOrThrow']>>;

function toEntitlement(row: Row): Entitlement {
  return {
    id: row.id,
    pool: { id: row.poolId, title: row.title },
    principal: {
      id: row.principalId,
      kind: row.kind,
      name: row.name,
      email: row.email,
      members: row.members,
    },
    createdAt: iso(row.created_at),
    session: row.sessionId === null || row.phase === null ? null : { id: row.sessionId, phase: row.phase },
  };
}

/** A page of a tenant's, by pool and name. Undefined when the pool or the principal that was asked for is not there. */
export async function listEntitlements(
  context: Context,
  tenantId: string,
  { poolId, principalId, limit, cursor }: z.infer<typeof entitlementsInput>,
): Promise<Page<Entitlement> | undefined> {
  const { db } = context;
  if (poolId !== undefined) {
    const pool = await db.selectFrom('pool').select('id').where('id', '=', poolId).executeTakeFirst();
    if (pool === undefined) return undefined;
  }
  if (principalId !== undefined) {
    const principal = await db
      .selectFrom('principal')
      .select('id')
      .where('id', '=', principalId)
      .executeTakeFirst();
    if (principal === undefined) return undefined;
  }
  let entitlements = query(context).where('pool.tenant_id', '=', tenantId);
  if (poolId !== undefined) entitlements = entitlements.where('entitlement.pool_id', '=', poolId);
  if (principalId !== undefined)
    entitlements = entitlements.where('entitlement.principal_id', '=', principalId);
  const keys = [byText(sql.ref('pool.title')), byText(sql.ref('principal.name')), byId('entitlement.id')];
  const question = ['entitlements', tenantId, poolId ?? null, principalId ?? null];
  return readPage(context, entitlements, { question, keys, order: 'asc', limit, cursor }, toEntitlement);
}

/**
 * Lets a person or group use a pool of their tenant. Again, also at the same moment, is harmless: it answers the one
 * there is. Undefined when either is not there.
 */
export async function entitle(
  context: Context,
  input: { poolId: string; principalId: string },
): Promise<Entitlement | undefined> {
  const pair = await context.db
    .selectFrom('pool')
    .innerJoin('principal', 'principal.tenant_id', 'pool.tenant_id')
    .select(['pool.id as poolId', 'principal.id as principalId'])
    .where('pool.id', '=', input.poolId)
    .where('principal.id', '=', input.principalId)
    .executeTakeFirst();
  if (pair === undefined) return undefined;
  const made = await context.db
    .insertInto('entitlement')
    .values({ pool_id: pair.poolId, principal_id: pair.principalId })
    // An update that changes nothing, so that the row that was there is answered.
    .onConflict((conflict) =>
      conflict.columns(['pool_id', 'principal_id']).doUpdateSet({ principal_id: pair.principalId }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(undefinedWhereGone);
  if (made === undefined) return undefined;
  // Who takes it back in this moment wins: then there is none.
  const row = await query(context).where('entitlement.id', '=', made.id).executeTakeFirst();
  return row === undefined ? undefined : toEntitlement(row);
}

/**
 * Takes an entitlement back; undefined when there is none (any more), so that of two who take it back at once one hears
 * that it was gone. Its person, or each member of its group, opens this desktop no more from the next click on, unless
 * they may by themselves or through another group. What runs is theirs until it ends: whoever looks at it goes on
 * looking, and nothing unsaved is lost; but a session that was left gives no new ticket (see `mayUsePool` where tickets
 * are made), and ends by log-off, by its pool's time-out or by an administrator. One that still waits for its first look
 * holds nothing of theirs and ends at once, so that its machine is free for others. Administrators may use every pool
 * without an entitlement, so that nothing changes for them.
 */
export async function removeEntitlement(context: Context, id: string): Promise<Entitlement | undefined> {
  const { db } = context;
  const row = await query(context).where('entitlement.id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const removed = await db.deleteFrom('entitlement').where('id', '=', id).returning('id').executeTakeFirst();
  if (removed === undefined) return undefined;
  await endUnentitled(context, { poolId: row.poolId });
  return toEntitlement(row);
}
