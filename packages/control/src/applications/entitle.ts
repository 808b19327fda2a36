import type { applicationEntitlementSchema } from '@orangery/contract';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { iso } from '../rows.ts';
import { endSession } from '../sessions/service.ts';

export type ApplicationEntitlement = z.infer<typeof applicationEntitlementSchema>;

const ENTITLEMENTS_MAX = 2_000;

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
      'principal.id as principalId',
      'principal.kind',
      'principal.name',
      'auth_user.email',
    ]);
}

type Row = Awaited<ReturnType<ReturnType<typeof query>['executeTakeFirstOrThrow']>>;

const toEntitlement = (row: Row): ApplicationEntitlement => ({
  id: row.id,
  application: { id: row.applicationId, title: row.title },
  principal: { id: row.principalId, kind: row.kind, name: row.name, email: row.email },
  createdAt: iso(row.created_at),
});

/** Who may open an application, by name. */
export async function listApplicationEntitlements(
  context: Context,
  applicationId: string,
): Promise<ApplicationEntitlement[]> {
  const rows = await query(context)
    .where('application.id', '=', applicationId)
    .orderBy('principal.name')
    .limit(ENTITLEMENTS_MAX)
    .execute();
  return rows.map(toEntitlement);
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
  const { id } = await context.db
    .insertInto('application_entitlement')
    .values(pair)
    // An update that changes nothing, so that the row that was there is answered.
    .onConflict((conflict) =>
      conflict.columns(['application_id', 'principal_id']).doUpdateSet({ principal_id: pair.principal_id }),
    )
    .returning('id')
    .executeTakeFirstOrThrow();
  const row = await query(context).where('application_entitlement.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toEntitlement(row);
}

/**
 * Takes it back, as an entitlement to a pool is: the person opens it no more; who looks at it goes on until it is left or
 * closed, and a session that nobody has looked at yet ends, where nothing else of theirs is open in it.
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
  const waiting = await db
    .selectFrom('session')
    .innerJoin('principal', 'principal.id', 'session.principal_id')
    .select('session.id')
    .where('session.principal_id', '=', row.principalId)
    .where('session.phase', '=', 'waiting')
    .where('session.mode', '=', 'application')
    .where('session.ended_at', 'is', null)
    .where('principal.role', '=', 'person')
    .where('session.id', 'in', (eb) =>
      eb.selectFrom('session_program').select('session_id').where('application_id', '=', row.applicationId),
    )
    .where('session.id', 'not in', (eb) =>
      eb
        .selectFrom('session_program')
        .select('session_id')
        .where('application_id', 'is distinct from', row.applicationId),
    )
    .execute();
  for (const session of waiting)
    await endSession(context, session.id, 'this application may no longer be used');
  return toEntitlement(row);
}
