import {
  type Context,
  endSession,
  openDesktop,
  poolsLoop,
  queueOf,
  resolveProfile,
  sessionsLoop,
} from '@orangery/control';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

/** People whose files are on one of two hosts: a machine on the other is of no use to them. */
let world: World;
let servers: [Context, Context];
let far: string;

beforeEach(async () => {
  world = await makeWorld({ readyCount: 0, machinesMax: 3 });
  servers = [await world.server(), await world.server()];
  await world.db.updateTable('pool').set({ profile_gib: 1 }).execute();
  far = await world.host('far');
  const { facts } = await world.db
    .selectFrom('host')
    .select('facts')
    .where('id', '=', world.hostId)
    .executeTakeFirstOrThrow();
  await world.db
    .updateTable('host')
    .set({ facts: JSON.stringify(facts) })
    .where('id', '=', far)
    .execute();
  const { id: _id, ...template } = await world.db
    .selectFrom('template')
    .selectAll()
    .executeTakeFirstOrThrow();
  await world.db
    .insertInto('template')
    .values({ ...template, host_id: far })
    .execute();
});
afterEach(() => world.close());

const session = (id: string) =>
  world.db.selectFrom('session').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const machines = () => world.db.selectFrom('machine').selectAll().orderBy('created_at').execute();
const filesOf = (person: { id: string }, hostId: string) =>
  world.db
    .insertInto('profile_disk')
    .values({ tenant_id: world.tenantId, principal_id: person.id, host_id: hostId, size_gib: 1 })
    .execute();
const turnOfPool = (server = servers[0]) => poolsLoop(server).turn(world.poolId, never());

describe('who waits where their files are', () => {
  it('gets a machine there, though one stands ready elsewhere', async () => {
    const [elsewhere] = await world.machines(1);
    const [ada] = await world.people(1);
    await filesOf(ada!, far);
    const { sessionId } = await openDesktop(servers[0], ada!, world.poolId);
    expect((await session(sessionId)).machine_id).toBeNull();
    await turnOfPool();
    const made = (await machines()).filter(({ id }) => id !== elsewhere);
    expect(made).toMatchObject([{ host_id: far, desired: 'running' }]);
    // Nothing more is made while it is on its way, and it is not taken for one too many.
    await turnOfPool(servers[1]);
    expect((await machines()).filter(({ host_id }) => host_id === far)).toMatchObject([
      { desired: 'running' },
    ]);
    await sessionsLoop(servers[1]).turn(sessionId, never());
    expect((await session(sessionId)).machine_id).toBe(made[0]?.id);
  });

  it('is waited for by one that nobody has, where the pool is full', async () => {
    const ready = await world.machines(3);
    await world.db.updateTable('pool').set({ ready_count: 3 }).execute();
    const [ada] = await world.people(1);
    await filesOf(ada!, far);
    await openDesktop(servers[0], ada!, world.poolId);
    await turnOfPool();
    const left = (await machines()).filter(({ desired }) => desired === 'running');
    expect(left).toHaveLength(2);
    await world.db.deleteFrom('machine').where('desired', '=', 'absent').execute();
    await turnOfPool();
    expect((await machines()).filter(({ id }) => !ready.includes(id))).toMatchObject([{ host_id: far }]);
  });

  it('is told their place among those who wait there, and which host is away', async () => {
    const people = await world.people(3);
    await filesOf(people[1]!, far);
    await filesOf(people[2]!, far);
    const opened: string[] = [];
    for (const person of people) opened.push((await openDesktop(servers[0], person, world.poolId)).sessionId);
    // The first may have any machine, also one there.
    expect(await queueOf(servers[0], opened[1]!)).toMatchObject({ position: 2 });
    await filesOf(people[0]!, world.hostId);
    expect(await queueOf(servers[0], opened[0]!)).toMatchObject({ position: 1 });
    expect(await queueOf(servers[0], opened[1]!)).toMatchObject({ position: 1 });
    expect(await queueOf(servers[0], opened[2]!)).toMatchObject({ position: 2 });
    await world.db.updateTable('host').set({ phase: 'unreachable' }).where('id', '=', far).execute();
    expect(await queueOf(servers[0], opened[2]!)).toMatchObject({
      expectedMs: null,
      reason: 'Your files are on far, which does not answer now. You get a desktop as soon as it does.',
    });
    await turnOfPool();
    expect((await machines()).map(({ host_id }) => host_id)).toEqual([world.hostId]);
  });

  it('may go on without them while their host is away, and not else', async () => {
    const [elsewhere] = await world.machines(1);
    const [ada] = await world.people(1);
    await filesOf(ada!, far);
    const { sessionId } = await openDesktop(servers[0], ada!, world.poolId);
    expect(await queueOf(servers[0], sessionId)).toMatchObject({ filesAway: false });
    expect(await resolveProfile(servers[0], sessionId, 'without')).toBe(false);
    await world.db.updateTable('host').set({ phase: 'unreachable' }).where('id', '=', far).execute();
    expect(await queueOf(servers[0], sessionId)).toMatchObject({ filesAway: true });
    expect(await resolveProfile(servers[0], sessionId, 'takeOver')).toBe(false);
    expect(await resolveProfile(servers[0], sessionId, 'without')).toBe(true);
    await sessionsLoop(servers[1]).turn(sessionId, never());
    expect(await session(sessionId)).toMatchObject({ machine_id: elsewhere, profile: 'none' });
  });
});

