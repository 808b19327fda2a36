import { type Context, failurePicture, listFailures, machinesLoop, poolsLoop } from '@orangery/control';
import type { HostDriver, Picture } from '@orangery/hypervisor';
import { ManualClock } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let clock: ManualClock;
let server: Context;

/** A host on which machines run and show something, and whose guests never answer. */
beforeEach(async () => {
  world = await makeWorld({ readyCount: 1 });
  clock = new ManualClock(Date.now());
  const { driver } = listingHost({ machines: [], volumes: [] });
  const picture: Picture = { width: 4, height: 2, rgb: Buffer.alloc(24, 200) };
  const machines = Object.assign(Object.create(driver.machines) as HostDriver['machines'], {
    find: async (id: string) => ({ id, name: id, state: 'running', mark: undefined }),
    nics: async () => [],
    exec: () => Promise.reject(new Error('the guest is silent')),
    screenshot: async () => picture,
  });
  server = await world.server({
    clock,
    driver: Object.assign(Object.create(driver) as HostDriver, { machines }),
  });
});
afterEach(() => world.close());

const settle = (): Promise<unknown> => poolsLoop(server).turn(world.poolId, never());

/** Turns until the machine has failed, or is gone. */
async function fails(id: string): Promise<void> {
  const loop = machinesLoop(server);
  for (let turns = 0; turns < 10; turns += 1) {
    await loop.turn(id, never());
    const row = await world.db.selectFrom('machine').select('phase').where('id', '=', id).executeTakeFirst();
    if (row?.phase === 'failed') return;
    await clock.advance(15_000);
  }
  throw new Error('it did not fail');
}

const running = async (): Promise<string[]> => {
  const rows = await world.db
    .selectFrom('machine')
    .select('id')
    .where('desired', '=', 'running')
    .where('phase', '!=', 'failed')
    .execute();
  return rows.map(({ id }) => id);
};

describe('a machine that fails', () => {
  it('is remembered with its reason and what it showed, once', async () => {
    const [id] = await world.machines(1, 'planned');
    await fails(id!);
    const failures = await listFailures(server, world.poolId);
    expect(failures).toMatchObject([
      {
        reason: 'the guest is silent',
        host: 'local',
        version: 1,
        wasReady: false,
        pictured: true,
        machine: `small-${id!.slice(0, 6)}`,
      },
    ]);
    expect(await failurePicture(server, failures[0]!.id)).toMatchObject({ width: 4, height: 2 });
    await machinesLoop(server).turn(id!, never());
    expect(await listFailures(server, world.poolId)).toHaveLength(1);
  });

  it('leaves no picture when a person used it', async () => {
    const [id] = await world.machines(1, 'planned');
    await world.db.updateTable('machine').set({ taken_at: new Date() }).execute();
    await fails(id!);
    const [failure] = await listFailures(server, world.poolId);
    expect(failure?.pictured).toBe(false);
    expect(await failurePicture(server, failure!.id)).toBeUndefined();
  });

  it('is replaced, and replacements that fail too are made ever more rarely', async () => {
    await settle();
    for (let failed = 1; failed <= 3; failed += 1) {
      const [id] = await running();
      await fails(id!);
      expect(await settle()).toMatchObject(
        failed < 3
          ? { outcome: 'progress' }
          : { detail: expect.stringContaining('the last 3 machines failed') },
      );
    }
    expect(await running()).toEqual([]);
    await clock.advance(61_000);
    await settle();
    const [fourth] = await running();
    await fails(fourth!);
    await clock.advance(61_000);
    await settle();
    expect(await running()).toEqual([]);
    await clock.advance(61_000);
    await settle();
    expect(await running()).toHaveLength(1);
  });

  it('counts no more once another became ready', async () => {
    for (const id of await world.machines(3, 'planned')) await fails(id);
    expect(await settle()).toMatchObject({ detail: expect.stringContaining('failed') });
    await world.db
      .updateTable('pool')
      .set({ healthy_at: new Date(clock.now() + 1) })
      .execute();
    await settle();
    expect(await running()).toHaveLength(1);
  });

  it('is no reason to make none, when people end their machines themselves', async () => {
    const ids = await world.machines(4);
    await world.db
      .insertInto('machine_failure')
      .values(
        ids.map((id) => ({
          tenant_id: world.tenantId,
          pool_id: world.poolId,
          image_version_id: world.imageVersionId,
          machine_id: id,
          machine: id,
          was_ready: true,
          reason: 'it ended by itself',
        })),
      )
      .execute();
    await world.db.updateTable('machine').set({ taken_at: new Date() }).execute();
    await settle();
    expect(await running()).toHaveLength(5);
  });
});
