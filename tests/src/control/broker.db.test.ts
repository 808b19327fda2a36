import {
  type Context,
  endSession,
  machinesLoop,
  openDesktop,
  poolsLoop,
  sessionsLoop,
} from '@orangery/control';
import { systemRng } from '@orangery/std';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let servers: Context[];

beforeEach(async () => {
  world = await makeWorld({ readyCount: 0, machinesMax: 1000 });
  servers = [await world.server(), await world.server()];
});
afterEach(() => world.close());

const serverOf = (click: number): Context => {
  const server = servers[click % servers.length];
  if (server === undefined) throw new Error('a world has servers');
  return server;
};

const liveSessions = () =>
  world.db
    .selectFrom('session')
    .select(['id', 'machine_id', 'principal_id'])
    .where('ended_at', 'is', null)
    .orderBy('created_at')
    .execute();

const factsOf = async (id: string): Promise<string> => {
  const { facts } = await world.db
    .selectFrom('host')
    .select('facts')
    .where('id', '=', id)
    .executeTakeFirstOrThrow();
  return JSON.stringify(facts);
};

const takenWithoutSession = () =>
  world.db
    .selectFrom('machine')
    .select('id')
    .where('taken_at', 'is not', null)
    .where('desired', '=', 'running')
    .where('id', 'not in', (eb) =>
      eb
        .selectFrom('session')
        .select('machine_id')
        .where('ended_at', 'is', null)
        .where('machine_id', 'is not', null)
        .$castTo<{ machine_id: string }>(),
    )
    .execute();

describe('clicks', () => {
  it('200 at once of one person on two servers end in one session with one machine', async () => {
    const [person] = await world.people(1);
    await world.machines(5);
    const opened = await Promise.all(
      Array.from({ length: 200 }, (_, click) => openDesktop(serverOf(click), person!, world.poolId)),
    );
    expect(new Set(opened.map(({ sessionId }) => sessionId)).size).toBe(1);
    expect(opened.filter(({ made }) => made)).toHaveLength(1);
    expect(await liveSessions()).toHaveLength(1);
    const taken = await world.db
      .selectFrom('machine')
      .select('id')
      .where('taken_at', 'is not', null)
      .execute();
    expect(taken).toHaveLength(1);
    const started = await world.db
      .selectFrom('usage_event')
      .select('id')
      .where('kind', '=', 'session.started')
      .execute();
    expect(started).toHaveLength(1);
  });

  it('of 250 people on 180 machines, 1,000 at once on two servers, never give one machine to two, and leave none unused', async () => {
    const people = await world.people(250);
    await world.machines(180);
    const clicks = people.flatMap((person) => [person, person, person, person]);
    const opened = await Promise.all(
      clicks.map((person, click) => openDesktop(serverOf(click), person, world.poolId)),
    );
    expect(opened.filter(({ made }) => made)).toHaveLength(250);
    const sessions = await liveSessions();
    expect(sessions).toHaveLength(250);
    expect(new Set(sessions.map(({ principal_id }) => principal_id)).size).toBe(250);
    // A click that met a machine under another's lock waits for the loop, which gives it what is left.
    await Promise.all(servers.map((server) => turnAll(server)));
    await turnAll(serverOf(0));
    const assigned = (await liveSessions()).flatMap(({ machine_id }) => machine_id ?? []);
    expect(assigned).toHaveLength(180);
    expect(new Set(assigned).size).toBe(180);
    expect(await takenWithoutSession()).toEqual([]);
  });

  it('take the machine that is nearest to ready, and tell why', async () => {
    const [person] = await world.people(1);
    await world.machines(2, 'planned');
    const [ready] = await world.machines(1);
    const { sessionId } = await openDesktop(serverOf(0), person!, world.poolId);
    const [session] = await liveSessions();
    expect(session).toMatchObject({ id: sessionId, machine_id: ready });
    const row = await world.db.selectFrom('session').select('reason').executeTakeFirstOrThrow();
    expect(row.reason).toMatch(/was ready$/);
  });
});

