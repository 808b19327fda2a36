import { type Context, loadsLoop, machinesLoop, nudgeStarts, openDesktop } from '@orangery/control';
import { connectSingle } from '@orangery/database';
import type { HostCounters, HostDriver } from '@orangery/hypervisor';
import { ManualClock } from '@orangery/std';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { counted } from './counted.ts';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let clock: ManualClock;
/** What the host counts at each look, one after the other. */
let looks: HostCounters[];
let asked: string[];
let server: Context;

beforeEach(async () => {
  world = await makeWorld();
  clock = new ManualClock(Date.now());
  looks = [];
  const host = listingHost({ machines: [], volumes: [] });
  asked = host.asked;
  const driver: HostDriver = Object.assign(Object.create(host.driver) as HostDriver, {
    counters: async () => looks.shift() ?? Promise.reject(new Error('no more looks')),
  });
  server = await world.server({ clock, driver });
});
afterEach(() => world.close());

const counters = (seconds: number, busy: number, requests: number, waitedMs: number): HostCounters => ({
  cpuTotalNs: BigInt(seconds) * 1_000_000_000n,
  cpuBusyNs: BigInt(Math.round(busy * 1e9)),
  machines: [{ ...counted('a'), requests: BigInt(requests), waitedNs: BigInt(waitedMs) * 1_000_000n }],
});
const host = () => world.db.selectFrom('host').selectAll().executeTakeFirstOrThrow();
const turn = (id: string) => machinesLoop(server).turn(id, never());
const phases = async (): Promise<string[]> =>
  (await world.db.selectFrom('machine').select('phase').orderBy('created_at').execute()).map(
    ({ phase }) => phase,
  );

describe('the load of a host', () => {
  it('is measured between two looks, and starts give way to it', async () => {
    await world.db
      .updateTable('host')
      .set({ facts: JSON.stringify({ cpus: 32 }), starts_max: 8 })
      .execute();
    looks = [
      counters(0, 0, 0, 0),
      counters(10, 2, 100, 200),
      counters(20, 11.5, 200, 5_200),
      counters(30, 12, 200, 5_200),
    ];
    const loop = loadsLoop(server);
    expect(await loop.turn(world.hostId, never())).toMatchObject({ outcome: 'waiting' });
    await loop.turn(world.hostId, never());
    expect(await host()).toMatchObject({ load: { cpuBusy: 0.2, diskMs: 2 }, starts_max: 9 });
    await loop.turn(world.hostId, never());
    expect(await host()).toMatchObject({
      load: { cpuBusy: 0.95, diskMs: 50 },
      starts_max: 4,
      starts_reason: 'its processors are 95 % busy, a disk request takes 50 ms',
    });
    await loop.turn(world.hostId, never());
    expect(await host()).toMatchObject({ load: { diskMs: null }, starts_max: 5 });
    expect(await loop.turn(world.hostId, never())).toMatchObject({
      outcome: 'failed',
      detail: 'no more looks',
    });
  });
});

