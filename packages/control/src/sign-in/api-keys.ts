import type { apiKeyInput } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { digest } from '../sessions/tickets.ts';

const KEY_BYTES = 32;
const KEYS_MAX = 50;
/** By which scanners of repositories and logs know a key. */
const PREFIX = 'orangery_';
const HINT_LENGTH = PREFIX.length + 4;
const USED_EACH = sql`interval '5 minutes'`;

const COLUMNS = [
  'id',
  'name',
  'hint',
  'scope',
  'created_at',
  'expires_at',
  'last_used_at',
  'last_address',
] as const;

export type ApiKey = Awaited<ReturnType<typeof listApiKeys>>[number];

export async function listApiKeys({ db }: Pick<Context, 'db'>, personId: string) {
  const rows = await db
    .selectFrom('api_key')
    .select(COLUMNS)
    .where('principal_id', '=', personId)
    .orderBy('created_at', 'desc')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    hint: row.hint,
    scope: row.scope,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    lastAddress: row.last_address,
  }));
}

/** Makes a key; undefined: the person has too many. The key itself is kept nowhere. */
export async function createApiKey(
  context: Pick<Context, 'db' | 'rng' | 'clock'>,
  personId: string,
  input: z.output<typeof apiKeyInput>,
): Promise<(ApiKey & { key: string }) | undefined> {
  const { db, rng, clock } = context;
  const before = await listApiKeys(context, personId);
  if (before.length >= KEYS_MAX) return undefined;
  const key = `${PREFIX}${rng.bytes(KEY_BYTES).toString('base64url')}`;
  const { id } = await db
    .insertInto('api_key')
    .values({
      principal_id: personId,
      name: input.name,
      token_sha256: digest(key),
      hint: key.slice(0, HINT_LENGTH),
      scope: input.scope,
      expires_at: new Date(clock.now() + input.days * 86_400_000),
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const made = (await listApiKeys(context, personId)).find((each) => each.id === id);
  return made === undefined ? undefined : { ...made, key };
}

export async function removeApiKey(
  context: Pick<Context, 'db'>,
  personId: string,
  id: string,
): Promise<ApiKey | undefined> {
  const key = (await listApiKeys(context, personId)).find((each) => each.id === id);
  if (key === undefined) return undefined;
  await context.db.deleteFrom('api_key').where('id', '=', id).where('principal_id', '=', personId).execute();
  return key;
}

/** Whom a key acts for, if it is one and has not expired; it is noted when and from where it was used. */
export async function redeemApiKey(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  key: string,
  address: string,
): Promise<{ id: string; personId: string; scope: 'read' | 'all'; name: string } | undefined> {
  const row = await db
    .selectFrom('api_key')
    .select(['id', 'principal_id as personId', 'scope', 'name'])
    .where('token_sha256', '=', digest(key))
    .where('expires_at', '>', new Date(clock.now()))
    .executeTakeFirst();
  if (row === undefined) return undefined;
  await db
    .updateTable('api_key')
    .set({ last_used_at: sql`now()`, last_address: address })
    .where('id', '=', row.id)
    .where((eb) =>
      eb.or([
        eb('last_used_at', 'is', null),
        eb('last_used_at', '<', sql<Date>`now() - ${USED_EACH}`),
        eb('last_address', 'is distinct from', address),
      ]),
    )
    .execute();
  return row;
}
