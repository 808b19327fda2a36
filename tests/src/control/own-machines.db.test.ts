import {
  type Context,
  deleteVersion,
  endSession,
  goldenVolume,
  machineDisk,
  machinesLoop,
  openDesktop,
  poolsLoop,
} from '@orangery/control';
import type { HostDriver } from '@orangery/hypervisor';
import { ManualClock } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

let world: World;

beforeEach(async () => {
  world = await makeWorld({ machinesMax: 10, readyCount: 0 });
  await world.db.updateTable('pool').set({ kind: 'persistent', machine_name: '{person}-{random}' }).execute();
});
afterEach(() => world.close());

const machines = () => world.db.selectFrom('machine').selectAll().orderBy('created_at').execute();

describe('a machine of one’s own that is a copy', () => {
  /** A host that copies, and on which nothing boots. */
  let copied: { name: string; from: string }[];
  let volumes: string[];
  let cutOff: boolean;
  let server: Context;
  const GIB = 2 ** 30;

  beforeEach(async () => {
    copied = [];
    volumes = [];
    cutOff = false;
    const host = listingHost({ machines: [], volumes });
    const flatten = async (_pool: string, of: { name: string; from: string }) => {
      copied.push(of);
      if (!volumes.includes(of.name)) volumes.push(of.name);
      if (cutOff) throw new Error('the server was killed here');
      return { name: of.name, path: '', virtualBytes: 5.5 * GIB, allocatedBytes: 1 };
    };
    const storage: unknown = Object.create(host.driver.storage, { flatten: { value: flatten } });
    const driver = Object.create(host.driver, { storage: { value: storage } }) as HostDriver;
    server = await world.server({ driver });
    await world.db.updateTable('pool').set({ disk_kind: 'full' }).execute();
    await world.db
      .insertInto('host_network')
      .values({ host_id: world.hostId, pool_id: world.poolId, name: 'net', phase: 'ready' })
      .execute();
  });

  async function made(): Promise<string> {
    const [ada] = await world.people(1);
    await openDesktop(server, ada!, world.poolId);
    await poolsLoop(server).turn(world.poolId, never());
    const [machine] = await machines();
    return machine?.id ?? '';
  }

  it('is copied whole, once, before it boots; what was cut off is begun anew', async () => {
    const id = await made();
    cutOff = true;
    await machinesLoop(server).turn(id, never());
    expect(await machines()).toMatchObject([{ disk_kind: 'full', disk_gib: null, attempts: 1 }]);
    cutOff = false;
    await world.db.updateTable('machine').set({ retry_at: null }).execute();
    await machinesLoop(server).turn(id, never());
    const of = { name: machineDisk(id), from: goldenVolume(world.imageVersionId) };
    expect(copied).toEqual([of, of]);
    expect(await machines()).toMatchObject([{ disk_gib: 6 }]);
    await world.db.updateTable('machine').set({ retry_at: null }).execute();
    await machinesLoop(server).turn(id, never());
    expect(copied).toHaveLength(2);
  });

  it('needs the version no more that it was made from', async () => {
    const id = await made();
    await world.db.updateTable('image_version').set({ current: false }).execute();
    await world.db.updateTable('pool').set({ serves_version_id: null }).execute();
    expect(await deleteVersion(server, world.imageVersionId)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('stand on it') as string,
    });
    await machinesLoop(server).turn(id, never());
    expect(await deleteVersion(server, world.imageVersionId)).toEqual({ kind: 'done' });
    await world.db.deleteFrom('template').execute();
    await world.db.deleteFrom('image_version').execute();
    expect(await machines()).toMatchObject([{ id, image_version_id: null, disk_gib: 6 }]);
  });
});

