import { type Right, rights, rightsOfRole, type Role } from '@orangery/contract';
import type { Context } from '../context.ts';

/** The tenant that a call looks into, and what its caller may do there. */
export type Scope = {
  tenantId: string;
  rights: ReadonlySet<Right>;
  /** The call names a tenant that is not the caller's own. */
  elsewhere: boolean;
  /** Why nothing is done for them now; undefined: nothing stands against it. */
  suspended: string | undefined;
};

/** What somebody may do in a tenant: at home what all their roles may, elsewhere what operators may. */
export function rightsIn(roles: readonly Role[], atHome: boolean): ReadonlySet<Right> {
  const there = atHome ? roles : roles.filter((role) => role === 'operator');
  return new Set(there.flatMap((role) => rightsOfRole[role]));
}

/** Of who administers the machine that all runs on. */
export const ALL_RIGHTS: ReadonlySet<Right> = new Set(rights);

/** The tenant that was there first: what is asked at the machine itself is about this one, unless it names another. */
export async function firstTenant({ db }: Pick<Context, 'db'>): Promise<string> {
  const { id } = await db
    .selectFrom('tenant')
    .select('id')
    .orderBy('created_at')
    .orderBy('id')
    .executeTakeFirstOrThrow();
  return id;
}

export async function isTenant({ db }: Pick<Context, 'db'>, id: string): Promise<boolean> {
  const row = await db.selectFrom('tenant').select('id').where('id', '=', id).executeTakeFirst();
  return row !== undefined;
}