describe('machines that wait', () => {
  it('stand where those who may come have their files', async () => {
    const people = await world.people(4);
    await world.db.updateTable('pool').set({ ready_count: 3 }).execute();
    for (const person of people) {
      await filesOf(person, far);
      const { sessionId } = await openDesktop(servers[0], person, world.poolId);
      await endSession(servers[0], sessionId, 'logged off');
    }
    await turnOfPool();
    expect((await machines()).map(({ host_id }) => host_id)).toEqual([far, far, far]);
  });
});

describe('a desktop that has its machine on another host than the files', () => {
  /** Two pools opened at once by somebody who has no files yet: the first to come makes the disk, on its host. */
  async function twoDesktops(): Promise<{ first: string; second: string; person: { id: string } }> {
    const [here, there] = await world.machines(2);
    const {
      id: _id,
      name: _name,
      ...pool
    } = await world.db
      .selectFrom('pool')
      .selectAll()
      .where('id', '=', world.poolId)
      .executeTakeFirstOrThrow();
    const other = await world.db
      .insertInto('pool')
      .values({ ...pool, name: 'other' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await world.db
      .updateTable('machine')
      .set({ pool_id: other.id, host_id: far })
      .where('id', '=', there!)
      .execute();
    const [ada] = await world.people(1, [world.poolId, other.id]);
    const { sessionId: second } = await openDesktop(servers[1], ada!, other.id);
    expect((await session(second)).machine_id).toBe(there);
    // As if both had come at the same moment.
    await world.db.updateTable('profile_disk').set({ host_id: world.hostId, machine_id: here! }).execute();
    const { sessionId: first } = await openDesktop(servers[0], ada!, world.poolId);
    expect((await session(first)).machine_id).toBe(here);
    await sessionsLoop(servers[1]).turn(second, never());
    expect(await session(second)).toMatchObject({ profile: 'conflict' });
    return { first, second, person: ada! };
  }

  it('takes them over on a machine where they are', async () => {
    const { first, second } = await twoDesktops();
    const before = (await session(second)).machine_id;
    expect(await resolveProfile(servers[1], second, 'takeOver')).toBe(true);
    const loop = sessionsLoop(servers[0]);
    expect(await loop.turn(second, never())).toMatchObject({ outcome: 'progress' });
    expect(await session(second)).toMatchObject({ machine_id: null, phase: 'waiting', ended_at: null });
    expect((await session(first)).ended_at).not.toBeNull();
    expect((await machines()).find(({ id }) => id === before)).toMatchObject({ desired: 'absent' });
    const [fresh] = await world.machines(1);
    const { pool_id } = await session(second);
    await world.db.updateTable('machine').set({ pool_id }).where('id', '=', fresh!).execute();
    await loop.turn(second, never());
    expect((await session(second)).machine_id).toBe(fresh);
    // The machine of before lets go of them.
    await world.db.updateTable('profile_disk').set({ machine_id: null }).execute();
    await loop.turn(second, never());
    expect(await world.db.selectFrom('profile_disk').selectAll().execute()).toMatchObject([
      { machine_id: fresh, host_id: world.hostId },
    ]);
  });

  it('goes on where it is without them', async () => {
    const { second } = await twoDesktops();
    const before = (await session(second)).machine_id;
    expect(await resolveProfile(servers[1], second, 'without')).toBe(true);
    await sessionsLoop(servers[0]).turn(second, never());
    expect(await session(second)).toMatchObject({ machine_id: before, profile: 'none' });
  });
});
