import type { applicationInput, applicationUpdateInput } from '@orangery/contract';
import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { isIcon } from '../images/icon.ts';
import { isUniqueViolation } from '../rows.ts';

type Input = z.output<typeof applicationInput>;
type Update = z.output<typeof applicationUpdateInput>;

export type Published =
  | { kind: 'done'; id: string }
  | { kind: 'noPool' }
  | { kind: 'noProgram' }
  | { kind: 'badIcon' }
  | { kind: 'taken' }
  | { kind: 'missing' };

/** What the pool's image offers under this name. */
async function offered(
  trx: Kysely<DB>,
  poolId: string,
  program: string,
): Promise<{ name: string; description: string; icon: Buffer | null } | undefined> {
  return trx
    .selectFrom('pool')
    .innerJoin('image_program', (join) =>
      join.on(
        'image_program.image_version_id',
        '=',
        sql<string>`coalesce(pool.serves_version_id, pool.image_version_id, (
          select v.id from image_version v where v.image_id = pool.image_id and v.current))`,
      ),
    )
    .select(['image_program.name', 'image_program.description', 'image_program.icon'])
    .where('pool.id', '=', poolId)
    .where('image_program.program', '=', program)
    .executeTakeFirst();
}

/** Publishes a program of a pool's image; what is not given is the program's own. */
export async function createApplication({ db }: Context, tenantId: string, input: Input): Promise<Published> {
  const icon = input.icon === undefined ? undefined : Buffer.from(input.icon, 'base64');
  if (icon !== undefined && !isIcon(icon)) return { kind: 'badIcon' };
  try {
    return await db.transaction().execute(async (trx): Promise<Published> => {
      const pool = await trx
        .selectFrom('pool')
        .select('id')
        .where('id', '=', input.poolId)
        .where('tenant_id', '=', tenantId)
        .where('desired', '=', 'present')
        // Nobody deletes it in between.
        .forShare()
        .executeTakeFirst();
      if (pool === undefined) return { kind: 'noPool' };
      const program = await offered(trx, pool.id, input.program);
      if (program === undefined) return { kind: 'noProgram' };
      const { id } = await trx
        .insertInto('application')
        .values({
          tenant_id: tenantId,
          pool_id: pool.id,
          name: input.name,
          title: input.title ?? program.name,
          description: input.description ?? program.description,
          program: input.program,
          icon: icon ?? program.icon,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      return { kind: 'done', id };
    });
  } catch (error) {
    if (isUniqueViolation(error)) return { kind: 'taken' };
    throw error;
  }
}

/** Changes words and picture. What is open stays as it is. */
export async function updateApplication({ db }: Context, input: Update): Promise<Published> {
  const icon = input.icon === undefined ? undefined : Buffer.from(input.icon, 'base64');
  if (icon !== undefined && !isIcon(icon)) return { kind: 'badIcon' };
  const { title, description } = input;
  const changed = await db
    .updateTable('application')
    .set({
      // At least one column is named, also when nothing is to change.
      id: input.id,
      ...(title === undefined ? {} : { title }),
      ...(description === undefined ? {} : { description }),
      ...(icon === undefined ? {} : { icon }),
    })
    .where('id', '=', input.id)
    .returning('id')
    .executeTakeFirst();
  return changed === undefined ? { kind: 'missing' } : { kind: 'done', id: changed.id };
}

/** Takes an application back from everybody. What is open goes on until it is closed. */
export async function deleteApplication({ db }: Context, id: string): Promise<boolean> {
  const deleted = await db.deleteFrom('application').where('id', '=', id).returning('id').executeTakeFirst();
  return deleted !== undefined;
}

/** What the image version that a pool's machines are made from offers, by name. */
export async function programsOfPool({ db }: Context, poolId: string) {
  const rows = await db
    .selectFrom('pool')
    .innerJoin('image_program', (join) =>
      join.on(
        'image_program.image_version_id',
        '=',
        sql<string>`coalesce(pool.serves_version_id, pool.image_version_id, (
          select v.id from image_version v where v.image_id = pool.image_id and v.current))`,
      ),
    )
    .select(['program', 'image_program.name', 'image_program.description', 'icon'])
    .where('pool.id', '=', poolId)
    .where('pool.desired', '=', 'present')
    .orderBy('image_program.name')
    .execute();
  return rows.map(({ icon, ...row }) => ({ ...row, icon: icon?.toString('base64') ?? null }));
}
