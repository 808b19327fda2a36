import {
  connectability,
  type Context,
  endSession,
  forgetLostViewers,
  makeTicket,
  markSession,
  openDesktop,
  pictureOf,
  redeemTicket,
  restartSession,
  sendViewerAway,
  sessionsLoop,
  usageOf,
  viewerEnd,
} from '@orangery/control';
import { connectSingle } from '@orangery/database';
import type { HostDriver } from '@orangery/hypervisor';
import { OrangeryError, systemRng } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let server: Context;

beforeEach(async () => {
  world = await makeWorld({ readyCount: 0, machinesMax: 100 });
  server = await world.server();
});
afterEach(() => world.close());

const session = (id: string) =>
  world.db.selectFrom('session').selectAll().where('id', '=', id).executeTakeFirstOrThrow();
const machine = (id: string | null) =>
  world.db.selectFrom('machine').selectAll().where('id', '=', id).executeTakeFirstOrThrow();

/** A session of a new person, with somebody who looks at it. */
async function looking() {
  const [person] = await world.people(1);
  const { sessionId } = await openDesktop(server, person!, world.poolId);
  const view = async (address: string, gateway = 'orangery a') => {
    const ticket = await makeTicket(server, { id: sessionId, principalId: person!.id });
    const viewer = await redeemTicket(server, ticket, person!.id, {
      device: 'Firefox on Linux',
      address,
      gateway,
    });
    await markSession(server, sessionId, 'connected');
    return viewer!;
  };
  return { person: person!, sessionId, view };
}

describe('a gateway that dies', () => {
  it('and never comes back has no viewers: others find out, and leave those of gateways that live', async () => {
    await world.machines(2);
    const [lost, held] = [await looking(), await looking()];
    const gateways = {
      a: await connectSingle(world.url, 'orangery a'),
      b: await connectSingle(world.url, 'orangery b'),
    };
    await lost.view('10.0.0.1', 'orangery a');
    await held.view('10.0.0.2', 'orangery b');
    await forgetLostViewers(server);
    expect(await session(lost.sessionId)).toMatchObject({ phase: 'connected' });
    await gateways.a.end();
    // Its backend ends a moment after its connection.
    const phase = async (): Promise<string> => {
      await forgetLostViewers(server);
      return (await session(lost.sessionId)).phase;
    };
    await expect.poll(phase).toBe('disconnected');
    expect(await session(held.sessionId)).toMatchObject({ phase: 'connected' });
    await gateways.b.end();
  });
});

