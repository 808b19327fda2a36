import { type Context, stopInstallation } from '@orangery/control';
import { seed } from '@orangery/server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

const recipe = (name: string) => ({ name, title: name, description: '', hash: `${name}-1` });

let world: World;
let server: Context;
beforeEach(async () => {
  world = await makeWorld();
  server = await world.server({
    images: { recipes: async () => ['small', 'debian-openbox', 'debian-xfce'].map(recipe) },
  });
});
afterEach(() => world.close());

const start = (recipes?: string[]) => seed(server, { recipes, storageFolder: '/nowhere' });
const offered = async () => {
  const rows = await world.db
    .selectFrom('image')
    .innerJoin('image_version', 'image_version.image_id', 'image.id')
    .select((eb) => ['image.name', eb.fn.max('image_version.version').as('version')])
    .groupBy('image.name')
    .orderBy('image.name')
    .execute();
  return rows.map(({ name, version }) => `${name} ${version}`);
};
const remove = async () => {
  for (const table of ['template', 'pool', 'image_version', 'image'] as const)
    await world.db.deleteFrom(table).execute();
};

describe('a start', () => {
  it('begins with one image, and adds another that is asked for', async () => {
    await remove();
    await start();
    expect(await offered()).toEqual(['debian-xfce 1']);
    await start(['debian-openbox']);
    expect(await offered()).toEqual(['debian-openbox 1', 'debian-xfce 1']);
  });

  it('adds no image to those that are there, and a version where a recipe has changed', async () => {
    await start();
    await start();
    expect(await offered()).toEqual(['small 2']);
  });

  it('of one server of several undoes no stop', async () => {
    await stopInstallation(server, false);
    await start();
    const { desired } = await world.db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
    expect(desired).toBe('stopped');
  });

  it('brings no image back to somebody who has only what they imported', async () => {
    await world.db.updateTable('image').set({ recipe: null }).execute();
    await start();
    expect(await offered()).toEqual(['small 1']);
  });
});
