import { sql } from 'kysely';
import type { Context } from '../context.ts';

type Sealed = Pick<Context, 'db' | 'seal' | 'unseal'>;

/** Settings of the whole installation, as JSON sealed by its master key. What is in one is its writer's to know. */
export async function readSetting({ db, unseal }: Sealed, name: string): Promise<unknown> {
  const row = await db
    .selectFrom('setting')
    .select('value_sealed')
    .where('name', '=', name)
    .executeTakeFirst();
  return row === undefined ? undefined : JSON.parse(unseal(`setting:${name}`, row.value_sealed).toString());
}

export async function writeSetting({ db, seal }: Sealed, name: string, value: object): Promise<void> {
  const sealed = { value_sealed: seal(`setting:${name}`, Buffer.from(JSON.stringify(value))) };
  await db
    .insertInto('setting')
    .values({ name, ...sealed })
    .onConflict((conflict) => conflict.column('name').doUpdateSet({ ...sealed, updated_at: sql`now()` }))
    .execute();
}

export async function deleteSetting({ db }: Pick<Sealed, 'db'>, name: string): Promise<void> {
  await db.deleteFrom('setting').where('name', '=', name).execute();
}
