import type { Context } from '../context.ts';
import { deviceOf } from '../sessions/device.ts';

/** The browsers in which somebody is signed in, the last used first. `current`: the one that asks. */
export async function listSignIns({ db, clock }: Context, userId: string, current: string | undefined) {
  const rows = await db
    .selectFrom('auth_session')
    .select(['id', 'userAgent', 'ipAddress', 'last_address', 'createdAt', 'last_used_at', 'expiresAt'])
    .where('userId', '=', userId)
    .where('expiresAt', '>', new Date(clock.now()))
    .orderBy('last_used_at', 'desc')
    .limit(500)
    .execute();
  return rows.map((row) => ({
    id: row.id,
    device: deviceOf(row.userAgent ?? undefined),
    address: row.last_address ?? row.ipAddress ?? '',
    createdAt: row.createdAt.toISOString(),
    lastUsedAt: row.last_used_at.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    current: row.id === current,
  }));
}

/** Ends sign-ins of a person, and with them what is looked at by them: one, all but one, or all. Returns how many. */
export async function endSignIns(
  { db }: Pick<Context, 'db'>,
  userId: string,
  which: { id?: string; but?: string | undefined } = {},
): Promise<number> {
  let ended = db.deleteFrom('auth_session').where('userId', '=', userId);
  if (which.id !== undefined) ended = ended.where('id', '=', which.id);
  if (which.but !== undefined) ended = ended.where('id', '!=', which.but);
  return (await ended.returning('id').execute()).length;
}

/** Of these sign-ins, those that are no more, or have expired. */
export async function endedSignIns(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  ids: readonly string[],
): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  const live = await db
    .selectFrom('auth_session')
    .select('id')
    .where('id', 'in', [...new Set(ids)])
    .where('expiresAt', '>', new Date(clock.now()))
    .execute();
  const known = new Set(live.map(({ id }) => id));
  return new Set(ids.filter((id) => !known.has(id)));
}

/** The account by which a person signs in; undefined: there is no such person, or they sign in by none. */
export async function accountOf({ db }: Pick<Context, 'db'>, personId: string) {
  return db
    .selectFrom('principal')
    .innerJoin('auth_user', 'auth_user.id', 'principal.auth_user_id')
    .select(['auth_user.id as userId', 'auth_user.email', 'auth_user.emailVerified', 'twoFactorEnabled'])
    .where('principal.id', '=', personId)
    .where('principal.kind', '=', 'person')
    .executeTakeFirst();
}

/** Turns a person's second factor off and signs them out everywhere; how many sign-ins ended. */
export async function removeSecondFactor({ db }: Pick<Context, 'db'>, userId: string): Promise<number> {
  return db.transaction().execute(async (trx) => {
    await trx.deleteFrom('auth_second_factor').where('userId', '=', userId).execute();
    await trx.updateTable('auth_user').set({ twoFactorEnabled: false }).where('id', '=', userId).execute();
    return endSignIns({ db: trx }, userId);
  });
}
