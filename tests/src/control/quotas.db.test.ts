import {
  addMember,
  type Context,
  createGroup,
  listQuotas,
  openDesktop,
  poolsLoop,
  quotasOf,
  removeQuota,
  setQuota,
} from '@orangery/control';
import type { QuotaLimits } from '@orangery/contract';
import { codeOf, messageOf } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

type Someone = { id: string; tenantId: string };

let world: World;
let servers: [Context, Context];
beforeEach(async () => {
  world = await makeWorld({ readyCount: 0, machinesMax: 1_000 });
  servers = [await world.server(), await world.server()];
});
afterEach(() => world.close());

const set = (of: Parameters<typeof setQuota>[2], limits: Partial<QuotaLimits>) =>
  setQuota(servers[0], world.tenantId, of, limits);
const ofTenant = { scope: 'tenant' } as const;

/** Why the click was refused; undefined: it was not. */
async function click(person: Someone, at = 0, poolId = world.poolId): Promise<string | undefined> {
  try {
    await openDesktop(servers[at % 2]!, person, poolId);
    return undefined;
  } catch (error) {
    if (codeOf(error) !== 'QUOTA_EXCEEDED') throw error;
    return messageOf(error);
  }
}

async function group(name: string, members: readonly Someone[]): Promise<string> {
  const made = await createGroup(servers[0], world.tenantId, name);
  if (made.kind !== 'done') throw new Error(made.kind);
  for (const { id: personId } of members) await addMember(servers[0], { groupId: made.value.id, personId });
  return made.value.id;
}

