import {
  type Context,
  createPool,
  deletePool,
  endSession,
  listDesktops,
  listPools,
  markSession,
  openDesktop,
  poolsLoop,
  queueOf,
  recordInput,
  sessionsLoop,
  updatePool,
} from '@orangery/control';
import { poolInput } from '@orangery/contract';
import { ManualClock, systemClock } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let servers: [Context, Context];

beforeEach(async () => {
  world = await makeWorld({ readyCount: 0, machinesMax: 3 });
  servers = [await world.server(), await world.server()];
});
afterEach(() => world.close());

const office = poolInput.parse({
  name: 'office',
  title: 'Office',
  image: 'small',
  limits: { cpuShares: 500 },
});
const hours = {
  weekdays: [1, 2, 3, 4, 5, 6, 7],
  fromMinute: 0,
  untilMinute: 1440,
  timeZone: 'Europe/Vienna',
  readyCount: 2,
};

describe('a pool', () => {
  it('has words of its own for people, and no template is ready that is not its size', async () => {
    const [ada] = await world.people(1);
    const made = await createPool(servers[0], world.tenantId, {
      ...office,
      description: 'Letters and sums.',
      profileGib: 1,
    });
    const desktops = await listDesktops(servers[1], { ...ada!, roles: ['administrator'] });
    const desktop = desktops.find(({ poolId }) => made.kind === 'made' && poolId === made.id);
    expect(desktop).toMatchObject({
      description: 'Letters and sums.',
      own: false,
      profile: true,
      state: 'preparing',
    });
  });

  it('is made with what is given and sensible settings for the rest, once', async () => {
    const made = await Promise.all(servers.map((server) => createPool(server, world.tenantId, office)));
    expect(made.map(({ kind }) => kind).toSorted()).toEqual(['made', 'taken']);
    const [pool] = (await listPools(servers[0], world.tenantId)).filter(({ name }) => name === 'office');
    expect(pool).toMatchObject({
      kind: 'pooled',
      readyCount: 1,
      profileGib: null,
      limits: { cpuShares: 500, iops: null, memoryLocked: false },
      hours: [],
    });
    expect(await createPool(servers[0], world.tenantId, { ...office, image: 'none' })).toEqual({
      kind: 'noImage',
    });
  });

  it('changes only what is given', async () => {
    await updatePool(servers[0], { id: world.poolId, hours: [hours], limits: { iops: 500 } });
    await updatePool(servers[0], { id: world.poolId, title: 'Other', limits: { cpuCapPercent: 150 } });
    expect(await listPools(servers[1], world.tenantId, world.poolId)).toMatchObject([
      { title: 'Other', hours: [hours], limits: { iops: 500, cpuCapPercent: 150 }, machinesMax: 3 },
    ]);
    await updatePool(servers[0], { id: world.poolId, hours: [], limits: { iops: null } });
    expect(await listPools(servers[1], world.tenantId, world.poolId)).toMatchObject([
      { hours: [], limits: { iops: null } },
    ]);
  });

  it('keeps as many ready as its hours say', async () => {
    await updatePool(servers[0], { id: world.poolId, hours: [hours] });
    const turn = await poolsLoop(servers[0]).turn(world.poolId, never());
    expect(turn.detail).toContain('by its hours');
    expect(await world.db.selectFrom('machine').select('id').execute()).toHaveLength(2);
  });

  it('that is closed lets nobody begin, says why, and keeps nothing ready', async () => {
    await updatePool(servers[0], { id: world.poolId, hours: [hours] });
    const [ada, bob] = await world.people(2);
    await world.machines(1);
    const before = await openDesktop(servers[0], ada!, world.poolId);
    await updatePool(servers[0], { id: world.poolId, closedReason: 'Until Monday.' });
    await expect(openDesktop(servers[1], bob!, world.poolId)).rejects.toThrow('Until Monday.');
    expect(await openDesktop(servers[1], ada!, world.poolId)).toMatchObject({ sessionId: before.sessionId });
    await poolsLoop(servers[0]).turn(world.poolId, never());
    expect(await world.db.selectFrom('machine').select('id').execute()).toHaveLength(1);
  });

  it('is deleted when nobody uses it, with its machines, and its name is free again', async () => {
    const [ada] = await world.people(1);
    await world.machines(2);
    const { sessionId } = await openDesktop(servers[0], ada!, world.poolId);
    expect(await deletePool(servers[0], world.poolId)).toEqual({ kind: 'inUse', sessions: 1, own: 0 });
    await endSession(servers[0], sessionId, 'logged off');
    expect(await deletePool(servers[0], world.poolId)).toEqual({ kind: 'deleted' });
    expect(await deletePool(servers[1], world.poolId)).toEqual({ kind: 'missing' });
    expect(await listPools(servers[0], world.tenantId)).toEqual([]);
    await expect(openDesktop(servers[1], ada!, world.poolId)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await poolsLoop(servers[0]).turn(world.poolId, never());
    const machines = await world.db.selectFrom('machine').select('desired').execute();
    expect(machines.map(({ desired }) => desired)).toEqual(['absent', 'absent']);
    expect(await createPool(servers[0], world.tenantId, { ...office, name: 'small' })).toMatchObject({
      kind: 'made',
    });
  });

  it('is not deleted under somebody who opens a desktop in the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const made = await createPool(servers[0], world.tenantId, { ...office, name: `round${round}` });
      if (made.kind !== 'made') throw new Error('it is made');
      const [person] = await world.people(1);
      const [opened, deleted] = await Promise.all([
        openDesktop(servers[0], person!, made.id).catch(() => undefined),
        deletePool(servers[1], made.id),
      ]);
      expect([opened === undefined, deleted.kind]).toEqual(
        deleted.kind === 'deleted' ? [true, 'deleted'] : [false, 'inUse'],
      );
    }
  });
});

