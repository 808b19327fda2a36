import {
  type Context,
  createPool,
  endSession,
  listPools,
  maintainNow,
  maintenanceOf,
  maintenancesLoop,
  markSession,
  openDesktop,
  poolsLoop,
  stopMaintenance,
  updatePool,
  windowsLoop,
} from '@orangery/control';
import { poolInput } from '@orangery/contract';
import { ManualClock, systemRng } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Guests, ITEM } from './fake-guests.ts';
import { makeWorld, never, type World } from './world.ts';

const MINUTE_MS = 60_000;
/** A Friday; the window is open from 22:00 to 02:00 UTC. */
const OPENS = Date.parse('2026-11-27T22:00:00Z');
const WINDOW = {
  weekdays: [5],
  fromMinute: 1_320,
  lastsMinutes: 240,
  timeZone: 'UTC',
  atATime: 1,
  limitMinutes: 60,
  switchesOn: true,
};
let world: World;
let clock: ManualClock;
let guests: Guests;
let servers: [Context, Context];

beforeEach(async () => {
  world = await makeWorld();
  clock = new ManualClock(OPENS - 60 * MINUTE_MS);
  guests = new Guests();
  servers = [
    await world.server({ clock, driver: guests.driver }),
    await world.server({ clock, driver: guests.driver }),
  ];
  await world.db
    .updateTable('pool')
    .set({ kind: 'persistent', maintenance: JSON.stringify(WINDOW), power_off_after_s: 0 })
    .execute();
});
afterEach(() => world.close());

/** Machines of people's own that nobody uses now. */
async function own(count: number, values: object = {}): Promise<string[]> {
  const ids = await world.machines(count);
  for (const [index, { id }] of (await world.people(count)).entries())
    await world.db
      .updateTable('machine')
      .set({ principal_id: id, ...values })
      .where('id', '=', ids[index]!)
      .execute();
  return ids;
}
/** Of the database's clock, which no test drives. */
const YESTERDAY = new Date(Date.now() - 86_400_000);
const OFF = { phase: 'off', power: 'off', painted_at: null } as const;
const rows = () => world.db.selectFrom('machine_maintenance').selectAll().orderBy('due_at').execute();
const machine = (id: string) =>
  world.db.selectFrom('machine').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const plan = (server = servers[0]) => windowsLoop(server).turn(world.poolId, never());
/** One look at all that is due, by one server. */
async function turn(server = servers[0]): Promise<void> {
  const loop = maintenancesLoop(server);
  for (const id of await loop.keys()) await loop.turn(id, never());
}
const goTo = (ms: number): Promise<void> => clock.advance(ms - clock.now());
const latest = async () => (await maintenanceOf(servers[0], world.poolId))?.latest?.machines ?? [];

describe('a maintenance window', () => {
  it('gives each machine its moment once it opens, once, whichever servers look', async () => {
    const ids = await own(5);
    expect(await plan()).toMatchObject({ outcome: 'waiting', againMs: 60 * MINUTE_MS });
    expect(await rows()).toEqual([]);
    // What is to come is told before anything is written down.
    const told = await maintenanceOf(servers[1], world.poolId);
    expect(told).toMatchObject({ latest: null, next: { fromAt: new Date(OPENS).toISOString() } });
    await goTo(OPENS);
    await Promise.all(servers.map((server) => plan(server)));
    const planned = await rows();
    expect(new Set(planned.map(({ machine_id }) => machine_id))).toEqual(new Set(ids));
    expect(planned).toHaveLength(5);
    expect(planned.map(({ due_at }) => due_at.toISOString())).toEqual(
      told?.next?.machines.map(({ dueAt }) => dueAt),
    );
    expect(await plan()).toMatchObject({ outcome: 'waiting', detail: 'every machine has its moment' });
    // One that is made now has its moment, too.
    await own(1);
    expect(await plan(servers[1])).toMatchObject({
      outcome: 'progress',
      detail: '1 has its moment',
    });
    expect(await rows()).toHaveLength(6);
    // A week later it is another window.
    await goTo(OPENS + 7 * 86_400_000);
    await turn();
    await plan();
    expect(await rows()).toHaveLength(12);
  });

  it('is for machines that are kept: a pool that throws them away has none', async () => {
    const input = poolInput.parse({ name: 'fresh', title: 'Fresh', image: 'small', maintenance: WINDOW });
    expect(await createPool(servers[0], world.tenantId, input)).toEqual({ kind: 'notKept' });
    const kept = await createPool(servers[0], world.tenantId, { ...input, kind: 'persistent' });
    expect(kept.kind).toBe('made');
    const [pool] = await listPools(servers[0], world.tenantId, kept.kind === 'made' ? kept.id : '');
    expect(pool?.maintenance).toEqual(WINDOW);
    await world.db.updateTable('pool').set({ kind: 'pooled', maintenance: null }).execute();
    expect(await updatePool(servers[0], { id: world.poolId, maintenance: WINDOW })).toEqual({
      kind: 'notKept',
    });
    const [free] = await world.machines(1);
    expect(await maintainNow(servers[0], free!, 'Ada')).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('thrown away') as string,
    });
  });

  it('that is changed gives moments anew, and what runs goes on', async () => {
    const [first] = await own(3);
    await goTo(OPENS);
    await plan();
    await world.db
      .updateTable('machine_maintenance')
      .set({ due_at: new Date(OPENS) })
      .where('machine_id', '=', first!)
      .execute();
    await turn();
    expect(
      await updatePool(servers[0], { id: world.poolId, maintenance: { ...WINDOW, fromMinute: 1_310 } }),
    ).toEqual({ kind: 'done' });
    expect(await rows()).toMatchObject([{ machine_id: first, phase: 'running' }]);
    expect(await updatePool(servers[0], { id: world.poolId, maintenance: null })).toEqual({ kind: 'done' });
    expect(await windowsLoop(servers[0]).keys()).toEqual([]);
    guests.finish(first!);
    await turn();
    expect(await rows()).toMatchObject([{ outcome: 'done' }]);
  });
});

