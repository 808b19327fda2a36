import { type Context, endSession, machinesLoop, openDesktop, sessionsLoop } from '@orangery/control';
import type { ObservedMachine } from '@orangery/hypervisor';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

/** What is looked at when there are thousands: only what may need something. */
let world: World;
beforeEach(async () => {
  world = await makeWorld({ machinesMax: 100 });
});
afterEach(() => world.close());

const inOrder = (): Promise<string[]> =>
  world.db
    .selectFrom('session')
    .select('id')
    .where('ended_at', 'is', null)
    .orderBy('created_at')
    .orderBy('id')
    .execute()
    .then((rows) => rows.map(({ id }) => id));

describe('the sessions loop', () => {
  it('looks at no session that only goes on', async () => {
    const server = await world.server();
    await world.machines(5);
    for (const person of await world.people(5)) await openDesktop(server, person, world.poolId);
    await sql`update session set phase = 'connected'`.execute(world.db);
    expect(await sessionsLoop(server).keys()).toEqual([]);
  });

  it('looks at each that may need something', async () => {
    const server = await world.server();
    await world.machines(6);
    for (const person of await world.people(6)) await openDesktop(server, person, world.poolId);
    const [failed, absent, unadopted, idle, away, alone] = await inOrder();
    await sql`update pool set disconnect_timeout_s = 600, idle_timeout_s = 600`.execute(world.db);
    await sql`update session set phase = 'connected', phase_since = now()`.execute(world.db);
    expect(await sessionsLoop(server).keys()).toEqual([]);
    await sql`update machine set phase = 'failed' from session s where s.id = ${failed} and machine.id = s.machine_id`.execute(
      world.db,
    );
    await sql`update machine set desired = 'absent' from session s where s.id = ${absent} and machine.id = s.machine_id`.execute(
      world.db,
    );
    await sql`update session set profile = 'disk' where id = ${unadopted}`.execute(world.db);
    await sql`update session set phase_since = now() - interval '11 minutes' where id = ${idle}`.execute(
      world.db,
    );
    await sql`update session set phase = 'disconnected', phase_since = now() - interval '11 minutes' where id = ${away}`.execute(
      world.db,
    );
    await sql`update session set machine_id = null where id = ${alone}`.execute(world.db);
    expect(await sessionsLoop(server).keys()).toEqual([failed, absent, unadopted, idle, away, alone]);
    await sql`update session set phase = 'waiting' where id = ${away}`.execute(world.db);
    expect(await sessionsLoop(server).keys()).not.toContain(away);
    await sql`update machine set phase_since = now() - interval '11 minutes' from session s
      where s.id = ${away} and machine.id = s.machine_id`.execute(world.db);
    expect(await sessionsLoop(server).keys()).toContain(away);
    expect(await sessionsLoop(server).turn(away!, never())).toMatchObject({
      outcome: 'progress',
      detail: 'ended',
    });
    // Who typed a minute ago is not idle.
    await sql`update session set last_input_at = now() - interval '1 minute' where id = ${idle}`.execute(
      world.db,
    );
    expect(await sessionsLoop(server).keys()).not.toContain(idle);
  });

  it('looks at the first of a queue alone, and gives machines in its order', async () => {
    const server = await world.server();
    for (const person of await world.people(4)) await openDesktop(server, person, world.poolId);
    const queue = await inOrder();
    const loop = sessionsLoop(server);
    expect(await loop.keys()).toEqual([queue[0]]);
    await world.machines(2, 'planned');
    // Whoever is behind gets nothing, however often it is looked at.
    expect((await loop.turn(queue[2]!, never())).detail).toBe('others wait longer');
    expect((await loop.turn(queue[0]!, never())).outcome).toBe('progress');
    expect(await loop.keys()).toEqual([queue[2]]);
    expect((await loop.turn(queue[2]!, never())).detail).toBe('no machine is free');
    const served = await world.db
      .selectFrom('session')
      .select('id')
      .where('machine_id', 'is not', null)
      .execute();
    expect(served.map(({ id }) => id).sort()).toEqual(queue.slice(0, 2).sort());
    await endSession(server, queue[2]!, 'went away');
    expect(await loop.keys()).toEqual([queue[3]]);
  });
});

