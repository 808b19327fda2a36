import { type Context, firstTenant, rebuildLost } from '@orangery/control';
import { sql } from 'kysely';
import type { Config } from './config.ts';

export const DEFAULT_TENANT = 'default';

/** Golden images of our own recipes and the pool that shows each of them; sizes fit a small office desktop. */
const SIZES: Record<string, { cpus: number; memoryMib: number }> = {
  'debian-xfce': { cpus: 2, memoryMib: 2048 },
  'debian-openbox': { cpus: 2, memoryMib: 1024 },
};
const SIZE_ELSE = { cpus: 2, memoryMib: 2048 };
/** What an installation without any image begins with. */
const FIRST_RECIPE = 'debian-xfce';

/**
 * What a new installation starts with: a tenant, this machine as a host, an image and a pool for each recipe asked for.
 * Runs at each start and adds only what is missing, so a changed recipe becomes the next image version.
 */
export async function seed(
  context: Context,
  config: Pick<Config, 'recipes' | 'storageFolder'>,
): Promise<void> {
  const { db, images } = context;
  await sql`insert into tenant (name) select ${DEFAULT_TENANT} where not exists (select from tenant)
    on conflict do nothing`.execute(db);
  const tenantId = await firstTenant(context);
  await rebuildLost(context);
  const anyHost = await db.selectFrom('host').select('id').executeTakeFirst();
  if (anyHost === undefined) {
    await db
      .insertInto('host')
      .values({
        name: 'local',
        address: JSON.stringify({ kind: 'local' }),
        storage_path: config.storageFolder,
      })
      .onConflict((c) => c.doNothing())
      .execute();
  }
  const offered = config.recipes ?? (await recipesOf(db));
  for (const recipe of await images.recipes()) {
    if (!offered.includes(recipe.name)) continue;
    await db
      .insertInto('image')
      .values({
        name: recipe.name,
        title: recipe.title,
        description: recipe.description,
        recipe: recipe.name,
      })
      .onConflict((c) =>
        c
          .columns(['tenant_id', 'name'])
          .doUpdateSet({ title: recipe.title, description: recipe.description }),
      )
      .execute();
    await db.transaction().execute(async (trx) => {
      const image = await trx
        .selectFrom('image')
        .select('id')
        .where('name', '=', recipe.name)
        .where('tenant_id', 'is', null)
        .forUpdate()
        .executeTakeFirstOrThrow();
      const versions = await trx
        .selectFrom('image_version')
        .select(['version', 'recipe_hash'])
        .where('image_id', '=', image.id)
        .execute();
      if (!versions.some((version) => version.recipe_hash === recipe.hash)) {
        const next = Math.max(0, ...versions.map((version) => version.version)) + 1;
        await trx
          .insertInto('image_version')
          .values({ image_id: image.id, version: next, recipe_hash: recipe.hash })
          .execute();
      }
      // Also one that somebody deleted: it does not come back with the next start.
      const pool = await trx
        .selectFrom('pool')
        .select('id')
        .where('tenant_id', '=', tenantId)
        .where('name', '=', recipe.name)
        .executeTakeFirst();
      if (pool !== undefined) return;
      const size = SIZES[recipe.name] ?? SIZE_ELSE;
      await trx
        .insertInto('pool')
        .values({
          tenant_id: tenantId,
          name: recipe.name,
          title: recipe.title,
          image_id: image.id,
          kind: 'pooled',
          cpus: size.cpus,
          memory_mib: size.memoryMib,
          // Until somebody says otherwise, people live where the server does.
          time_zone: new Intl.DateTimeFormat().resolvedOptions().timeZone,
        })
        .onConflict((c) => c.doNothing())
        .execute();
    });
  }
}

/** Those that are there: who began with another image, or deleted one, is not given it by the next start. */
async function recipesOf(db: Context['db']): Promise<string[]> {
  const rows = await db.selectFrom('image').select('recipe').execute();
  if (rows.length === 0) return [FIRST_RECIPE];
  return rows.flatMap(({ recipe }) => recipe ?? []);
}
