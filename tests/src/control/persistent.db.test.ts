import {
  type Context,
  endSession,
  findSession,
  goldenVolume,
  listDesktops,
  listMachines,
  listPools,
  machinesLoop,
  openDesktop,
  poolsLoop,
  sessionsLoop,
} from '@orangery/control';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { HostDriver } from '@orangery/hypervisor';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let servers: [Context, Context];

beforeEach(async () => {
  world = await makeWorld({ machinesMax: 3, readyCount: 0 });
  servers = [await world.server(), await world.server()];
  await world.db
    .updateTable('pool')
    .set({ kind: 'persistent', machine_name: '{person}-{random}', profile_gib: 1 })
    .execute();
});
afterEach(() => world.close());

const machines = () => world.db.selectFrom('machine').selectAll().orderBy('created_at').execute();
const session = (id: string) =>
  world.db.selectFrom('session').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const everybodyTurns = async (...ids: string[]): Promise<void> => {
  await poolsLoop(servers[0]).turn(world.poolId, never());
  for (const id of ids) await sessionsLoop(servers[1]).turn(id, never());
};

describe('a pool of people’s own machines', () => {
  it('makes one for each who comes, and none before', async () => {
    await everybodyTurns();
    expect(await machines()).toEqual([]);
    const [ada, bob] = await world.people(2);
    const first = await openDesktop(servers[0], ada!, world.poolId);
    const second = await openDesktop(servers[1], bob!, world.poolId);
    expect((await session(first.sessionId)).machine_id).toBeNull();
    await everybodyTurns(first.sessionId, second.sessionId);
    const made = await machines();
    expect(new Set(made.map(({ principal_id }) => principal_id))).toEqual(new Set([ada!.id, bob!.id]));
    expect(made[0]).toMatchObject({ template_id: null, image_version_id: world.imageVersionId, power: 'on' });
    expect(made[0]?.name).toMatch(/^person-[01]-[0-9a-f]{6}$/);
    const opened = await session(first.sessionId);
    expect(made.find(({ id }) => id === opened.machine_id)?.principal_id).toBe(ada!.id);
    expect(opened.profile).toBe('none');
  });

  it('makes one, too, when two servers look at the same moment', async () => {
    const people = await world.people(3);
    for (const person of people) await openDesktop(servers[0], person, world.poolId);
    await Promise.all(servers.map((server) => poolsLoop(server).turn(world.poolId, never())));
    expect(await machines()).toHaveLength(3);
  });

  it('says whose each is, also while it is switched off', async () => {
    const [ada] = await world.people(1);
    const { sessionId } = await openDesktop(servers[0], ada!, world.poolId);
    await everybodyTurns(sessionId);
    expect(await findSession(servers[1], { tenantId: world.tenantId }, sessionId)).toMatchObject({
      own: true,
      profile: false,
    });
    await endSession(servers[0], sessionId, 'logged off');
    await world.db.updateTable('machine').set({ phase: 'off', power: 'off' }).execute();
    const own = [{ phase: 'off', person: null, owner: 'Person 0' }];
    const asked = { limit: 10, sort: 'created', order: 'desc' } as const;
    const found = async (search: string) =>
      (await listMachines(servers[1], world.tenantId, { search, ...asked })).items;
    expect(await found('')).toMatchObject(own);
    for (const search of ['person 0', 'OFF', 'local', 'small'])
      expect(await found(search)).toMatchObject(own);
    // What is a pattern's letter elsewhere is a letter here.
    for (const search of ['person 1', '%', '_', '\\']) expect(await found(search)).toEqual([]);
    expect((await listPools(servers[0], world.tenantId))[0]?.machines).toEqual({
      ready: 0,
      inUse: 0,
      starting: 0,
      off: 1,
    });
    const desktops = await listDesktops(servers[0], { ...ada!, roles: ['administrator'] });
    expect(desktops).toMatchObject([{ own: true, profile: false }]);
  });

  it('gives the same machine back the next time, switched on again', async () => {
    const [ada] = await world.people(1);
    const first = await openDesktop(servers[0], ada!, world.poolId);
    await everybodyTurns(first.sessionId);
    const [mine] = await machines();
    await world.db.updateTable('machine').set({ phase: 'ready' }).execute();
    await endSession(servers[0], first.sessionId, 'logged off');
    expect(await machines()).toMatchObject([
      { id: mine?.id, desired: 'running', power: 'on', taken_at: null },
    ]);
    await world.db
      .updateTable('machine')
      .set({ released_at: new Date(Date.now() - 3_600_000) })
      .execute();
    await everybodyTurns();
    expect(await machines()).toMatchObject([{ power: 'off', desired: 'running' }]);
    await world.db.updateTable('machine').set({ phase: 'off' }).execute();
    const again = await openDesktop(servers[1], ada!, world.poolId);
    expect((await session(again.sessionId)).machine_id).toBe(mine?.id);
    expect(await machines()).toMatchObject([{ power: 'on' }]);
    expect(await machines()).toHaveLength(1);
  });

  it('that failed is tried once more each time its person comes, and says why when it fails again', async () => {
    const [ada] = await world.people(1);
    const open = async () => {
      const { sessionId } = await openDesktop(servers[0], ada!, world.poolId);
      await everybodyTurns(sessionId);
      return sessionId;
    };
    const first = await open();
    const failed = { phase: 'failed', attempts: 10, reason: 'its disk is not there' } as const;
    await world.db.updateTable('machine').set(failed).execute();
    await everybodyTurns(first);
    expect(await session(first)).toMatchObject({
      phase: 'ended',
      end_reason: 'its machine ended: its disk is not there',
    });
    const second = await open();
    const [machine] = await machines();
    expect(await machines()).toHaveLength(1);
    expect(await session(second)).toMatchObject({ phase: 'waiting', machine_id: machine?.id });
    expect(machine).toMatchObject({ phase: 'stopping', restart: 'hard', power: 'on' });
    await world.db
      .updateTable('machine')
      .set({ ...failed, restart: null })
      .execute();
    await everybodyTurns(second);
    expect(await session(second)).toMatchObject({ phase: 'ended' });
  });

  it('never gives a person’s machine to another, and tells who finds no room', async () => {
    const people = await world.people(4);
    const opened = [];
    for (const person of people) opened.push(await openDesktop(servers[0], person, world.poolId));
    await everybodyTurns(...opened.map(({ sessionId }) => sessionId));
    const owners = await machines();
    expect(owners).toHaveLength(3);
    const sessions = await Promise.all(opened.map(({ sessionId }) => session(sessionId)));
    for (const { machine_id, principal_id } of sessions) {
      const machine = owners.find(({ id }) => id === machine_id);
      if (machine !== undefined) expect(machine.principal_id).toBe(principal_id);
    }
    expect(sessions.filter(({ machine_id }) => machine_id === null)).toHaveLength(1);
    expect(await poolsLoop(servers[0]).turn(world.poolId, never())).toMatchObject({
      outcome: 'waiting',
      detail: expect.stringContaining('limit of 3') as string,
    });
  });

  it('takes the image it stands on along from the host when it is the last that does', async () => {
    const seen = listingHost({ machines: [], volumes: [] });
    const deleted: string[] = [];
    const remove = async (_pool: string, name: string): Promise<void> => void deleted.push(name);
    const driver = Object.create(seen.driver, {
      storage: { value: Object.create(seen.driver.storage, { delete: { value: remove } }) as unknown },
    }) as HostDriver;
    const server = await world.server({ driver });
    const people = await world.people(2);
    for (const person of people) await openDesktop(server, person, world.poolId);
    await poolsLoop(server).turn(world.poolId, never());
    await world.db.deleteFrom('template').execute();
    const ids = (await machines()).map(({ id }) => id);
    expect(ids).toHaveLength(2);
    await world.db.updateTable('machine').set({ desired: 'absent' }).execute();
    const golden = goldenVolume(world.imageVersionId);
    for (const id of ids) {
      expect(deleted).not.toContain(golden);
      await machinesLoop(server).turn(id, never());
    }
    expect(await machines()).toEqual([]);
    expect(deleted).toContain(golden);
  });
});