describe('who waits', () => {
  it('is told his place, and gets nearer as others leave', async () => {
    const people = await world.people(5);
    const opened = [];
    for (const person of people) opened.push((await openDesktop(servers[0], person, world.poolId)).sessionId);
    const places = await Promise.all(opened.map((id) => queueOf(servers[1], id)));
    expect(places.map((place) => place?.position)).toEqual([1, 2, 3, 4, 5]);
    expect(places[4]).toMatchObject({ expectedMs: null });
    await endSession(servers[0], opened[1]!, 'gave up');
    expect(await queueOf(servers[0], opened[4]!)).toMatchObject({ position: 4 });
    expect(await queueOf(servers[0], opened[1]!)).toBeUndefined();
  });

  it('is told when, once the pool has made machines', async () => {
    await world.machines(1);
    const now = Date.parse('2026-01-01T00:00:00Z');
    await world.db
      .updateTable('machine')
      .set({ taken_at: new Date(), created_at: new Date(now), painted_at: new Date(now + 3_000) })
      .execute();
    const [ada] = await world.people(1);
    const { sessionId } = await openDesktop(servers[0], ada!, world.poolId);
    expect(await queueOf(servers[0], sessionId)).toMatchObject({ position: 1, expectedMs: 3_000 });
  });
});

describe('a session in which nobody types or points', () => {
  it('ends after the pool’s time, and not while somebody does', async () => {
    await updatePool(servers[0], { id: world.poolId, idleTimeoutS: 600 });
    await world.machines(1);
    const [ada] = await world.people(1);
    const { sessionId } = await openDesktop(servers[0], ada!, world.poolId);
    await markSession(servers[0], sessionId, 'connected');
    const clock = new ManualClock(systemClock.now());
    const loop = sessionsLoop(await world.server({ clock }));
    await clock.advance(590_000);
    await loop.turn(sessionId, never());
    await recordInput(servers[1], sessionId, clock.now());
    await clock.advance(590_000);
    await loop.turn(sessionId, never());
    const look = () =>
      world.db.selectFrom('session').selectAll().where('id', '=', sessionId).executeTakeFirstOrThrow();
    expect((await look()).phase).toBe('connected');
    await clock.advance(20_000);
    await loop.turn(sessionId, never());
    expect(await look()).toMatchObject({
      phase: 'ended',
      end_reason: 'nobody typed or pointed for too long',
    });
  });
});
