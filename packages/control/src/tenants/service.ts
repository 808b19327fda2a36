import { sql } from 'kysely';
import type { Context } from '../context.ts';
import { isUniqueViolation } from '../rows.ts';
import { type Holdings, whatIsIn } from './policy.ts';
import { findTenant, holdings, type Tenant } from './store.ts';

export type TenantChange =
  | { kind: 'done'; value: Tenant }
  | { kind: 'missing' }
  | { kind: 'refused'; reason: string };

const taken = (name: string): TenantChange => ({
  kind: 'refused',
  reason: `There is a tenant called “${name}” already: choose another name.`,
});

async function answer(context: Pick<Context, 'db'>, id: string | undefined): Promise<TenantChange> {
  const value = id === undefined ? undefined : await findTenant(context, id);
  return value === undefined ? { kind: 'missing' } : { kind: 'done', value };
}

export async function createTenant(context: Pick<Context, 'db'>, name: string): Promise<TenantChange> {
  try {
    const { id } = await context.db
      .insertInto('tenant')
      .values({ name })
      .returning('id')
      .executeTakeFirstOrThrow();
    return await answer(context, id);
  } catch (error) {
    if (isUniqueViolation(error)) return taken(name);
    throw error;
  }
}

export async function renameTenant(
  context: Pick<Context, 'db'>,
  id: string,
  name: string,
): Promise<TenantChange> {
  try {
    const row = await context.db
      .updateTable('tenant')
      .set({ name })
      .where('id', '=', id)
      .returning('id')
      .executeTakeFirst();
    return await answer(context, row?.id);
  } catch (error) {
    if (isUniqueViolation(error)) return taken(name);
    throw error;
  }
}

/**
 * Nobody of it is let in from now on. Its people are signed out, and with that look at nothing any more; what it has stays.
 * Refused where an operator is in it: nobody could undo it. Again changes the reason alone.
 */
export async function suspendTenant(
  context: Pick<Context, 'db'>,
  id: string,
  reason: string | undefined,
): Promise<TenantChange> {
  const outcome = await context.db.transaction().execute(async (trx) => {
    const row = await trx
      .updateTable('tenant')
      .set({ suspended_at: sql`coalesce(suspended_at, now())`, suspended_reason: reason ?? null })
      .where('id', '=', id)
      .where(
        sql<boolean>`not exists (
          select from principal p where p.tenant_id = ${id} and p.roles <> '{}' and 'operator' = any(p.roles))`,
      )
      .returning('id')
      .executeTakeFirst();
    if (row === undefined) return undefined;
    await trx
      .deleteFrom('auth_session')
      .where('userId', 'in', (eb) =>
        eb
          .selectFrom('principal')
          .select('auth_user_id')
          .where('tenant_id', '=', id)
          .where('auth_user_id', 'is not', null)
          .$castTo<{ auth_user_id: string }>(),
      )
      .execute();
    await sql`select pg_notify('orangery_nudge', 'pools:')`.execute(trx);
    return row.id;
  });
  const there = await answer(context, id);
  return outcome === undefined && there.kind === 'done'
    ? {
        kind: 'refused',
        reason: 'An operator of this installation is in it: who suspended it could not let it go on.',
      }
    : there;
}

export async function resumeTenant(context: Pick<Context, 'db'>, id: string): Promise<TenantChange> {
  await context.db
    .updateTable('tenant')
    .set({ suspended_at: null, suspended_reason: null })
    .where('id', '=', id)
    .execute();
  await sql`select pg_notify('orangery_nudge', 'pools:')`.execute(context.db);
  return answer(context, id);
}

/**
 * Deletes a tenant that has nothing, with the history of what it had; usage and the audit log keep theirs. Its row is locked
 * first: who makes something in it at this moment comes wholly before, and is in the way, or finds no tenant. Answers it as it
 * was.
 */
export async function deleteTenant(context: Pick<Context, 'db'>, id: string): Promise<TenantChange> {
  const before = await answer(context, id);
  if (before.kind !== 'done') return before;
  return context.db.transaction().execute(async (trx): Promise<TenantChange> => {
    const tenants = await trx.selectFrom('tenant').select('id').orderBy('id').forUpdate().execute();
    if (!tenants.some((tenant) => tenant.id === id)) return { kind: 'missing' };
    if (tenants.length === 1)
      return { kind: 'refused', reason: 'It is the only tenant: an installation has one at least.' };
    // In a statement of its own: it sees what was made by those for whom the lock was waited.
    const { has } = await trx
      .selectFrom('tenant')
      .select(holdings.as('has'))
      .where('id', '=', id)
      .$castTo<{ has: Holdings }>()
      .executeTakeFirstOrThrow();
    const what = whatIsIn(has);
    if (what !== undefined)
      return { kind: 'refused', reason: `It is not empty: it has ${what}. Delete those first.` };
    await trx.deleteFrom('session').where('tenant_id', '=', id).execute();
    await trx.deleteFrom('pool').where('tenant_id', '=', id).execute();
    await trx.deleteFrom('machine_failure').where('tenant_id', '=', id).execute();
    await trx.deleteFrom('machine_maintenance').where('tenant_id', '=', id).execute();
    await trx.deleteFrom('tenant').where('id', '=', id).execute();
    return before;
  });
}