/** Turns of the sessions loop, in its own order, as long as one leads to the next. */
async function turnAll(server: Context): Promise<void> {
  const loop = sessionsLoop(server);
  for (;;) {
    let moved = false;
    for (const key of await loop.keys())
      moved = (await loop.turn(key, never())).outcome === 'progress' || moved;
    if (!moved) return;
  }
}

describe('sessions that wait', () => {
  it('get machines in the order in which they came, also before somebody who clicks later', async () => {
    const people = await world.people(4);
    const waiting: string[] = [];
    for (const person of people.slice(0, 3)) {
      waiting.push((await openDesktop(serverOf(0), person, world.poolId)).sessionId);
    }
    await world.machines(1);
    const late = await openDesktop(serverOf(1), people[3]!, world.poolId);
    // The loop may be nudged for any of them first.
    const loop = sessionsLoop(serverOf(0));
    for (const id of [late.sessionId, waiting[2]!, waiting[1]!]) await loop.turn(id, never());
    await turnAll(serverOf(0));
    const holders = async (): Promise<string[]> =>
      (await liveSessions()).filter(({ machine_id }) => machine_id !== null).map(({ id }) => id);
    expect(await holders()).toEqual([waiting[0]]);
    await world.machines(2);
    await turnAll(serverOf(0));
    expect(await holders()).toEqual(waiting);
  });

  it('that end in the moment they would get a machine leave it free', async () => {
    const people = await world.people(20);
    const ids: string[] = [];
    for (const person of people) ids.push((await openDesktop(serverOf(0), person, world.poolId)).sessionId);
    await world.machines(20);
    const loop = sessionsLoop(serverOf(0));
    await Promise.all(
      ids.flatMap((id) => [loop.turn(id, never()), endSession(serverOf(1), id, 'gave up waiting')]),
    );
    expect(await liveSessions()).toEqual([]);
    expect(await takenWithoutSession()).toEqual([]);
  });

  it('make their pool grow by one machine each', async () => {
    const people = await world.people(3);
    for (const person of people) await openDesktop(serverOf(0), person, world.poolId);
    const loop = poolsLoop(serverOf(0));
    await loop.turn(world.poolId, never());
    await turnAll(serverOf(0));
    await loop.turn(world.poolId, never());
    const sessions = await liveSessions();
    expect(new Set(sessions.map(({ machine_id }) => machine_id)).size).toBe(3);
    expect(await world.db.selectFrom('machine').select('id').execute()).toHaveLength(3);
  });
});

describe('a machine that is retired', () => {
  it('goes to nobody in the same moment: a session holds a machine that stays, or waits', async () => {
    for (let round = 0; round < 10; round += 1) {
      const people = await world.people(10);
      await world.machines(10);
      // The pool wants none, so its loop retires all of them while ten people click.
      await Promise.all([
        poolsLoop(serverOf(0)).turn(world.poolId, never()),
        ...people.map((person, click) => openDesktop(serverOf(click), person, world.poolId)),
      ]);
      const lost = await world.db
        .selectFrom('session')
        .innerJoin('machine', 'machine.id', 'session.machine_id')
        .select('session.id')
        .where('session.ended_at', 'is', null)
        .where('machine.desired', '=', 'absent')
        .execute();
      expect(lost).toEqual([]);
      for (const { id } of await liveSessions()) await endSession(serverOf(0), id, 'next round');
      await world.db.updateTable('machine').set({ desired: 'absent' }).execute();
    }
  });

  it('under a session ends the session with the reason', async () => {
    const [person] = await world.people(1);
    const [machine] = await world.machines(1);
    const { sessionId } = await openDesktop(serverOf(0), person!, world.poolId);
    await world.db.updateTable('machine').set({ desired: 'absent' }).where('id', '=', machine!).execute();
    await sessionsLoop(serverOf(0)).turn(sessionId, never());
    const session = await world.db.selectFrom('session').selectAll().executeTakeFirstOrThrow();
    expect(session).toMatchObject({ phase: 'ended', end_reason: 'its machine ended: it was deleted' });
  });
});

