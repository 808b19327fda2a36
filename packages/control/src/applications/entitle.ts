import type { applicationEntitlementSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { membersOf } from '../groups/members.ts';
import { iso, undefinedWhereGone } from '../rows.ts';
import { byId, byText, type Page, readPage } from '../paging/page.ts';
import { endUnentitled } from '../sessions/service.ts';

export type ApplicationEntitlement = z.infer<typeof applicationEntitlementSchema>;

function query({ db }: Context) {
  return db
    .selectFrom('application_entitlement')
    .innerJoin('application', 'application.id', 'application_entitlement.application_id')
    .innerJoin('principal', 'principal.id', 'application_entitlement.principal_id')
    .leftJoin('auth_user', 'auth_user.id', 'principal.auth_user_id')
    .select([
      'application_entitlement.id',
      'application_entitlement.created_at',
      'application.id as applicationId',
      'application.title',
      'application.pool_id as poolId',
      'principal.id as principalId',
      'principal.kind',
      'principal.name',
      'auth_user.email',
      membersOf.as('members'),
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof query>['executeTakeFirstOrThrow']>>;

const toEntitlement = (row: Row): ApplicationEntitlement => ({
  id: row.id,
  application: { id: row.applicationId, title: row.title },
  principal: {
    id: row.principalId,
    kind: row.kind,
    name: row.name,
    email: row.email,
    members: row.members,
  },
  createdAt: iso(row.created_at),
});

/** A page of who may open an application, by name. */
export async function listApplicationEntitlements(
  context: Context,
  { id, limit, cursor }: { id: string; limit: number; cursor?: string | undefined },
): Promise<Page<ApplicationEntitlement>> {
  const keys = [byText(sql.ref('principal.name')), byId('application_entitlement.id')];
  const asked = { question: ['application', id], keys, order: 'asc', limit, cursor } as const;
  return readPage(context, query(context).where('application.id', '=', id), asked, toEntitlement);
}

/**
 * Lets a person or group of the same tenant open an application. Again, also at the same moment, is harmless: it answers
 * the one there is. Undefined when either is not there.
 */
export async function entitleToApplication(
  context: Context,
  input: { applicationId: string; principalId: string },
): Promise<ApplicationEntitlement | undefined> {
  const pair = await context.db
    .selectFrom('application')
    .innerJoin('principal', 'principal.tenant_id', 'application.tenant_id')
    .select(['application.id as application_id', 'principal.id as principal_id'])
    .where('application.id', '=', input.applicationId)
    .where('principal.id', '=', input.principalId)
    .executeTakeFirst();
  if (pair === undefined) return undefined;
  const made = await context.db
    .insertInto('application_entitlement')
    .values(pair)
    // An update that changes nothing, so that the row that was there is answered.
    .onConflict((conflict) =>
      conflict.columns(['application_id', 'principal_id']).doUpdateSet({ principal_id: pair.principal_id }),
    )
    .returning('id')
    .executeTakeFirstOrThrow()
    .catch(undefinedWhereGone);
  if (made === undefined) return undefined;
  const row = await query(context).where('application_entitlement.id', '=', made.id).executeTakeFirst();
  return row === undefined ? undefined : toEntitlement(row);
}

/**
 * Takes it back, as an entitlement to a pool is: who has no other way to it opens it no more; who looks at it goes on until
 * it is left or closed, and a session that nobody has looked at yet ends, where they may use nothing that is open in it.
 */
export async function removeApplicationEntitlement(
  context: Context,
  id: string,
): Promise<ApplicationEntitlement | undefined> {
  const { db } = context;
  const row = await query(context).where('application_entitlement.id', '=', id).executeTakeFirst();
  if (row === undefined) return undefined;
  const removed = await db
    .deleteFrom('application_entitlement')
    .where('id', '=', id)
    .returning('id')
    .executeTakeFirst();
  if (removed === undefined) return undefined;
  await endUnentitled(context, { poolId: row.poolId });
  return toEntitlement(row);
}
