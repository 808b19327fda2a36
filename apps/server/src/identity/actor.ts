import type { IncomingHttpHeaders } from 'node:http';
import type { Role } from '@orangery/contract';
import { type Context, endSignIns, redeemApiKey, suspensionOf } from '@orangery/control';
import { fromNodeHeaders } from 'better-auth/node';
import { sql } from 'kysely';
import type { Auth } from './auth.ts';

/** Who calls. `operator`: somebody on this machine who may read the state folder, through its socket. */
export type Actor =
  | { kind: 'nobody' }
  | { kind: 'operator'; name: string }
  | {
      kind: 'person';
      id: string;
      tenantId: string;
      name: string;
      email: string;
      roles: readonly Role[];
      /** Why nobody of their tenant is let in; undefined: they are. */
      suspended: string | undefined;
      /** Of the sign-in library. */
      userId: string;
      /** In which browser they signed in, or the key that a program has of them. */
      by:
        | { kind: 'signIn'; id: string }
        | { kind: 'apiKey'; id: string; name: string; scope: 'read' | 'all' };
    };

/** When a sign-in was last used is written no more often. */
const USED_EACH_MS = 300_000;
/** Who may change things for others signs in again after half a day without them (OWASP ASVS 4.0.3, 3.3.2). */
const IDLE_MAX_MS = 12 * 3_600_000;
const BEARER = /^Bearer (orangery_[\w-]{20,100})$/;

/** Finds out who makes a request, by its cookie or its API key. A key that is not good is nobody, whatever the cookie says. */
export async function actorOf(
  auth: Auth,
  context: Pick<Context, 'db' | 'clock'>,
  headers: IncomingHttpHeaders,
  address: string,
): Promise<Actor> {
  if (headers.authorization !== undefined) return actorOfKey(context, headers.authorization, address);
  if (headers.cookie === undefined) return { kind: 'nobody' };
  const session = await auth.api.getSession({ headers: fromNodeHeaders(headers) });
  if (session === null) return { kind: 'nobody' };
  const { db, clock } = context;
  const found = await people(db)
    .innerJoin('auth_session', 'auth_session.userId', 'auth_user.id')
    .select(['last_used_at', 'last_address'])
    .where('auth_session.id', '=', session.session.id)
    .executeTakeFirst();
  if (found === undefined) return { kind: 'nobody' };
  const { last_used_at, last_address, ...row } = found;
  const idleMs = clock.now() - last_used_at.getTime();
  if (row.roles.length > 0 && idleMs > IDLE_MAX_MS) {
    // With it goes what is looked at by it.
    await endSignIns(context, row.userId, { id: session.session.id });
    return { kind: 'nobody' };
  }
  if (last_address !== address || idleMs > USED_EACH_MS) {
    await db
      .updateTable('auth_session')
      .set({ last_used_at: sql`now()`, last_address: address })
      .where('id', '=', session.session.id)
      .execute();
  }
  return { ...personOf(row), kind: 'person', by: { kind: 'signIn', id: session.session.id } };
}

async function actorOfKey(
  context: Pick<Context, 'db' | 'clock'>,
  authorization: string,
  address: string,
): Promise<Actor> {
  const [, key] = BEARER.exec(authorization) ?? [];
  const redeemed = key === undefined ? undefined : await redeemApiKey(context, key, address);
  if (redeemed === undefined) return { kind: 'nobody' };
  const person = await people(context.db).where('principal.id', '=', redeemed.personId).executeTakeFirst();
  if (person === undefined) return { kind: 'nobody' };
  const { id, name, scope } = redeemed;
  return { ...personOf(person), kind: 'person', by: { kind: 'apiKey', id, name, scope } };
}

const people = (db: Context['db']) =>
  db
    .selectFrom('principal')
    .innerJoin('auth_user', 'auth_user.id', 'principal.auth_user_id')
    .innerJoin('tenant', 'tenant.id', 'principal.tenant_id')
    // Whom a directory has lost is nobody here, whatever they have left.
    .where('principal.ended_at', 'is', null)
    .select([
      'principal.id',
      'principal.tenant_id as tenantId',
      'principal.name',
      'principal.roles',
      'tenant.name as tenant',
      'tenant.suspended_at as suspendedAt',
      'tenant.suspended_reason as suspendedReason',
      'auth_user.email',
      'auth_user.id as userId',
    ]);

type Row = Awaited<ReturnType<ReturnType<typeof people>['executeTakeFirstOrThrow']>>;

const personOf = ({ tenant, suspendedAt, suspendedReason, ...person }: Row) => ({
  ...person,
  suspended: suspendedAt === null ? undefined : suspensionOf(tenant, suspendedReason),
});
