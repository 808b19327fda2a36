import {
  type Context,
  deleteVersion,
  imagesLoop,
  listImages,
  listPools,
  makeCurrent,
  poolsLoop,
  retryRollout,
  rollBack,
} from '@orangery/control';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let servers: [Context, Context];
let newVersion: string;

const READY = 8;

beforeEach(async () => {
  world = await makeWorld({ readyCount: READY, machinesMax: 20 });
  servers = [await world.server(), await world.server()];
  await world.machines(READY);
  await turn();
  newVersion = await addVersion(2, 'ready');
});
afterEach(() => world.close());

async function addVersion(version: number, phase: 'ready' | 'testing'): Promise<string> {
  const { image_id } = await world.db
    .selectFrom('image_version')
    .select('image_id')
    .where('id', '=', world.imageVersionId)
    .executeTakeFirstOrThrow();
  const file = { path: `/nowhere/${version}.qcow2`, file_bytes: 1, virtual_bytes: 1 };
  const { id } = await world.db
    .insertInto('image_version')
    .values({ image_id, version, phase, ...file })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}
const turn = () => poolsLoop(servers[0]).turn(world.poolId, never());
const pool = async () => (await listPools(servers[1], world.tenantId, world.poolId))[0]!;
/** What the templates loop would do. */
const endTemplates = (values: { phase: 'ready' | 'failed'; attempts?: number; reason?: string }) =>
  world.db.updateTable('template').set(values).where('image_version_id', '=', newVersion).execute();
/** What the machines loop would do with those that are on their way. */
const endMachines = (phase: 'ready' | 'failed') =>
  world.db
    .updateTable('machine')
    .set({
      phase,
      phase_since: new Date(),
      ...(phase === 'ready' ? { painted_at: new Date() } : { reason: 'no agent' }),
    })
    .where('phase', '=', 'planned')
    .returning('id')
    .execute();
const wanted = async () => {
  const rows = await world.db.selectFrom('machine').selectAll().where('desired', '=', 'running').execute();
  const of = (version: string): number =>
    rows.filter(({ image_version_id, phase }) => image_version_id === version && phase !== 'failed').length;
  return { old: of(world.imageVersionId), new: of(newVersion) };
};