describe('machines of people’s own that are off', () => {
  let clock: ManualClock;
  let server: Context;
  // A Monday.
  const EIGHT = Date.parse('2026-11-16T08:00:00Z');
  const DAY = 86_400_000;

  beforeEach(async () => {
    clock = new ManualClock(EIGHT);
    server = await world.server({ clock });
  });

  /** Three people, each with a machine that is off; the second comes at eight on Mondays, the third at noon. */
  async function threeOff(): Promise<{ ids: string[]; people: { id: string; tenantId: string }[] }> {
    const people = await world.people(3);
    for (const person of people) {
      const { sessionId } = await openDesktop(server, person, world.poolId);
      await poolsLoop(server).turn(world.poolId, never());
      await endSession(server, sessionId, 'logged off');
    }
    const came = async (person: { id: string }, at: number): Promise<void> => {
      await world.db
        .insertInto('session')
        .values({
          tenant_id: world.tenantId,
          pool_id: world.poolId,
          principal_id: person.id,
          phase: 'ended',
          created_at: new Date(at),
          ended_at: new Date(at),
        })
        .execute();
    };
    // What made them is long ago.
    await world.db
      .updateTable('session')
      .set({ created_at: new Date(EIGHT - 90 * DAY) })
      .execute();
    await came(people[0]!, EIGHT - 4 * DAY);
    await came(people[1]!, EIGHT - 7 * DAY + 600_000);
    await came(people[2]!, EIGHT - 7 * DAY + 4 * 3_600_000);
    await world.db
      .updateTable('machine')
      .set({ power: 'off', phase: 'off', taken_at: null, released_at: new Date(EIGHT - 3 * DAY) })
      .execute();
    const all = await machines();
    return { people, ids: people.map(({ id }) => all.find((each) => each.principal_id === id)?.id ?? '') };
  }
  const on = async (): Promise<string[]> =>
    (await machines()).flatMap(({ id, power }) => (power === 'on' ? [id] : []));
  const look = () => poolsLoop(server).turn(world.poolId, never());

  it('are switched on before their people come: those first who come at this hour of this weekday', async () => {
    const { ids } = await threeOff();
    await look();
    expect(await on()).toEqual([]);
    const hours = { weekdays: [1], from_minute: 450, until_minute: 600, time_zone: 'UTC', ready_count: 1 };
    await world.db
      .insertInto('pool_schedule')
      .values({ ...hours, pool_id: world.poolId })
      .execute();
    expect(await look()).toMatchObject({
      outcome: 'progress',
      detail: '1 switched on before their people come (by its hours, 07:30 to 10:00 UTC)',
    });
    expect(await on()).toEqual([ids[1]]);
    await world.db.updateTable('pool_schedule').set({ ready_count: 2 }).execute();
    await look();
    // Of those who do not come at this hour, who was here last.
    expect(new Set(await on())).toEqual(new Set([ids[1], ids[0]]));
  });

  it('and nobody came to are switched off again when the hours are over, those of whom came are not', async () => {
    const { ids, people } = await threeOff();
    await world.db.updateTable('pool').set({ ready_count: 2, power_off_after_s: 60 }).execute();
    await look();
    await world.db.updateTable('machine').set({ phase: 'ready' }).where('power', '=', 'on').execute();
    await clock.advance(120_000);
    await look();
    expect(await on()).toHaveLength(2);
    await openDesktop(server, people[1]!, world.poolId);
    await world.db.updateTable('pool').set({ ready_count: 0 }).execute();
    await look();
    expect(await on()).toEqual([ids[1]]);
  });

  it('stay off while something is done in them, while they are restarted, or in a pool that is closed', async () => {
    const { ids } = await threeOff();
    await world.db.updateTable('pool').set({ ready_count: 3, closed_reason: 'Moved.' }).execute();
    await look();
    expect(await on()).toEqual([]);
    await world.db.updateTable('pool').set({ closed_reason: null }).execute();
    await world.db.updateTable('machine').set({ phase: 'stopping' }).where('id', '=', ids[0]!).execute();
    await look();
    expect(new Set(await on())).toEqual(new Set([ids[1], ids[2]]));
  });
});
