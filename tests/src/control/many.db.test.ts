import { endSession, openDesktop, sessionsLoop } from '@orangery/control';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
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
    for (const id of queue) {
      expect(await loop.keys()).toEqual([id]);
      if ((await loop.turn(id, never())).outcome !== 'progress') break;
    }
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
