import type { Context } from '../context.ts';

const COLUMNS = ['id', 'name', 'rp_id', 'created_at', 'last_used_at'] as const;

export async function listPasskeys({ db }: Pick<Context, 'db'>, personId: string) {
  const rows = await db
    .selectFrom('passkey')
    .select([...COLUMNS, 'credential_id', 'transports'])
    .where('principal_id', '=', personId)
    .orderBy('created_at')
    .execute();
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    site: row.rp_id,
    createdAt: row.created_at.toISOString(),
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
    credentialId: row.credential_id,
    transports: row.transports,
  }));
}
export type Passkey = Awaited<ReturnType<typeof listPasskeys>>[number];

export type NewPasskey = {
  name: string;
  credentialId: string;
  publicKey: Uint8Array;
  rpId: string;
  counter: number;
  transports: readonly string[];
};

/** Undefined: somebody has this one already. */
export async function addPasskey(
  context: Pick<Context, 'db'>,
  personId: string,
  passkey: NewPasskey,
): Promise<Passkey | undefined> {
  const row = await context.db
    .insertInto('passkey')
    .values({
      principal_id: personId,
      name: passkey.name,
      credential_id: passkey.credentialId,
      public_key: Buffer.from(passkey.publicKey),
      rp_id: passkey.rpId,
      counter: passkey.counter,
      transports: [...passkey.transports],
    })
    .onConflict((conflict) => conflict.column('credential_id').doNothing())
    .returning('id')
    .executeTakeFirst();
  return (await listPasskeys(context, personId)).find(({ id }) => id === row?.id);
}

/** Renames one's passkey, or removes it where no name is given. */
export async function changePasskey(
  context: Pick<Context, 'db'>,
  personId: string,
  id: string,
  name: string | undefined,
): Promise<Passkey | undefined> {
  const passkey = (await listPasskeys(context, personId)).find((each) => each.id === id);
  if (passkey === undefined) return undefined;
  if (name === undefined) await context.db.deleteFrom('passkey').where('id', '=', id).execute();
  else await context.db.updateTable('passkey').set({ name }).where('id', '=', id).execute();
  return { ...passkey, name: name ?? passkey.name };
}

/** What a signature of a passkey is held against, and whom it signs in. */
export async function findPasskey({ db }: Pick<Context, 'db'>, credentialId: string) {
  return db
    .selectFrom('passkey')
    .innerJoin('principal', 'principal.id', 'passkey.principal_id')
    .select([
      'passkey.id',
      'passkey.name',
      'passkey.rp_id as rpId',
      'passkey.public_key as publicKey',
      'passkey.counter',
      'passkey.transports',
      'passkey.credential_id as credentialId',
      'passkey.principal_id as personId',
      'principal.auth_user_id as userId',
    ])
    .where('credential_id', '=', credentialId)
    .executeTakeFirst();
}

export async function notePasskeyUse(
  { db, clock }: Pick<Context, 'db' | 'clock'>,
  id: string,
  counter: number,
): Promise<void> {
  await db
    .updateTable('passkey')
    .set({ counter, last_used_at: new Date(clock.now()) })
    .where('id', '=', id)
    .execute();
}
