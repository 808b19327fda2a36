import {
  type Context,
  connectability,
  endSession,
  openDesktop,
  resolveProfile,
  sessionsLoop,
} from '@orangery/control';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let servers: [Context, Context];

beforeEach(async () => {
  world = await makeWorld({ readyCount: 0, machinesMax: 1000 });
  servers = [await world.server(), await world.server()];
  await world.db.updateTable('pool').set({ profile_gib: 1 }).execute();
});
afterEach(() => world.close());

const disks = () => world.db.selectFrom('profile_disk').selectAll().execute();
const session = (id: string) =>
  world.db.selectFrom('session').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

/** A second pool like the first, with machines of its own. */
async function otherPool(machines: number): Promise<string> {
  const {
    id: _id,
    name: _name,
    ...pool
  } = await world.db.selectFrom('pool').selectAll().where('id', '=', world.poolId).executeTakeFirstOrThrow();
  const { id } = await world.db
    .insertInto('pool')
    .values({ ...pool, name: 'other' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const made = await world.machines(machines);
  await world.db.updateTable('machine').set({ pool_id: id }).where('id', 'in', made).execute();
  return id;
}

/** What the machines loop does when a machine is proven out. */
const release = (machineId: string | null) =>
  world.db
    .updateTable('profile_disk')
    .set({ machine_id: null })
    .where('machine_id', '=', machineId)
    .execute();

describe('a person’s profile disk', () => {
  it('is made with their first desktop, and is claimed for its machine', async () => {
    await world.machines(1);
    const [ada] = await world.people(1);
    const { sessionId } = await openDesktop(servers[0], ada!, world.poolId, { language: 'de_AT' });
    const opened = await session(sessionId);
    expect(opened).toMatchObject({ profile: 'disk', locale: { language: 'de_AT' } });
    expect(await disks()).toMatchObject([
      { principal_id: ada!.id, machine_id: opened.machine_id, size_gib: 1, host_id: world.hostId },
    ]);
  });

  it('keeps the desktop from being shown before it is the session’s home', async () => {
    const [machine] = await world.machines(1);
    const [ada] = await world.people(1);
    const { sessionId } = await openDesktop(servers[0], ada!, world.poolId);
    await world.db.updateTable('machine').set({ painted_at: new Date() }).execute();
    expect(await connectability(servers[0], sessionId)).toMatchObject({ kind: 'waiting' });
    await world.db
      .updateTable('machine')
      .set({ adopted_at: new Date() })
      .where('id', '=', machine!)
      .execute();
    expect(await connectability(servers[0], sessionId)).toMatchObject({ kind: 'ready' });
  });

  it('in use by another desktop of theirs is a choice: go on without', async () => {
    await world.machines(1);
    const other = await otherPool(1);
    const [ada] = await world.people(1);
    const first = await openDesktop(servers[0], ada!, world.poolId);
    const second = await openDesktop(servers[1], ada!, other);
    await world.db.updateTable('machine').set({ painted_at: new Date() }).execute();
    expect(await connectability(servers[1], second.sessionId)).toEqual({
      kind: 'conflict',
      other: { sessionId: first.sessionId, title: 'Small' },
    });
    expect(await resolveProfile(servers[1], second.sessionId, 'without')).toBe(true);
    expect(await resolveProfile(servers[1], second.sessionId, 'without')).toBe(false);
    expect(await connectability(servers[1], second.sessionId)).toMatchObject({ kind: 'ready' });
    expect(await session(first.sessionId)).toMatchObject({ ended_at: null, profile: 'disk' });
  });

  it('is no choice any more once the other desktop has ended', async () => {
    await world.machines(1);
    const other = await otherPool(1);
    const [ada] = await world.people(1, [world.poolId, other]);
    const first = await openDesktop(servers[0], ada!, world.poolId);
    const second = await openDesktop(servers[1], ada!, other);
    const holder = (await session(first.sessionId)).machine_id;
    const loop = sessionsLoop(servers[1]);
    await loop.turn(second.sessionId, never());
    expect(await session(second.sessionId)).toMatchObject({ profile: 'conflict' });
    await endSession(servers[0], first.sessionId, 'logged off');
    expect(await loop.keys()).toContain(second.sessionId);
    await loop.turn(second.sessionId, never());
    await release(holder);
    await loop.turn(second.sessionId, never());
    expect(await session(second.sessionId)).toMatchObject({ profile: 'disk' });
    expect(await disks()).toMatchObject([{ machine_id: (await session(second.sessionId)).machine_id }]);
  });

  it('that is on a host without a free machine keeps nobody behind from machines elsewhere', async () => {
    const far = await world.host('far');
    const [ada, grace] = await world.people(2);
    await world.db
      .insertInto('profile_disk')
      .values({ tenant_id: world.tenantId, principal_id: ada!.id, host_id: far, size_gib: 1 })
      .execute();
    const bound = await openDesktop(servers[0], ada!, world.poolId);
    const free = await openDesktop(servers[0], grace!, world.poolId);
    await world.machines(1);
    await sessionsLoop(servers[0]).turn(bound.sessionId, never());
    expect((await session(bound.sessionId)).machine_id).toBeNull();
    expect((await session(free.sessionId)).machine_id).not.toBeNull();
  });

  it('or take it over: the first desktop ends, and nobody else writes before it is out', async () => {
    await world.machines(1);
    const other = await otherPool(1);
    const [ada] = await world.people(1, [world.poolId, other]);
    const first = await openDesktop(servers[0], ada!, world.poolId);
    const second = await openDesktop(servers[1], ada!, other);
    const holder = (await session(first.sessionId)).machine_id;
    expect(await resolveProfile(servers[1], second.sessionId, 'takeOver')).toBe(true);
    expect((await session(first.sessionId)).ended_at).not.toBeNull();
    const loop = sessionsLoop(servers[1]);
    expect(await loop.turn(second.sessionId, never())).toMatchObject({ outcome: 'waiting' });
    expect(await disks()).toMatchObject([{ machine_id: holder }]);
    await release(holder);
    await loop.turn(second.sessionId, never());
    expect(await disks()).toMatchObject([{ machine_id: (await session(second.sessionId)).machine_id }]);
  });

  it('has one writer, however many desktops are opened at once on two servers', async () => {
    await world.machines(20);
    const other = await otherPool(20);
    const people = await world.people(20);
    await Promise.all(
      people.flatMap((person, index) => [
        openDesktop(servers[index % 2 === 0 ? 0 : 1], person, world.poolId),
        openDesktop(servers[index % 2 === 0 ? 1 : 0], person, other),
      ]),
    );
    const claimed = await disks();
    expect(claimed).toHaveLength(20);
    expect(new Set(claimed.map(({ machine_id }) => machine_id)).size).toBe(20);
    const sessions = await world.db.selectFrom('session').select(['profile']).execute();
    expect(sessions.filter(({ profile }) => profile === 'disk')).toHaveLength(20);
    expect(sessions.filter(({ profile }) => profile === 'conflict')).toHaveLength(20);
  });

  it('waits where the last machine is still being closed, and is not given to two', async () => {
    await world.machines(2);
    const [ada] = await world.people(1);
    const first = await openDesktop(servers[0], ada!, world.poolId);
    const holder = (await session(first.sessionId)).machine_id;
    await endSession(servers[0], first.sessionId, 'logged off');
    const second = await openDesktop(servers[1], ada!, world.poolId);
    expect(await session(second.sessionId)).toMatchObject({ profile: 'disk' });
    expect(await disks()).toMatchObject([{ machine_id: holder }]);
    await release(holder);
    await sessionsLoop(servers[0]).turn(second.sessionId, never());
    expect(await disks()).toMatchObject([{ machine_id: (await session(second.sessionId)).machine_id }]);
  });

  it('takes the person to the host that keeps it', async () => {
    const far = await world.host('far');
    const [ada] = await world.people(1);
    const [near, away] = await world.machines(2);
    await world.db.updateTable('machine').set({ host_id: far }).where('id', '=', away!).execute();
    await world.db
      .insertInto('profile_disk')
      .values({ tenant_id: ada!.tenantId, principal_id: ada!.id, host_id: far, size_gib: 1 })
      .execute();
    const { sessionId } = await openDesktop(servers[0], ada!, world.poolId);
    expect((await session(sessionId)).machine_id).toBe(away);
    expect(near).toBeDefined();
  });
});