describe('a long queue', () => {
  it('is served in its order by few turns, also of two servers at once', async () => {
    const servers = [await world.server(), await world.server()] as const;
    const people = await world.people(150);
    await Promise.all(people.map((person) => openDesktop(servers[0], person, world.poolId)));
    const queue = await inOrder();
    await world.machines(100);
    for (let turns = 0; turns < 2; turns += 1) {
      await Promise.all(
        servers.map(async (server) => {
          const loop = sessionsLoop(server);
          for (const id of await loop.keys()) await loop.turn(id, never());
        }),
      );
    }
    const served = await world.db
      .selectFrom('session')
      .select(['id', 'machine_id'])
      .where('machine_id', 'is not', null)
      .execute();
    expect(new Set(served.map(({ machine_id }) => machine_id)).size).toBe(100);
    expect(served.map(({ id }) => id).sort()).toEqual(queue.slice(0, 100).sort());
  });
});

describe('the machines loop', () => {
  let shown: ObservedMachine[];
  let asked: string[];
  let server: Context;
  let lists: number;
  let ids: string[];

  const show = (id: string, state: ObservedMachine['state'] = 'running'): ObservedMachine => ({
    id,
    name: id,
    state,
    mark: undefined,
  });
  const change = (id: string, values: string): Promise<unknown> =>
    sql`update machine set ${sql.raw(values)} where id = ${id}`.execute(world.db);
  const looksAt = (): Promise<string[]> => machinesLoop(server).keys();

  beforeEach(async () => {
    shown = [];
    lists = 0;
    const host = listingHost({ machines: shown, volumes: [] });
    asked = host.asked;
    const machines = Object.assign(Object.create(host.driver.machines) as typeof host.driver.machines, {
      list: () => {
        lists += 1;
        return Promise.resolve(shown);
      },
    });
    const driver = Object.assign(Object.create(host.driver) as typeof host.driver, { machines });
    server = await world.server({ driver });
    ids = await world.machines(5);
    await sql`update machine set identified_at = now()`.execute(world.db);
    shown.push(...ids.map((id) => show(id)));
  });

  it('looks at none that runs as it should, by one list of its host', async () => {
    expect(await looksAt()).toEqual([]);
    expect(lists).toBe(1);
    // As its own turn would find, one by one.
    for (const id of ids)
      expect(await machinesLoop(server).turn(id, never())).toMatchObject({
        outcome: 'settled',
        detail: 'runs',
      });
    expect(asked).toEqual([]);
  });

  it('looks at none of a person who only goes on', async () => {
    const [ada] = await world.people(1);
    await openDesktop(server, ada!, world.poolId);
    const taken = await world.db
      .selectFrom('machine')
      .select('id')
      .where('taken_at', 'is not', null)
      .executeTakeFirstOrThrow();
    // Until it is theirs.
    expect(await looksAt()).toEqual([taken.id]);
    await change(taken.id, 'adopted_at = now()');
    expect(await looksAt()).toEqual([]);
    await sql`update session set mode = 'application'`.execute(world.db);
    expect(await looksAt()).toEqual([taken.id]);
  });

  it.each([
    ['is to go', `desired = 'absent'`],
    ['is to be restarted', `restart = 'hard'`],
    ['is to be switched off', `power = 'off'`],
    ['failed', `phase = 'failed'`],
    ['is being made', `phase = 'planned', painted_at = null`],
    ['has no identity', 'identified_at = null'],
  ])('looks at one that %s', async (_, values) => {
    await change(ids[2]!, values);
    expect(await looksAt()).toEqual([ids[2]]);
  });

  it('looks at one that its host does not show, or shows as it should not be', async () => {
    shown.splice(0, 1);
    shown[2] = show(ids[3]!, 'paused');
    expect(new Set(await looksAt())).toEqual(new Set([ids[0], ids[3]]));
  });

  it('looks at one that runs and should be off', async () => {
    await sql`update pool set kind = 'persistent'`.execute(world.db);
    await change(ids[1]!, `phase = 'off', power = 'off', account = 'ada'`);
    await sql`update machine set account = 'ada'`.execute(world.db);
    expect(await looksAt()).toEqual([ids[1]]);
    shown.splice(1, 1);
    expect(await looksAt()).toEqual([]);
  });

  it('looks only at what is in motion on a host that is away', async () => {
    await change(ids[4]!, `desired = 'absent'`);
    server = await world.server();
    expect(await looksAt()).toEqual([ids[4]]);
  });
});