describe('machines that start', () => {
  it('go one after the other where nobody waits for them, and say what they wait for', async () => {
    const [first, second] = await world.machines(2, 'planned');
    // The host of this test cannot fork: what matters is who tries.
    await turn(first!);
    expect(await phases()).toEqual(['cloning', 'planned']);
    expect(asked).not.toEqual([]);
    asked.length = 0;
    expect(await turn(second!)).toMatchObject({
      outcome: 'waiting',
      detail: 'another machine starts on local now, 2 may at a time: not measured yet',
    });
    expect(asked).toEqual([]);
    expect(await phases()).toEqual(['cloning', 'planned']);
    const { reason } = await world.db
      .selectFrom('machine')
      .select('reason')
      .where('id', '=', second!)
      .executeTakeFirstOrThrow();
    expect(reason).toContain('not measured yet');
  });

  it('do not hold up one that somebody waits for', async () => {
    const [first, second, third] = await world.machines(3, 'planned');
    await turn(first!);
    const [ada] = await world.people(1);
    await world.db
      .insertInto('session')
      .values({ tenant_id: world.tenantId, pool_id: world.poolId, principal_id: ada!.id })
      .execute();
    await turn(second!);
    expect(await phases()).toEqual(['cloning', 'cloning', 'planned']);
    await turn(third!);
    expect(await phases()).toEqual(['cloning', 'cloning', 'planned']);
  });

  it('wait while a machine becomes somebody’s, unless somebody waits for them', async () => {
    const [theirs, standby] = await world.machines(2, 'planned');
    const taken = (values: { taken_at: Date; adopted_at: Date | null }) =>
      world.db
        .updateTable('machine')
        .set({ phase: 'ready', ...values })
        .where('id', '=', theirs!)
        .execute();
    await taken({ taken_at: new Date(clock.now()), adopted_at: null });
    expect(await turn(standby!)).toMatchObject({
      outcome: 'waiting',
      detail: "a machine is being made somebody's on local now: people go first",
    });
    expect(await phases()).toEqual(['ready', 'planned']);
    await taken({ taken_at: new Date(clock.now()), adopted_at: new Date(clock.now()) });
    await turn(standby!);
    expect(await phases()).toEqual(['ready', 'cloning']);
  });

  it('that somebody waits for begin after those that were ready for others who just came', async () => {
    const [first, second, awaited] = await world.machines(3, 'planned');
    const now = new Date(clock.now());
    await world.db
      .updateTable('machine')
      .set({ phase: 'ready', taken_at: now })
      .where('id', 'in', [first!, second!])
      .execute();
    const [ada] = await world.people(1);
    await world.db
      .insertInto('session')
      .values({ tenant_id: world.tenantId, pool_id: world.poolId, principal_id: ada!.id })
      .execute();
    expect(await turn(awaited!)).toMatchObject({ outcome: 'waiting' });
    // What does not become somebody's by then waits for something else itself.
    await clock.advance(16_000);
    await turn(awaited!);
    expect(await phases()).toEqual(['ready', 'ready', 'cloning']);
  });

  it('wait also for one that was made for somebody, until it is theirs', async () => {
    const [theirs, standby] = await world.machines(2, 'planned');
    await world.db
      .updateTable('machine')
      .set({ phase: 'identifying', phase_since: new Date(clock.now()), taken_at: new Date(clock.now()) })
      .where('id', '=', theirs!)
      .execute();
    expect(await turn(standby!)).toMatchObject({ outcome: 'waiting' });
    expect(await phases()).toEqual(['identifying', 'planned']);
    await world.db
      .updateTable('machine')
      .set({ adopted_at: new Date(clock.now()) })
      .where('id', '=', theirs!)
      .execute();
    await turn(standby!);
    expect(await phases()).toEqual(['identifying', 'cloning']);
  });

  it('are not held up for ever by one that hangs', async () => {
    const [first, second] = await world.machines(2, 'planned');
    await turn(first!);
    await clock.advance(181_000);
    await turn(second!);
    expect(await phases()).toEqual(['cloning', 'cloning']);
  });

  it('take the places that machines have which become somebody’s: those are as much work', async () => {
    const ids = await world.machines(3);
    const running = ids.map((id) => ({ id, name: id, state: 'running' as const, mark: undefined }));
    const seen = listingHost({ machines: running, volumes: [] });
    const other = await world.server({ clock, driver: seen.driver });
    for (const person of await world.people(3)) await openDesktop(other, person, world.poolId);
    await world.db
      .updateTable('machine')
      .set({ painted_at: new Date(), identified_at: new Date() })
      .execute();
    const [first, second, third] = ids;
    const become = (id: string) => machinesLoop(other).turn(id, never());
    // The guests of this test cannot: what matters is who tries.
    await Promise.all([become(first!), become(second!)]);
    expect(seen.asked.filter((call) => call === 'machines.exec')).toHaveLength(2);
    const why = "2 machines are being made somebody's on local now: people go first";
    expect(await become(third!)).toMatchObject({ outcome: 'waiting', detail: why });
    expect(seen.asked.filter((call) => call === 'machines.exec')).toHaveLength(2);
    const done = { adopted_at: new Date(clock.now()) };
    await world.db.updateTable('machine').set(done).where('id', '=', first!).execute();
    await become(third!);
    expect(seen.asked.filter((call) => call === 'machines.exec')).toHaveLength(3);
  });

  it('never exceed their number, whoever looks at the same moment', async () => {
    const ids = await world.machines(8, 'planned');
    const other = await world.server({ clock, driver: await server.drivers.of('') });
    await Promise.all(ids.map((id, at) => machinesLoop(at % 2 === 0 ? server : other).turn(id, never())));
    expect((await phases()).filter((phase) => phase === 'cloning')).toHaveLength(1);
  });

  it('are told when a place comes free: who is waited for first', async () => {
    const [starting, older, waitedFor] = await world.machines(3, 'planned');
    const told: string[] = [];
    const listener = await connectSingle(world.url);
    listener.on('notification', ({ payload = '' }) => told.push(payload));
    await listener.query('listen orangery_nudge');
    try {
      await turn(starting!);
      await world.db
        .updateTable('machine')
        .set({ taken_at: new Date() })
        .where('id', '=', waitedFor!)
        .execute();
      await sql`select pg_notify('orangery_nudge', 'now')`.execute(world.db);
      await expect.poll(() => told).toContain('now');
      told.length = 0;
      await nudgeStarts(world.db, world.hostId);
      await expect.poll(() => told).toEqual([`machines:${waitedFor}`, `machines:${older}`]);
      // What only has to become its person's is there sooner than what is to be made.
      told.length = 0;
      await world.db
        .updateTable('machine')
        .set({ phase: 'ready', taken_at: new Date() })
        .where('id', '=', older!)
        .execute();
      await sql`select pg_notify('orangery_nudge', 'now')`.execute(world.db);
      await expect.poll(() => told).toContain('now');
      told.length = 0;
      await nudgeStarts(world.db, world.hostId);
      await expect.poll(() => told).toEqual([`machines:${older}`, `machines:${waitedFor}`]);
    } finally {
      await listener.end();
    }
  });
});
