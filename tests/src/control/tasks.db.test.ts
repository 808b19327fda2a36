import type { Right } from '@orangery/contract';
import {
  askForDedupe,
  ALL_RIGHTS,
  type Context,
  deleteOldHistory,
  findTask,
  historyOf,
  imagesLoop,
  listTasks,
  logOf,
  retryTask,
  stopTask,
  storageLoop,
  type Task,
} from '@orangery/control';
import { ManualClock } from '@orangery/std';
import type { DedupeDriver } from '@orangery/hypervisor';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let server: Context;
beforeEach(async () => {
  world = await makeWorld();
  server = await world.server();
});
afterEach(() => world.close());

const WHOLE = { limit: 100, sort: 'began', order: 'desc' } as const;
const seenBy = (...rights: Right[]) => ({ tenantId: world.tenantId, rights: new Set(rights) });
const all = () => ({ tenantId: world.tenantId, rights: ALL_RIGHTS });
const list = async (seen: ReturnType<typeof all> = all(), filter: object = {}): Promise<Task[]> =>
  (await listTasks(server, seen, { ...WHOLE, ...filter })).items;
const task = async (id: string): Promise<Task> => {
  const found = await findTask(server, all(), id);
  if (found === undefined) throw new Error(`there is no task ${id}`);
  return found;
};

async function version(number: number, values: object): Promise<string> {
  const { image_id } = await world.db
    .selectFrom('image_version')
    .select('image_id')
    .where('id', '=', world.imageVersionId)
    .executeTakeFirstOrThrow();
  const row = await world.db
    .insertInto('image_version')
    .values({ image_id, version: number, recipe_hash: 'b', ...values })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

async function rollout(values: object): Promise<string> {
  const row = await world.db
    .insertInto('rollout')
    .values({ pool_id: world.poolId, to_version_id: world.imageVersionId, ...values })
    .returning('id')
    .executeTakeFirstOrThrow();
  return row.id;
}

/** Of a machine that its person keeps. */
async function maintenance(values: object): Promise<{ id: string; machineId: string }> {
  await world.db.updateTable('pool').set({ kind: 'persistent' }).execute();
  const [machineId = ''] = await world.machines(1);
  const row = await world.db
    .insertInto('machine_maintenance')
    .values({
      tenant_id: world.tenantId,
      pool_id: world.poolId,
      machine_id: machineId,
      machine: 'ada',
      until: new Date(),
      due_at: new Date(),
      limit_s: 60,
      asked_by: 'Ada',
      ...values,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { id: row.id, machineId };
}

describe('the list of tasks', () => {
  it('has what takes long of every kind, each as its own table has it', async () => {
    await version(2, {
      phase: 'building',
      progress: JSON.stringify({ step: 'Packages', fraction: 0.5, detail: '' }),
    });
    await rollout({ phase: 'stopped', reason: 'two froze' });
    await maintenance({ phase: 'ended', outcome: 'failed', ended_at: new Date(), reason: 'apt broke' });
    await world.db
      .insertInto('storage_dedupe_run')
      .values({ host_id: world.hostId, ended_at: new Date(), outcome: 'cut', reason: 'Its time was over' })
      .execute();
    const found = (await list()).map(({ kind, title, state, reason, progress, again, stop, shared }) => [
      kind,
      title,
      state,
      reason ?? progress?.step ?? null,
      { again, stop, shared },
    ]);
    expect(found.toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b)))).toEqual([
      ['dedupe', 'local', 'stopped', 'Its time was over', { again: true, stop: false, shared: true }],
      ['image', 'Small, version 1', 'done', null, { again: false, stop: false, shared: true }],
      ['image', 'Small, version 2', 'running', 'Packages', { again: false, stop: true, shared: true }],
      ['maintenance', 'ada', 'failed', 'apt broke', { again: true, stop: false, shared: false }],
      ['rollout', 'Small, version 1', 'failed', 'two froze', { again: true, stop: false, shared: false }],
      ['template', 'Small on local', 'done', null, { again: false, stop: false, shared: true }],
    ]);
    expect((await list(all(), { state: 'open' })).map(({ kind }) => kind).toSorted()).toEqual([
      'image',
      'maintenance',
      'rollout',
    ]);
    expect((await list(all(), { search: 'FROZE' })).map(({ kind }) => kind)).toEqual(['rollout']);
  });

  it('shows each kind to who may see it, and nothing of another tenant', async () => {
    await rollout({});
    expect(new Set((await list(seenBy('pools.look'))).map(({ kind }) => kind))).toEqual(new Set(['rollout']));
    expect(new Set((await list(seenBy('images.look'))).map(({ kind }) => kind))).toEqual(
      new Set(['image', 'template']),
    );
    const elsewhere = { tenantId: crypto.randomUUID(), rights: ALL_RIGHTS };
    expect((await list(elsewhere)).filter(({ shared }) => !shared)).toEqual([]);
    const [its] = await list(seenBy('pools.look'));
    expect(await findTask(server, elsewhere, its?.id ?? '')).toBeUndefined();
  });

  it('leaves out what is a plan: machines whose moment is to come', async () => {
    await maintenance({ asked_by: null, window_from: new Date(), due_at: new Date(Date.now() + 3_600_000) });
    expect((await list()).some(({ kind }) => kind === 'maintenance')).toBe(false);
  });
});

