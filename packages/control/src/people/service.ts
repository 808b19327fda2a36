import type { peopleInput, Role } from '@orangery/contract';
import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { byId, byText, readPage, type SortKey } from '../paging/page.ts';
import { isoOrNull } from '../rows.ts';
import { digest } from '../sessions/tickets.ts';
import { nameOrEmailHas } from './search.ts';

export const SETUP_LINK_LIFE_MS = 24 * 3_600_000;
const TOKEN_BYTES = 32;

/** Whether nobody administers this installation yet. */
export async function isSetupNeeded({ db }: { db: Kysely<DB> }): Promise<boolean> {
  const row = await db
    .selectFrom('principal')
    .select('id')
    .where(sql<boolean>`roles <> '{}' and 'operator' = any(roles)`)
    .executeTakeFirst();
  return row === undefined;
}

/** A new one-time setup link; the ones before it end. */
export async function makeSetupLink({ db, rng, clock }: Context): Promise<string> {
  const token = rng.bytes(TOKEN_BYTES).toString('base64url');
  await db.transaction().execute(async (trx) => {
    await trx.deleteFrom('setup_link').where('used_at', 'is', null).execute();
    await trx
      .insertInto('setup_link')
      .values({ token_sha256: digest(token), expires_at: new Date(clock.now() + SETUP_LINK_LIFE_MS) })
      .execute();
  });
  return token;
}

/** Uses a setup link up; the second of two at the same moment is refused. */
export async function redeemSetupLink({ db, clock }: Context, token: string): Promise<boolean> {
  const used = await db
    .updateTable('setup_link')
    .set({ used_at: sql`now()` })
    .where('token_sha256', '=', digest(token))
    .where('used_at', 'is', null)
    .where('expires_at', '>', new Date(clock.now()))
    .returning('token_sha256')
    .executeTakeFirst();
  return used !== undefined;
}

/**
 * Makes a person of a tenant who signs in by a password; undefined where the address has an account. In one transaction:
 * nobody is half there. Of those who want one address at the same moment, one gets it.
 */
export async function addPerson(
  { db, rng }: Pick<Context, 'db' | 'rng'>,
  tenantId: string,
  person: { name: string; email: string; roles: readonly Role[]; passwordHash: string },
): Promise<string | undefined> {
  return db.transaction().execute(async (trx) => {
    const user = await trx
      .insertInto('auth_user')
      .values({ id: rng.uuid(), name: person.name, email: person.email.toLowerCase() })
      .onConflict((conflict) => conflict.column('email').doNothing())
      .returning('id')
      .executeTakeFirst();
    if (user === undefined) return undefined;
    await trx
      .insertInto('auth_account')
      .values({
        id: rng.uuid(),
        userId: user.id,
        accountId: user.id,
        providerId: 'credential',
        password: person.passwordHash,
      })
      .execute();
    const row = await trx
      .insertInto('principal')
      .values({
        tenant_id: tenantId,
        kind: 'person',
        name: person.name,
        roles: [...person.roles],
        auth_user_id: user.id,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  });
}

type Filter = z.infer<typeof peopleInput>;

const SORTS: Readonly<Record<Filter['sort'], SortKey>> = {
  name: byText(sql`lower(principal.name)`),
  email: byText(sql`coalesce(auth_user.email, '')`),
};

/** A page of a tenant's, of those with `search` in their name or e-mail address. */
export async function listPeople(
  context: Pick<Context, 'db' | 'mac'>,
  tenantId: string,
  { limit, cursor, ...filter }: Filter,
) {
  const { search, sort, order } = filter;
  let people = query(context).where('principal.tenant_id', '=', tenantId);
  if (search !== undefined && search !== '') people = people.where(nameOrEmailHas(search));
  const keys = [SORTS[sort], byId('principal.id')];
  const question = ['people', tenantId, filter];
  return readPage(context, people, { question, keys, order, limit, cursor }, toPerson);
}

/** Undefined: there is no such person. */
export async function findPerson(context: Pick<Context, 'db'>, id: string) {
  const row = await query(context).where('principal.id', '=', id).executeTakeFirst();
  return row === undefined ? undefined : toPerson(row);
}

const query = ({ db }: Pick<Context, 'db'>) =>
  db
    .selectFrom('principal')
    .leftJoin('auth_user', 'auth_user.id', 'principal.auth_user_id')
    .select([
      'principal.id',
      'principal.name',
      'principal.roles',
      'principal.source',
      'principal.ended_at',
      'auth_user.email',
    ])
    .where('principal.kind', '=', 'person');

const toPerson = ({
  id,
  name,
  roles,
  source,
  email,
  ended_at,
}: Awaited<ReturnType<ReturnType<typeof query>['executeTakeFirstOrThrow']>>) => ({
  id,
  name,
  roles,
  source,
  email,
  endedAt: isoOrNull(ended_at),
});

export async function isPerson({ db }: Pick<Context, 'db'>, id: string): Promise<boolean> {
  const row = await db
    .selectFrom('principal')
    .select('id')
    .where('id', '=', id)
    .where('kind', '=', 'person')
    .executeTakeFirst();
  return row !== undefined;
}
