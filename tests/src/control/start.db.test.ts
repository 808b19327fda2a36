import {
  type Context,
  imagesLoop,
  rebuildLost,
  startInstallation,
  stopInstallation,
} from '@orangery/control';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

const LATER = new Date(Date.now() + 600_000);

let world: World;
let server: Context;
beforeEach(async () => {
  world = await makeWorld();
  server = await world.server();
});
afterEach(() => world.close());

const version = () =>
  world.db
    .selectFrom('image_version')
    .select(['phase', 'attempts', 'retry_at', 'reason'])
    .where('id', '=', world.imageVersionId)
    .executeTakeFirstOrThrow();

describe('an installation that is started', () => {
  it('goes on after a stop', async () => {
    const desired = async () =>
      (await world.db.selectFrom('installation').select('desired').executeTakeFirstOrThrow()).desired;
    await stopInstallation(server, false);
    expect(await desired()).toBe('stopped');
    await startInstallation(server);
    expect(await desired()).toBe('running');
  });

  it('tries at once what failed, and waits no more for its time', async () => {
    const failed = { phase: 'failed', attempts: 5, retry_at: LATER, reason: 'no mirror' } as const;
    await world.db.updateTable('image_version').set(failed).execute();
    await startInstallation(server);
    expect(await version()).toEqual({ phase: 'planned', attempts: 0, retry_at: null, reason: null });
  });

  it('leaves to a person what only a person can put right', async () => {
    await world.db
      .updateTable('image_version')
      .set({ phase: 'failed', reason: 'it does not boot' })
      .set('retry_at', new Date('9999-01-01T00:00:00Z'))
      .execute();
    await startInstallation(server);
    expect(await version()).toMatchObject({ phase: 'failed', reason: 'it does not boot' });
  });

  it('builds a file that is gone anew, and changes nothing else: who is current stays current', async () => {
    const builder = await world.server({
      images: {
        recipes: async () => [{ name: 'small', title: 'Small', description: '', hash: 'b' }],
        build: async () => ({ path: '/bin/true', hash: 'b', virtualBytes: 1, fileBytes: 1 }),
      },
    });
    await world.db.updateTable('image_version').set({ path: '/bin/sh', ready_at: new Date() }).execute();
    const { image_id } = await world.db
      .selectFrom('image_version')
      .select('image_id')
      .executeTakeFirstOrThrow();
    const { id } = await world.db
      .insertInto('image_version')
      .values({ image_id, version: 2, recipe_hash: 'b', phase: 'ready', ready_at: new Date() })
      .returning('id')
      .executeTakeFirstOrThrow();
    await rebuildLost(builder);
    const versions = () =>
      world.db.selectFrom('image_version').select(['phase', 'current', 'path']).orderBy('version').execute();
    const first = { phase: 'ready', current: true, path: '/bin/sh' };
    expect(await versions()).toEqual([first, { phase: 'planned', current: false, path: null }]);
    await imagesLoop(builder).turn(id, never());
    expect(await versions()).toEqual([first, { phase: 'ready', current: false, path: '/bin/true' }]);
  });

  it('finds an image whose file was deleted, and says so', async () => {
    await world.db
      .updateTable('image_version')
      .set({ phase: 'ready', path: '/nowhere/at-all.qcow2' })
      .execute();
    await startInstallation(server);
    expect(await version()).toMatchObject({
      phase: 'failed',
      reason: 'its file /nowhere/at-all.qcow2 is gone',
    });
  });
});