describe('a machine that hangs', () => {
  it('of a pool is thrown away, and its session goes on with a fresh one', async () => {
    await world.machines(2);
    const { sessionId, view } = await looking();
    const viewer = await view('10.0.0.1');
    expect(await restartSession(server, sessionId, 'gently')).toMatchObject({
      kind: 'replaced',
      machineId: viewer.machineId,
    });
    expect(await machine(viewer.machineId)).toMatchObject({ desired: 'absent', restart: null });
    const after = await session(sessionId);
    expect(after).toMatchObject({ phase: 'waiting', ended_at: null });
    expect(after.machine_id).not.toBe(viewer.machineId);
    expect(await machine(after.machine_id)).toMatchObject({ desired: 'running' });
    expect(await viewerEnd(server, sessionId, viewer)).toMatchObject({ code: 'machineReplaced' });
    await sessionsLoop(server).turn(sessionId, never());
    expect(await connectability(server, sessionId)).toMatchObject({ kind: 'ready' });
  });

  it('is replaced also when none is free, and its last viewer’s word ends nothing', async () => {
    await world.machines(1);
    const { sessionId, view } = await looking();
    await view('10.0.0.1');
    await restartSession(server, sessionId, 'hard');
    expect(await session(sessionId)).toMatchObject({ phase: 'waiting', machine_id: null });
    await markSession(server, sessionId, 'disconnected');
    await sessionsLoop(server).turn(sessionId, never());
    expect(await session(sessionId)).toMatchObject({ phase: 'waiting', ended_at: null });
    const [fresh] = await world.machines(1);
    await sessionsLoop(server).turn(sessionId, never());
    expect(await session(sessionId)).toMatchObject({ machine_id: fresh });
  });

  it('is replaced once by many clicks, and no machine is left taken by nobody', async () => {
    await world.machines(9);
    const { sessionId, view } = await looking();
    await view('10.0.0.1');
    const clicks = await Promise.all([0, 1, 2, 3].map(() => restartSession(server, sessionId, 'gently')));
    const thrown = clicks.flatMap((click) => (click.kind === 'replaced' ? [click.machineId] : []));
    const rows = await world.db.selectFrom('machine').selectAll().execute();
    expect(
      rows
        .filter(({ desired }) => desired === 'absent')
        .map(({ id }) => id)
        .sort(),
    ).toEqual([...thrown].sort());
    const { machine_id: held } = await session(sessionId);
    const taken = rows.filter((row) => row.taken_at !== null && row.desired === 'running');
    expect(taken.map(({ id }) => id)).toEqual([held]);
  });

  it('brings the person’s files along, once its last machine has let go of them', async () => {
    await world.db.updateTable('pool').set({ profile_gib: 1 }).execute();
    await world.machines(2);
    const { sessionId } = await looking();
    const { machine_id: machineId } = await session(sessionId);
    await restartSession(server, sessionId, 'hard');
    const disk = () => world.db.selectFrom('profile_disk').selectAll().executeTakeFirstOrThrow();
    expect(await disk()).toMatchObject({ machine_id: machineId });
    await world.db.updateTable('profile_disk').set({ machine_id: null }).execute();
    await sessionsLoop(server).turn(sessionId, never());
    expect(await disk()).toMatchObject({ machine_id: (await session(sessionId)).machine_id });
    expect(await session(sessionId)).toMatchObject({ profile: 'disk' });
  });

  it('leaves tickets that show a machine before it is as its person may see it worthless', async () => {
    await world.machines(2);
    const { person, sessionId } = await looking();
    const { machine_id: first } = await session(sessionId);
    await world.db.updateTable('session').set({ mode: 'application' }).execute();
    await world.db.updateTable('machine').set({ arranged: 'application' }).where('id', '=', first).execute();
    const ticket = () => makeTicket(server, { id: sessionId, principalId: person.id });
    const early = await ticket();
    await restartSession(server, sessionId, 'hard');
    const { machine_id: second } = await session(sessionId);
    expect(second).not.toBe(first);
    expect(await redeemTicket(server, early, person.id)).toBeUndefined();
    await world.db.updateTable('machine').set({ arranged: 'application' }).where('id', '=', second).execute();
    expect(await redeemTicket(server, await ticket(), person.id)).toMatchObject({ machineId: second });
  });

  it('of one’s own is restarted, and stays', async () => {
    const [own] = await world.machines(1);
    const { person, sessionId } = await looking();
    await world.db.updateTable('pool').set({ kind: 'persistent' }).execute();
    await world.db.updateTable('machine').set({ principal_id: person.id }).execute();
    expect(await restartSession(server, sessionId, 'hard')).toEqual({ kind: 'restarted', machineId: own });
    expect(await machine(own!)).toMatchObject({ restart: 'hard', desired: 'running' });
    expect(await session(sessionId)).toMatchObject({ machine_id: own });
  });

  it('of a session that is over is left alone', async () => {
    await world.machines(1);
    const { sessionId } = await looking();
    await endSession(server, sessionId, 'logged off');
    expect(await restartSession(server, sessionId, 'hard')).toEqual({ kind: 'missing' });
    expect(await restartSession(server, systemRng.uuid(), 'hard')).toEqual({ kind: 'missing' });
  });
});

describe('a session on another device', () => {
  it('is disconnected there, told by whom, and can be opened again', async () => {
    await world.machines(1);
    const { sessionId, view } = await looking();
    const first = await view('10.0.0.1');
    expect(await viewerEnd(server, sessionId, first)).toBeUndefined();
    expect(await sendViewerAway(server, sessionId, 'you disconnected it from Edge')).toBe(true);
    expect(await viewerEnd(server, sessionId, first)).toEqual({
      code: 'sentAway',
      reason: 'you disconnected it from Edge',
    });
    await markSession(server, sessionId, 'disconnected');
    expect(await sendViewerAway(server, sessionId, 'again')).toBe(false);
    const second = await view('10.0.0.2');
    expect(await viewerEnd(server, sessionId, second)).toBeUndefined();
    expect(await session(sessionId)).toMatchObject({ ended_at: null });
  });

  it('stays away however the clock was set back, and whoever comes later stays', async () => {
    await world.machines(1);
    const { sessionId, view } = await looking();
    const first = await view('10.0.0.1');
    await sendViewerAway(server, sessionId, 'away');
    const ahead = new Date(server.clock.now() + 3_600_000);
    await world.db.updateTable('session').set({ cut_at: ahead }).execute();
    const second = await view('10.0.0.2');
    expect(await viewerEnd(server, sessionId, first)).toMatchObject({ code: 'sentAway' });
    expect(await viewerEnd(server, sessionId, second)).toBeUndefined();
  });

  it('that is taken over says by which', async () => {
    await world.machines(1);
    const { sessionId, view } = await looking();
    const first = await view('10.0.0.1');
    await view('10.0.0.2');
    const end = await viewerEnd(server, sessionId, first);
    expect(end?.code).toBe('takenOver');
    expect(end?.reason).toContain('Firefox on Linux (10.0.0.2)');
    await endSession(server, sessionId, 'logged off');
    expect(await viewerEnd(server, sessionId, first)).toEqual({ code: 'sessionEnded', reason: 'logged off' });
  });
});