describe('an installation that is stopped', () => {
  it('begins no session, says so, and lets those go on that there are', async () => {
    await world.machines(2);
    const [ada, grace] = await world.people(2);
    const { sessionId } = await openDesktop(serverOf(0), ada!, world.poolId);
    await world.db.updateTable('installation').set({ desired: 'stopped' }).execute();
    await expect(openDesktop(serverOf(1), grace!, world.poolId)).rejects.toThrow('Orangery is stopped');
    expect(await openDesktop(serverOf(1), ada!, world.poolId)).toMatchObject({ sessionId, made: false });
    await world.db.updateTable('installation').set({ desired: 'running' }).execute();
    expect(await openDesktop(serverOf(1), grace!, world.poolId)).toMatchObject({ made: true });
  });
});

describe('a host that is away', () => {
  it('gives none of its machines to anybody: who comes gets one elsewhere, or waits', async () => {
    const [older, younger] = await world.machines(2);
    const near = await world.host('near');
    await world.db.updateTable('machine').set({ host_id: near }).where('id', '=', younger!).execute();
    await world.db.updateTable('host').set({ phase: 'unreachable' }).where('id', '=', world.hostId).execute();
    const [ada, grace] = await world.people(2);
    await openDesktop(serverOf(0), ada!, world.poolId);
    const { sessionId } = await openDesktop(serverOf(1), grace!, world.poolId);
    await sessionsLoop(serverOf(0)).turn(sessionId, never());
    const found = (): Promise<(string | null)[]> =>
      liveSessions().then((live) => live.map(({ machine_id }) => machine_id));
    expect(await found()).toEqual([younger, null]);
    await world.db.updateTable('host').set({ phase: 'ready' }).execute();
    await sessionsLoop(serverOf(0)).turn(sessionId, never());
    expect(await found()).toEqual([younger, older]);
  });

  it('leaves its pools to others after a minute: they make there what nobody can be given here', async () => {
    await world.machines(2);
    const near = await world.host('near');
    const template = await world.db.selectFrom('template').selectAll().executeTakeFirstOrThrow();
    await world.db
      .insertInto('template')
      .values({ ...template, id: systemRng.uuid(), host_id: near })
      .execute();
    await world.db
      .updateTable('host')
      .set({ facts: await factsOf(world.hostId) })
      .execute();
    await world.db.updateTable('pool').set({ ready_count: 2, machines_max: 5 }).execute();
    const count = async (): Promise<number[]> => {
      await poolsLoop(serverOf(0)).turn(world.poolId, never());
      const rows = await world.db
        .selectFrom('machine')
        .select(['host_id', 'template_id'])
        .where('desired', '=', 'running')
        .execute();
      return [world.hostId, near].map((host) => rows.filter(({ host_id }) => host_id === host).length);
    };
    const awayFor = (since: string): Promise<unknown> =>
      world.db
        .updateTable('host')
        .set({ phase: 'unreachable', seen_at: sql<Date>`now() - ${since}::interval` })
        .where('id', '=', world.hostId)
        .execute();
    await awayFor('30 seconds');
    expect(await count()).toEqual([2, 0]);
    await awayFor('2 minutes');
    expect(await count()).toEqual([2, 2]);
    // Those that may come back count against the limit.
    await world.db.updateTable('pool').set({ ready_count: 5 }).execute();
    expect(await count()).toEqual([2, 3]);
    await world.db.updateTable('pool').set({ ready_count: 2 }).execute();
    await world.db
      .updateTable('host')
      .set({ phase: 'ready', seen_at: sql<Date>`now()` })
      .execute();
    // What is ready stays, what is only planned goes.
    expect(await count()).toEqual([2, 0]);
  });

  it('costs a machine no attempt', async () => {
    const [machine] = await world.machines(1, 'planned');
    const turn = await machinesLoop(serverOf(0)).turn(machine!, never());
    expect(turn).toMatchObject({ outcome: 'failed', detail: 'this test has no host' });
    const row = await world.db.selectFrom('machine').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ attempts: 0, retry_at: null });
  });
});