async function otherPool(more: object = {}): Promise<string> {
  const { id: _id, ...pool } = await world.db
    .selectFrom('pool')
    .selectAll()
    .where('id', '=', world.poolId)
    .executeTakeFirstOrThrow();
  const { id } = await world.db
    .insertInto('pool')
    .values({ ...pool, name: 'other', title: 'Other', ...more })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

const open = async (): Promise<number> =>
  (await world.db.selectFrom('session').select('id').where('ended_at', 'is', null).execute()).length;

describe('a quota of sessions', () => {
  it('of the tenant is kept by many who click at once at two servers, on ready machines or not', async () => {
    for (const ready of [20, 0]) {
      await world.db.deleteFrom('session').execute();
      await world.db.deleteFrom('machine').execute();
      await world.machines(ready);
      const people = await world.people(20);
      await set(ofTenant, { sessions: 7 });
      const refusals = await Promise.all(people.map((person, index) => click(person, index)));
      expect(refusals.filter((reason) => reason === undefined)).toHaveLength(7);
      expect(await open()).toBe(7);
      expect(refusals.find((reason) => reason !== undefined)).toBe(
        'default may have 7 open sessions and has 7 open sessions. An operator of this Orangery can allow more.',
      );
      // Whoever has one goes on, whatever the quota says.
      const inside = people[refusals.indexOf(undefined)]!;
      expect(await click(inside)).toBeUndefined();
      const taken = await world.db
        .selectFrom('machine')
        .select('id')
        .where('taken_at', 'is not', null)
        .execute();
      expect(taken).toHaveLength(Math.min(ready, 7));
    }
  });

  it('of a group counts its members together, at once at two servers and in two pools', async () => {
    const second = await otherPool();
    const people = await world.people(12, [world.poolId, second]);
    const lab = await group('Lab', people.slice(0, 8));
    await set({ principalId: lab }, { sessions: 5 });
    const refusals = await Promise.all(
      people.flatMap((person, index) => [click(person, index), click(person, index + 1, second)]),
    );
    const ofLab = refusals.slice(0, 16);
    expect(ofLab.filter((reason) => reason === undefined)).toHaveLength(5);
    expect(ofLab.find((reason) => reason !== undefined)).toContain(
      'The group “Lab” may have 5 open sessions and has 5 open sessions. Your administrator',
    );
    expect(refusals.slice(16).every((reason) => reason === undefined)).toBe(true);
  });

  it('of a person holds in all pools, also for clicks at once, and each person has that of each', async () => {
    const pools = [world.poolId, await otherPool(), await otherPool({ name: 'third' })];
    const [ada, bob] = (await world.people(2, pools)) as [Someone, Someone];
    await set({ scope: 'each' }, { sessions: 1 });
    await set({ principalId: bob.id }, { sessions: 2 });
    const clicks = (person: Someone) => Promise.all(pools.map((pool, index) => click(person, index, pool)));
    const [adas, bobs] = await Promise.all([clicks(ada), clicks(bob)]);
    expect(adas.filter((reason) => reason === undefined)).toHaveLength(1);
    expect(bobs.filter((reason) => reason === undefined)).toHaveLength(2);
    expect(adas.find((reason) => reason !== undefined)).toContain('You may have 1 open session and have 1');
  });

  it('that was taken away, or raised, counts from the next click on', async () => {
    const [ada, bob, eve] = (await world.people(3)) as [Someone, Someone, Someone];
    const quota = await set(ofTenant, { sessions: 1 });
    expect([await click(ada), await click(bob)]).toEqual([undefined, expect.any(String)]);
    expect(await set(ofTenant, { sessions: 2 })).toMatchObject({ id: quota!.id, used: { sessions: 1 } });
    expect([await click(bob), await click(eve)]).toEqual([undefined, expect.any(String)]);
    expect(await removeQuota(servers[1], world.tenantId, quota!.id)).toMatchObject({ id: quota!.id });
    expect(await click(eve)).toBeUndefined();
    expect(await removeQuota(servers[1], world.tenantId, quota!.id)).toBeUndefined();
  });

  it('of another tenant counts for nobody else', async () => {
    const { id } = await world.db
      .insertInto('tenant')
      .values({ name: 'else' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await setQuota(servers[0], id, ofTenant, { sessions: 0 });
    const [ada] = await world.people(1);
    expect(await click(ada!)).toBeUndefined();
  });
});

describe('a quota of what machines are made of', () => {
  it('refuses the click whose machine would go beyond a person’s, before there is one', async () => {
    const large = await otherPool({ cpus: 4, memory_mib: 4096 });
    const [ada] = (await world.people(1, [world.poolId, large])) as [Someone];
    await set({ principalId: ada.id }, { vcpus: 4, memoryMib: 8192 });
    expect(await click(ada)).toBeUndefined();
    expect(await click(ada, 0, large)).toBe(
      'You may have 4 vCPUs and have 1 vCPU, and this would need 4 vCPUs more. Your administrator can allow more.',
    );
    await set({ principalId: ada.id }, { memoryMib: 4608 });
    expect(await click(ada, 0, large)).toBeUndefined();
  });

  it('of the tenant is promised to who waits for a machine of their own, and counted once', async () => {
    await world.db
      .updateTable('pool')
      .set({ kind: 'persistent', serves_version_id: world.imageVersionId })
      .execute();
    await world.db
      .updateTable('image_version')
      .set({ virtual_bytes: 10 * 2 ** 30 })
      .execute();
    const people = await world.people(6);
    await set(ofTenant, { diskGib: 35 });
    const refusals = await Promise.all(people.map((person, index) => click(person, index)));
    expect(refusals.filter((reason) => reason === undefined)).toHaveLength(3);
    expect(refusals.find((reason) => reason !== undefined)).toContain(
      'default may have 35 GiB of disk and has 30 GiB of disk, and this would need 10 GiB of disk more',
    );
    await poolsLoop(servers[0]).turn(world.poolId, never());
    expect(await world.db.selectFrom('machine').select('id').execute()).toHaveLength(3);
    const [quota] = await listQuotas(world.db, world.tenantId);
    expect(quota).toMatchObject({
      used: { machines: 3, vcpus: 3, memoryMib: 1536, diskGib: 30, sessions: 3 },
    });
  });

  it('keeps pools from making more machines, at two servers at once, and says why', async () => {
    const second = await otherPool({ ready_count: 50 });
    await world.db.updateTable('pool').set({ ready_count: 50 }).execute();
    await set(ofTenant, { vcpus: 9, machines: 30 });
    const turns = await Promise.all([
      poolsLoop(servers[0]).turn(world.poolId, never()),
      poolsLoop(servers[1]).turn(second, never()),
    ]);
    expect(await world.db.selectFrom('machine').select('id').execute()).toHaveLength(9);
    expect(turns.map(({ detail }) => detail).join(' ')).toContain(
      "the tenant's quota of 9 vCPUs is reached: 9 vCPUs used",
    );
  });

  it('counts people’s files, those that a session is to bring as well', async () => {
    await world.db.updateTable('pool').set({ profile_gib: 20 }).execute();
    await world.machines(3);
    const people = (await world.people(3)) as [Someone, Someone, Someone];
    // Of the machines' own disks each takes one more.
    await set(ofTenant, { diskGib: 3 + 40 });
    const refusals = await Promise.all(people.map((person, index) => click(person, index)));
    expect(refusals.filter((reason) => reason === undefined)).toHaveLength(2);
    expect(await listQuotas(world.db, world.tenantId)).toMatchObject([{ used: { diskGib: 43 } }]);
  });
});

describe('what limits a person', () => {
  it('is their own quota or that of each, their groups’ and their tenant’s, with what is used', async () => {
    const [ada, bob] = (await world.people(2)) as [Someone, Someone];
    const lab = await group('Lab', [ada, bob]);
    await set(ofTenant, { machines: 100 });
    await set({ scope: 'each' }, { sessions: 3 });
    await set({ principalId: lab }, { memoryMib: 4096 });
    await world.machines(1);
    await click(ada);
    await click(bob);
    expect(await quotasOf(servers[1], ada)).toMatchObject([
      { scope: 'tenant', name: 'default', limits: { machines: 100 }, used: { machines: 1, sessions: 2 } },
      { scope: 'group', name: 'Lab', limits: { memoryMib: 4096 }, used: { memoryMib: 1024, sessions: 2 } },
      { scope: 'each', name: null, limits: { sessions: 3 }, used: { sessions: 1, machines: 1 } },
    ]);
    await set({ principalId: ada.id }, { sessions: 5 });
    expect((await quotasOf(servers[1], ada)).map(({ scope }) => scope)).toEqual([
      'tenant',
      'group',
      'person',
    ]);
    expect((await listQuotas(world.db, world.tenantId)).map(({ scope }) => scope)).toEqual([
      'tenant',
      'each',
      'group',
      'person',
    ]);
  });

  it('is of their tenant: nobody else’s group or person gets one', async () => {
    expect(await set({ principalId: crypto.randomUUID() }, { sessions: 1 })).toBeUndefined();
    const { id } = await world.db
      .insertInto('tenant')
      .values({ name: 'else' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const [ada] = await world.people(1);
    expect(await setQuota(servers[0], id, { principalId: ada!.id }, { sessions: 1 })).toBeUndefined();
  });
});