describe('a picture of a machine', () => {
  const showing = (screenshot: () => Promise<{ width: number; height: number; rgb: Buffer }>) =>
    world.server({ driver: { machines: { screenshot } } as unknown as HostDriver });

  it('is small, whatever the screen is', async () => {
    const [id] = await world.machines(1);
    const rgb = Buffer.alloc(3_000 * 1_000 * 3, 7);
    const host = await showing(() => Promise.resolve({ width: 3_000, height: 1_000, rgb }));
    expect(await pictureOf(host, id!)).toMatchObject({ width: 750, height: 250 });
  });

  it('of one that is off is refused with the reason; no more than a few are taken at once', async () => {
    const [id] = await world.machines(1);
    const off = await showing(() => Promise.reject(new OrangeryError('refused', 'no domain')));
    await expect(pictureOf(off, id!)).rejects.toMatchObject({ code: 'CONFLICT' });
    const slow = Promise.withResolvers<{ width: number; height: number; rgb: Buffer }>();
    const host = await showing(() => slow.promise);
    const refused: unknown[] = [];
    // The screen is there only once all that cannot be taken now have been refused.
    const many = Array.from({ length: 20 }, () =>
      pictureOf(host, id!).catch((error: unknown) => {
        if (refused.push(error) === 16) slow.resolve({ width: 1, height: 1, rgb: Buffer.alloc(3) });
      }),
    );
    await Promise.all(many);
    expect(refused).toMatchObject(Array.from({ length: 16 }, () => ({ code: 'UNAVAILABLE' })));
    expect(await pictureOf(host, id!)).toMatchObject({ width: 1 });
  });
});

describe('what a person used', () => {
  it('is counted from the month’s beginning to now, over all their sessions and of nobody else', async () => {
    const [ada, bob] = await world.people(2);
    const now = server.clock.now();
    const at = (minutesAgo: number): Date => new Date(now - minutesAgo * 60_000);
    const past = async (principalId: string, minutes: { kind: string; ago: number }[]): Promise<void> => {
      const last = minutes.at(-1);
      const { id } = await world.db
        .insertInto('session')
        .values({
          tenant_id: world.tenantId,
          pool_id: world.poolId,
          principal_id: principalId,
          phase: last?.kind === 'ended' ? 'ended' : 'connected',
          ended_at: last?.kind === 'ended' ? at(last.ago) : null,
        })
        .returning('id')
        .executeTakeFirstOrThrow();
      for (const { kind, ago } of minutes)
        await world.db
          .insertInto('usage_event')
          .values({
            tenant_id: world.tenantId,
            principal_id: principalId,
            kind: `session.${kind}`,
            subject_id: id,
            amount: '{}',
            at: at(ago),
          })
          .execute();
    };
    const MONTH = 60 * 24 * 40;
    // All of it before the month; then one that began before it; one within; one that goes on.
    await past(ada!.id, [
      { kind: 'started', ago: MONTH + 50 },
      { kind: 'connected', ago: MONTH + 40 },
      { kind: 'ended', ago: MONTH + 10 },
    ]);
    await past(bob!.id, [
      { kind: 'started', ago: 9 },
      { kind: 'connected', ago: 8 },
      { kind: 'ended', ago: 1 },
    ]);
    await past(bob!.id, [
      { kind: 'started', ago: 6 },
      { kind: 'connected', ago: 5 },
      { kind: 'disconnected', ago: 4 },
      { kind: 'connected', ago: 3 },
    ]);
    const nobody = await usageOf(server, ada!.id, 'UTC');
    expect(nobody).toMatchObject({ month: { sessionMs: 0, connectedMs: 0 }, profile: null, sessions: [] });
    const { month, sessions } = await usageOf(server, bob!.id, 'UTC');
    // The month may have begun within these minutes: then there is less to count.
    const sinceMonth = (now - Date.parse(month.from)) / 60_000;
    if (sinceMonth > 10) {
      expect(Math.round(month.sessionMs / 60_000)).toBe(8 + 6);
      expect(Math.round(month.connectedMs / 60_000)).toBe(7 + 1 + 3);
    } else expect(month.sessionMs).toBeLessThanOrEqual(sinceMonth * 60_000 * 2);
    expect(sessions).toHaveLength(1);
  });

  it('tells the size of their files, as last known where nobody can be asked', async () => {
    await world.db.updateTable('pool').set({ profile_gib: 2 }).execute();
    await world.machines(1);
    const { person } = await looking();
    await world.db.updateTable('profile_disk').set({ used_bytes: 1_000, reason: 'was not closed' }).execute();
    await world.db.updateTable('machine').set({ adopted_at: new Date() }).execute();
    expect((await usageOf(server, person.id, 'Europe/Vienna')).profile).toEqual({
      sizeBytes: 2 * 2 ** 30,
      usedBytes: 1_000,
      live: false,
      reason: 'was not closed',
    });
  });
});
