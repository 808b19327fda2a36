import { type Context, startInstallation, stopInstallation } from '@orangery/control';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

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