describe('a new version', () => {
  it('comes in waves, and people keep theirs', async () => {
    const person = (await world.people(1))[0]!;
    const taken = await world.db
      .selectFrom('machine')
      .select('id')
      .orderBy('created_at')
      .executeTakeFirstOrThrow();
    await world.db.updateTable('machine').set({ taken_at: new Date() }).where('id', '=', taken.id).execute();
    await world.db
      .insertInto('session')
      .values({
        tenant_id: world.tenantId,
        pool_id: world.poolId,
        principal_id: person.id,
        machine_id: taken.id,
      })
      .execute();
    await turn();
    await endMachines('ready');
    await makeCurrent(servers[1], newVersion);
    await turn();
    expect((await pool()).rollout).toMatchObject({ phase: 'rolling', wave: 'canary', to: { version: 2 } });
    expect(await wanted()).toEqual({ old: READY + 1, new: 0 });
    await endTemplates({ phase: 'ready' });
    for (const [news, wave] of [
      [1, 'canary'],
      [2, 'quarter'],
      [READY, 'all'],
    ] as const) {
      await turn();
      await turn();
      expect(await wanted(), wave).toMatchObject({ new: news });
      await endMachines('ready');
    }
    for (let turns = 0; turns < 3; turns += 1) await turn();
    expect(await wanted()).toEqual({ old: 1, new: READY });
    expect(
      (await world.db.selectFrom('machine').selectAll().where('id', '=', taken.id).executeTakeFirst())
        ?.desired,
    ).toBe('running');
    expect(await pool()).toMatchObject({
      rollout: { phase: 'done' },
      versions: [
        { version: 2, serves: true, ready: READY, inUse: 0 },
        { version: 1, serves: false, ready: 0, inUse: 1 },
      ],
    });
  });

  it('whose machines fail stops by itself: the old one is served on, until somebody tries again or goes back', async () => {
    await makeCurrent(servers[0], newVersion);
    await turn();
    await endTemplates({ phase: 'ready' });
    for (let failures = 0; failures < 2; failures += 1) {
      await turn();
      expect(await endMachines('failed')).toHaveLength(1);
    }
    await turn();
    await turn();
    expect((await pool()).rollout).toMatchObject({
      phase: 'stopped',
      reason: expect.stringContaining('no agent') as string,
    });
    expect(await wanted()).toEqual({ old: READY, new: 0 });
    expect(await retryRollout(servers[1], world.poolId)).toEqual({ kind: 'done' });
    await turn();
    expect(await wanted()).toEqual({ old: READY, new: 1 });
    expect(await rollBack(servers[1], world.poolId)).toEqual({ kind: 'done' });
    await turn();
    await turn();
    expect(await pool()).toMatchObject({ rollout: null, versions: [{ version: 1, serves: true }] });
    expect(await wanted()).toEqual({ old: READY, new: 0 });
    expect(await retryRollout(servers[1], world.poolId)).toMatchObject({ kind: 'refused' });
  });

  it('whose template fails twice is rolled out to nobody', async () => {
    await makeCurrent(servers[0], newVersion);
    await turn();
    await endTemplates({ phase: 'failed', attempts: 1, reason: 'it hangs' });
    await turn();
    expect((await pool()).rollout).toMatchObject({ phase: 'rolling' });
    await endTemplates({ phase: 'failed', attempts: 2, reason: 'it hangs' });
    await turn();
    expect((await pool()).rollout).toMatchObject({
      phase: 'stopped',
      reason: expect.stringContaining('it hangs') as string,
    });
    expect(await wanted()).toEqual({ old: READY, new: 0 });
  });

  it('that is rolled out twice at the same moment is rolled out once', async () => {
    await makeCurrent(servers[0], newVersion);
    await Promise.all(servers.map((server) => poolsLoop(server).turn(world.poolId, never())));
    expect(await world.db.selectFrom('rollout').select('id').execute()).toHaveLength(1);
  });

  it('that is replaced by a newer one before it is done is left', async () => {
    await makeCurrent(servers[0], newVersion);
    await turn();
    const newest = await addVersion(3, 'ready');
    await makeCurrent(servers[0], newest);
    await turn();
    const rollouts = await world.db
      .selectFrom('rollout')
      .select(['phase', 'to_version_id'])
      .orderBy('begun_at')
      .execute();
    expect(rollouts).toEqual([
      { phase: 'left', to_version_id: newVersion },
      { phase: 'rolling', to_version_id: newest },
    ]);
  });

  it('does not let the version be deleted that sessions still get', async () => {
    await makeCurrent(servers[0], newVersion);
    await turn();
    await world.db.deleteFrom('machine').execute();
    expect(await deleteVersion(servers[0], world.imageVersionId)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('Small') as string,
    });
  });

  it('of machines of people’s own counts for those made from then on, once its template is there', async () => {
    await world.db.updateTable('pool').set({ kind: 'persistent' }).execute();
    await world.db.deleteFrom('machine').execute();
    await makeCurrent(servers[0], newVersion);
    await turn();
    expect((await pool()).versions.find(({ serves }) => serves)?.version).toBe(1);
    await endTemplates({ phase: 'ready' });
    await turn();
    expect((await pool()).versions.find(({ serves }) => serves)?.version).toBe(2);
  });
});

describe('the boot test of a version', () => {
  const test = () => imagesLoop(servers[0]).turn(newVersion, never());
  const version = async () =>
    (await listImages(servers[1], world.tenantId))[0]!.versions.find(({ id }) => id === newVersion)!;

  beforeEach(async () => {
    newVersion = await addVersion(3, 'testing');
  });

  it('makes its template of the size of a pool, and it current when that is ready', async () => {
    await test();
    const templates = () =>
      world.db.selectFrom('template').selectAll().where('image_version_id', '=', newVersion).execute();
    expect(await templates()).toMatchObject([{ cpus: 1, memory_mib: 512, desired: 'ready' }]);
    // A look of the pool does not take it away.
    await turn();
    expect(await templates()).toMatchObject([{ desired: 'ready' }]);
    expect(await version()).toMatchObject({ phase: 'testing', current: false });
    await endTemplates({ phase: 'ready' });
    await test();
    expect(await version()).toMatchObject({ phase: 'ready', current: true });
  });

  it('that fails twice leaves everything as it was, and says why', async () => {
    await test();
    await endTemplates({ phase: 'failed', attempts: 2, reason: 'it hangs' });
    await test();
    expect(await version()).toMatchObject({
      phase: 'failed',
      current: false,
      reason: expect.stringContaining('it hangs') as string,
    });
    expect(
      (await listImages(servers[1], world.tenantId))[0]!.versions.find(({ current }) => current)?.version,
    ).toBe(1);
    // Nobody builds or tests it again but by a person.
    expect((await test()).outcome).not.toBe('failed');
    expect((await version()).phase).toBe('failed');
  });
});