describe('what failed', () => {
  it('is tried again by what its own page does', async () => {
    const failed = await version(2, {
      phase: 'failed',
      reason: 'no network',
      retry_at: new Date('2999-01-01'),
    });
    await world.db
      .updateTable('template')
      .set({ phase: 'failed', attempts: 5, retry_at: new Date('2999-01-01') })
      .execute();
    const stopped = await rollout({ phase: 'stopped' });
    const { id, machineId } = await maintenance({ phase: 'ended', outcome: 'failed', ended_at: new Date() });
    for (const each of [failed, world.templateId, stopped, id])
      expect([each, await retryTask(server, await task(each), 'Bob')]).toEqual([each, { kind: 'done' }]);
    expect((await task(failed)).state).toBe('waiting');
    expect((await task(stopped)).state).toBe('running');
    const template = await world.db.selectFrom('template').selectAll().executeTakeFirstOrThrow();
    expect([template.attempts, template.retry_at]).toEqual([0, null]);
    const again = await world.db
      .selectFrom('machine_maintenance')
      .select(['asked_by'])
      .where('machine_id', '=', machineId)
      .where('ended_at', 'is', null)
      .executeTakeFirst();
    expect(again?.asked_by).toBe('Bob');
    // It has its successor.
    expect((await task(id)).again).toBe(false);
  });

  it('is not tried again where it did not fail, and the reason says so', async () => {
    const outcome = await retryTask(server, await task(world.imageVersionId), 'Bob');
    expect(outcome).toMatchObject({ kind: 'refused', reason: expect.stringContaining('is done') as string });
  });
});

describe('what runs', () => {
  it('of a build ends with it: the builder is told, and nothing of the version is left', async () => {
    const builds = await world.server({
      images: {
        build: (_recipe, { signal, onProgress }) =>
          new Promise((_, reject) => {
            signal?.addEventListener('abort', () => reject(signal.reason as Error));
            void (async () => {
              await stopTask(server, await task(id), 'Bob');
              onProgress?.({ step: 'Packages', fraction: 0.1, detail: '' });
            })();
          }),
      },
    });
    const id = await version(2, {});
    const loop = imagesLoop(builds);
    expect(await loop.turn(id, never())).toMatchObject({ outcome: 'progress', detail: 'ended' });
    await loop.turn(id, never());
    expect(await findTask(server, all(), id)).toBeUndefined();
  });

  it('of deduplication ends at its next look, with who wanted it', async () => {
    const { driver } = listingHost({ machines: [], volumes: [] });
    const dedupe: DedupeDriver = {
      obstacle: () => Promise.resolve(undefined),
      async run(_pool, _volumes, { signal, mayRun }) {
        const [running] = await list(all(), { state: 'running' });
        if (running === undefined) throw new Error('it is in no list');
        expect(await stopTask(server, running, 'Bob')).toEqual({ kind: 'done' });
        await mayRun();
        signal.throwIfAborted();
        return { usedBefore: 0, usedAfter: 0 };
      },
    };
    const stopped = await world.server({
      driver: Object.create(driver, { dedupe: { value: dedupe } }) as typeof driver,
    });
    await askForDedupe(stopped, world.hostId);
    await storageLoop(stopped).turn(world.hostId, never());
    expect(await list(all(), { search: 'Dedup' })).toMatchObject([
      { state: 'stopped', reason: 'Bob stopped it', again: true, stop: false },
    ]);
  });

  it('of maintenance is stopped in the name of who wants it', async () => {
    const { id } = await maintenance({ phase: 'running', started_at: new Date() });
    expect(await stopTask(server, await task(id), 'Bob')).toEqual({ kind: 'done' });
    expect((await task(id)).stop).toBe(false);
    const row = await world.db.selectFrom('machine_maintenance').select('stopped_by').executeTakeFirst();
    expect(row?.stopped_by).toBe('Bob');
  });
});

describe('the history of a thing', () => {
  it('has each phase that it came to, with its reason, the latest first', async () => {
    const [id = ''] = await world.machines(1, 'planned');
    const set = (values: object) =>
      world.db.updateTable('machine').set(values).where('id', '=', id).execute();
    await set({ phase: 'cloning' });
    await set({ attempts: 1 });
    await set({ phase: 'failed', reason: 'no room' });
    expect((await historyOf(server, id)).map(({ what, reason }) => [what, reason])).toEqual([
      ['failed', 'no room'],
      ['cloning', null],
      ['planned', null],
    ]);
  });

  it('of a build has its steps and not its percents; of maintenance what was done in the guest', async () => {
    const id = await version(2, {});
    const at = (step: string, fraction: number) =>
      world.db
        .updateTable('image_version')
        .set({ phase: 'building', progress: JSON.stringify({ step, fraction, detail: '' }) })
        .where('id', '=', id)
        .execute();
    await at('Packages', 0.1);
    await at('Packages', 0.9);
    await at('Disk', 0);
    expect((await logOf(server, await task(id))).map(({ what, reason }) => [what, reason])).toEqual([
      ['building', 'Disk'],
      ['building', 'Packages'],
      ['planned', null],
    ]);
    const items = [{ name: 'update', outcome: 'failed', exitCode: 1, seconds: 3.2, detail: 'no network' }];
    const done = await maintenance({
      phase: 'ended',
      outcome: 'failed',
      ended_at: new Date(),
      items: JSON.stringify(items),
    });
    expect((await logOf(server, await task(done.id)))[0]).toMatchObject({
      what: 'update: failed',
      reason: '3 s, no network',
    });
  });

  it('is kept for a month', async () => {
    const clock = new ManualClock(Date.now());
    const later = await world.server({ clock });
    await clock.advance(29 * 86_400_000);
    expect(await deleteOldHistory(later)).toBe(0);
    await clock.advance(2 * 86_400_000);
    expect(await deleteOldHistory(later)).toBeGreaterThan(0);
    const { rows } = await sql`select from history`.execute(world.db);
    expect(rows).toEqual([]);
  });
});