describe('the maintenance of a machine', () => {
  it('begins at its moment, is looked at until it is over, and tells what was done', async () => {
    const [id] = await own(1);
    await goTo(OPENS);
    await plan();
    const [row] = await rows();
    expect(await maintenancesLoop(servers[0]).keys()).toEqual([]);
    await goTo(row!.due_at.getTime());
    await turn();
    expect(guests.runs.get(id!)).toMatchObject({ id: row!.id, limitSeconds: 3_600 });
    expect(await latest()).toMatchObject([
      { phase: 'running', outcome: null, items: [{ name: '20-updates', outcome: 'running' }] },
    ]);
    await turn(servers[1]);
    guests.finish(id!);
    await clock.advance(9_000);
    await turn(servers[1]);
    expect(await latest()).toMatchObject([{ phase: 'ended', outcome: 'done', reason: null, items: [ITEM] }]);
    expect(guests.calls).toEqual(['start', 'look', 'look']);
    const used = await world.db
      .selectFrom('usage_event')
      .selectAll()
      .where('kind', '=', 'machine.maintained')
      .execute();
    expect(used).toMatchObject([{ subject_id: id, amount: { seconds: 9, outcome: 'done' } }]);
    expect(await maintenancesLoop(servers[0]).keys()).toEqual([]);
  });

  it('runs so many at a time on each host, whoever looks, and gives way to a host that is strained', async () => {
    const ids = await own(6);
    await updatePool(servers[0], { id: world.poolId, maintenance: { ...WINDOW, atATime: 2 } });
    await world.db.updateTable('host').set({ starts_max: 8 }).execute();
    await goTo(OPENS);
    await plan();
    await goTo(OPENS + 180 * MINUTE_MS);
    const due = await maintenancesLoop(servers[0]).keys();
    await Promise.all(due.map((id, at) => maintenancesLoop(servers[at % 2]!).turn(id, never())));
    expect(guests.runs.size).toBe(2);
    const waits = (await rows()).filter(({ phase }) => phase === 'planned');
    expect(waits.map(({ reason }) => reason)).toEqual(
      Array.from({ length: 4 }, () => '2 others are maintained on local now, 2 may be at a time'),
    );
    const strained = { load: JSON.stringify({ cpuBusy: 0.95, diskMs: 1 }) };
    await world.db.updateTable('host').set(strained).execute();
    for (const each of guests.runs.keys()) guests.finish(each);
    await turn();
    await turn();
    expect(guests.runs.size).toBe(2);
    expect((await rows()).find(({ phase }) => phase === 'planned')?.reason).toBe(
      'gives way to who works on local: its processors are 95 % busy',
    );
    // Whom somebody asks for waits for nobody.
    const left = ids.find((id) => !guests.runs.has(id));
    expect(await maintainNow(servers[0], left!, 'Ada')).toMatchObject({ kind: 'asked' });
    await turn();
    expect(guests.runs.size).toBe(3);
    await world.db.updateTable('host').set({ load: null, starts_max: 2 }).execute();
    guests.finish(left!);
    await turn();
    // Half of a room of two.
    await turn();
    expect(guests.runs.size).toBe(4);
  });

  it('disturbs nobody who works: it waits until they leave, and is skipped when they do not', async () => {
    const [id, other] = await own(2);
    const people = await world.db.selectFrom('machine').select(['id', 'principal_id']).execute();
    const open = async (of: string): Promise<string> => {
      const person = {
        id: people.find((each) => each.id === of)?.principal_id ?? '',
        tenantId: world.tenantId,
      };
      const { sessionId } = await openDesktop(servers[0], person, world.poolId);
      await markSession(servers[0], sessionId, 'connected');
      return sessionId;
    };
    const session = await open(id!);
    const stays = await open(other!);
    await goTo(OPENS);
    await plan();
    await goTo(OPENS + 180 * MINUTE_MS);
    await turn();
    expect((await latest()).map(({ reason }) => reason)).toEqual([
      'somebody works on its machine',
      'somebody works on its machine',
    ]);
    expect(await maintainNow(servers[0], id!, 'Ada')).toMatchObject({
      kind: 'refused',
      reason: expect.stringMatching(/^Person \d works on small-/) as string,
    });
    await markSession(servers[0], session, 'disconnected');
    await turn();
    expect([...guests.runs.keys()]).toEqual([id]);
    await goTo(OPENS + 236 * MINUTE_MS);
    await turn();
    expect((await latest()).find(({ machineId }) => machineId === other)).toMatchObject({
      outcome: 'skipped',
      reason: 'not begun before the end of its time: somebody works on its machine',
    });
    await endSession(servers[0], stays, 'logged off');
    expect(guests.runs.size).toBe(1);
  });

  it('switches a machine on for it, keeps it on until it is over, and switches it off again', async () => {
    const [id] = await own(1, { ...OFF, released_at: YESTERDAY });
    await goTo(OPENS);
    await plan();
    await goTo(OPENS + 180 * MINUTE_MS);
    await turn();
    expect(await machine(id!)).toMatchObject({ power: 'on' });
    expect(await latest()).toMatchObject([{ phase: 'waking' }]);
    await poolsLoop(servers[0]).turn(world.poolId, never());
    expect(await machine(id!)).toMatchObject({ power: 'on' });
    await world.db.updateTable('machine').set({ phase: 'ready' }).execute();
    await turn();
    expect(await latest()).toMatchObject([{ phase: 'running' }]);
    await poolsLoop(servers[0]).turn(world.poolId, never());
    guests.finish(id!);
    await turn();
    expect(await machine(id!)).toMatchObject({ power: 'off' });
    expect(await latest()).toMatchObject([{ outcome: 'done' }]);
  });

  it('leaves a machine on to which somebody came meanwhile', async () => {
    const [id] = await own(1, { ...OFF, released_at: YESTERDAY });
    await goTo(OPENS);
    await plan();
    await goTo(OPENS + 180 * MINUTE_MS);
    await turn();
    await world.db.updateTable('machine').set({ phase: 'ready' }).execute();
    await turn();
    const { principal_id } = await machine(id!);
    await openDesktop(servers[0], { id: principal_id ?? '', tenantId: world.tenantId }, world.poolId);
    guests.finish(id!);
    await turn();
    expect(await latest()).toMatchObject([{ outcome: 'done' }]);
    expect(await machine(id!)).toMatchObject({ power: 'on' });
  });

  it('leaves machines that are off alone where the pool says so', async () => {
    await updatePool(servers[0], { id: world.poolId, maintenance: { ...WINDOW, switchesOn: false } });
    await own(1, OFF);
    await goTo(OPENS);
    await plan();
    await goTo(OPENS + 180 * MINUTE_MS);
    await turn();
    expect(await latest()).toMatchObject([
      { outcome: 'skipped', reason: expect.stringContaining('does not switch machines on') as string },
    ]);
  });

  it('is found again by the next server when one is killed before or after its start', async () => {
    const [id] = await own(1);
    await goTo(OPENS);
    await plan();
    await goTo(OPENS + 180 * MINUTE_MS);
    const dies = (when: 'before' | 'after'): Context => ({
      ...servers[0],
      async step(step, effect) {
        if (step !== 'maintenance.start') return effect();
        if (when === 'after') await effect();
        throw new Error('killed');
      },
    });
    await expect(turn(dies('before'))).rejects.toThrow('killed');
    expect(await latest()).toMatchObject([{ phase: 'starting' }]);
    expect(guests.started()).toBe(0);
    await turn(servers[1]);
    expect(guests.started()).toBe(1);
    // As if the guest had begun, and nobody had written it down.
    await world.db.updateTable('machine_maintenance').set({ phase: 'starting', started_at: null }).execute();
    const known = guests.runs.get(id!);
    await turn(servers[1]);
    expect(guests.runs.get(id!)).toBe(known);
    expect(await latest()).toMatchObject([{ phase: 'running' }]);
  });

  it('is stopped after its window, and by whom wants it', async () => {
    const [id, other] = await own(2);
    await world.db.updateTable('host').set({ starts_max: 16 }).execute();
    await updatePool(servers[0], { id: world.poolId, maintenance: { ...WINDOW, atATime: 2 } });
    await goTo(OPENS);
    await plan();
    await goTo(OPENS + 180 * MINUTE_MS);
    await turn();
    expect(await stopMaintenance(servers[1], other!, 'Ada')).toMatchObject({ phase: 'running' });
    await turn();
    expect((await latest()).find(({ machineId }) => machineId === other)).toMatchObject({
      outcome: 'stopped',
      reason: 'Ada stopped it',
      items: [{ outcome: 'cut' }],
    });
    expect(await stopMaintenance(servers[1], other!, 'Ada')).toBeUndefined();
    await goTo(OPENS + 241 * MINUTE_MS);
    await turn();
    expect((await latest()).find(({ machineId }) => machineId === id)).toMatchObject({
      outcome: 'stopped',
      reason: 'its time was over',
    });
  });

  it('tells a guest that never answers, one without the program, and one that was restarted', async () => {
    const ids = await own(3);
    await goTo(OPENS);
    const maintain = async (id: string): Promise<void> => {
      await maintainNow(servers[0], id, 'Ada');
      await turn();
    };
    const told = async (id: string) => (await rows()).find(({ machine_id }) => machine_id === id);
    guests.fault = 'agentUnavailable';
    await maintain(ids[0]!);
    expect(await told(ids[0]!)).toMatchObject({ phase: 'starting', reason: 'its guest does not answer' });
    await clock.advance(11 * MINUTE_MS);
    await turn();
    expect(await told(ids[0]!)).toMatchObject({
      outcome: 'failed',
      reason: 'its guest did not answer for 11 minutes',
    });
    guests.fault = 'refused';
    await maintain(ids[1]!);
    expect(await told(ids[1]!)).toMatchObject({
      outcome: 'skipped',
      reason: expect.stringContaining('/usr/lib/orangery/maintenance') as string,
    });
    guests.fault = undefined;
    await maintain(ids[2]!);
    guests.runs.clear();
    await turn();
    expect(await told(ids[2]!)).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('restarted in the middle') as string,
    });
  });

  it('waits for a host that is away, and tells it', async () => {
    const [id] = await own(1);
    await goTo(OPENS);
    await maintainNow(servers[0], id!, 'Ada');
    guests.fault = 'hostUnreachable';
    const [row] = await rows();
    expect(await maintenancesLoop(servers[0]).turn(row!.id, never())).toMatchObject({ outcome: 'failed' });
    expect(await rows()).toMatchObject([{ phase: 'starting', reason: 'its host is away' }]);
    guests.fault = undefined;
    await turn();
    expect(await rows()).toMatchObject([{ phase: 'running', reason: null }]);
  });

  it('is one when several ask at the same moment, and takes the moment that was planned', async () => {
    const [id] = await own(1);
    await goTo(OPENS);
    await plan();
    const asked = await Promise.all(
      Array.from({ length: 6 }, (_, at) => maintainNow(servers[at % 2 === 0 ? 0 : 1], id!, `Person ${at}`)),
    );
    expect(asked.every(({ kind }) => kind === 'asked')).toBe(true);
    expect(await rows()).toHaveLength(1);
    await turn();
    guests.finish(id!);
    await turn();
    await plan();
    expect(await rows()).toMatchObject([{ outcome: 'done', window_from: new Date(OPENS) }]);
    expect((await maintainNow(servers[0], systemRng.uuid(), 'Ada')).kind).toBe('missing');
  });

  it('ends with its machine, and what was done stays known', async () => {
    const [id] = await own(1);
    await goTo(OPENS);
    await maintainNow(servers[0], id!, 'Ada');
    await turn();
    await world.db.deleteFrom('machine').where('id', '=', id!).execute();
    await turn();
    expect(await rows()).toMatchObject([
      { machine_id: null, outcome: 'failed', reason: 'its machine was taken away' },
    ]);
  });
});
