import { readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { goldenVolume } from '@orangery/control';
import { startCluster, stopCluster } from '@orangery/database';
import type { HostDriver } from '@orangery/hypervisor';
import { systemClock } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { disorder, isSettled, openHost } from '../crash/order.ts';
import { Installation } from '../installation.ts';
import { startReady } from '../planted.ts';
import { type Account, Person, type Viewer } from '../person.ts';

/** One installation with a desktop; everything that must go well in spite of what is done to it. */
let installation: Installation;
let host: HostDriver;
let person: Person & { id: string; account: Account };
let stranger: Person & { id: string; account: Account };
let poolId: string;
let sessionId: string;
/** What must stand in no log. */
const secrets: string[] = [];

beforeAll(async () => {
  installation = await Installation.create();
  await startReady(installation);
  const { token } = await installation.api.system.setupLink();
  secrets.push(token);
  const password = 'correct horse battery staple';
  const first = new Person(installation.origin, await installation.ca());
  await first.api.setup.complete({ token, name: 'Ada', email: 'ada@example.org', password });
  secrets.push(password);
  await first.close();
  host = await openHost(installation);
  person = await installation.person();
  stranger = await installation.person();
  for (const each of [person, stranger]) secrets.push(each.account.password, tokenOf(each.cookie));
  const [pool] = await installation.api.pools.list();
  if (pool === undefined) throw new Error('an installation starts with a pool');
  poolId = pool.id;
  sessionId = (await person.api.desktops.open({ id: poolId })).id;
}, 900_000);

afterAll(async () => {
  await host?.close();
  await person?.close();
  await stranger?.close();
  await installation?.purge();
}, 120_000);

const tokenOf = (cookie: string): string =>
  decodeURIComponent(cookie.split('=')[1] ?? '').split('.')[0] ?? '';

async function ticket(): Promise<string> {
  const value = await person.ticket(sessionId);
  secrets.push(value);
  return value;
}

async function picture(viewer: Viewer): Promise<void> {
  const update = viewer.rfb.nextUpdate(20_000);
  viewer.rfb.requestUpdate(false);
  await update;
}

async function countDials(): Promise<number> {
  return (await installation.log()).split('\n').filter((line) => line.includes('dials a console')).length;
}

const phase = async (): Promise<string> =>
  (
    await installation.db
      .selectFrom('session')
      .select('phase')
      .where('id', '=', sessionId)
      .executeTakeFirstOrThrow()
  ).phase;

describe('the gateway', () => {
  /** The status of a refused upgrade. */
  async function upgrade(headers: Record<string, string>, path = '/gateway'): Promise<number> {
    const ca = await installation.ca();
    return new Promise((resolve, reject) => {
      const socket = new WebSocket(`${installation.origin.replace('https', 'wss')}${path}`, { ca, headers });
      socket.on('unexpected-response', (request, response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      socket.on('open', () => {
        socket.close();
        reject(new Error('it was let in'));
      });
      socket.on('error', () => {});
    });
  }

  it('refuses whoever is no page of ours, or not signed in', async () => {
    const { origin } = installation;
    const { cookie } = person;
    expect(await upgrade({ cookie })).toBe(403);
    expect(await upgrade({ cookie, origin: 'https://evil.example' })).toBe(403);
    expect(await upgrade({ cookie, origin: origin.replace('https', 'http') })).toBe(403);
    expect(await upgrade({ origin })).toBe(401);
    expect(await upgrade({ origin, cookie: 'orangery.session_token=made-up' })).toBe(401);
    expect(await upgrade({ origin, cookie }, '/elsewhere')).toBe(404);
    expect(await countDials()).toBe(0);
  });

  it('refuses a ticket that is made up, somebody else’s or expired, and dials no console for it', async () => {
    await expect(person.view('made-up')).rejects.toThrow('badTicket');
    await expect(stranger.view(await ticket())).rejects.toThrow('badTicket');
    const late = await ticket();
    await installation.db
      .updateTable('ticket')
      .set({ expires_at: new Date(systemClock.now() - 1) })
      .execute();
    await expect(person.view(late)).rejects.toThrow('badTicket');
    expect(await countDials()).toBe(0);
    expect(await phase()).toBe('waiting');
  });

  it('opens with a ticket once', async () => {
    const once = await ticket();
    const viewer = await person.view(once);
    await picture(viewer);
    await expect(person.view(once)).rejects.toThrow('badTicket');
    expect(await countDials()).toBe(1);
    await picture(viewer);
    viewer.close();
    await viewer.closed;
    await installation.until(
      'the viewer’s end in the row',
      async () => (await phase()) === 'disconnected',
      5_000,
    );
  });

  it('gives a session to who comes last, and the row knows that somebody is there', async () => {
    const first = await person.view(await ticket());
    await picture(first);
    const tickets = [await ticket(), await ticket(), await ticket()];
    const opened = await Promise.allSettled(tickets.map((each) => person.view(each)));
    const viewers = opened.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    await first.closed;
    expect((await first.control('closed')).code).toBe('takenOver');
    // Of those that came at the same moment exactly one stays.
    const living = async (): Promise<Viewer[]> => {
      const alive = await Promise.all(
        viewers.map(async (viewer) => ((await isOver(viewer)) ? undefined : viewer)),
      );
      return alive.filter((viewer) => viewer !== undefined);
    };
    await installation.until('one viewer', async () => (await living()).length === 1, 10_000);
    const [last] = await living();
    await picture(last!);
    expect(await phase()).toBe('connected');
    last!.close();
    await installation.until(
      'the viewer’s end in the row',
      async () => (await phase()) === 'disconnected',
      5_000,
    );
  });
});

const isOver = (viewer: Viewer): Promise<boolean> =>
  Promise.race([viewer.closed.then(() => true), new Promise<boolean>((done) => setImmediate(done, false))]);

describe('PostgreSQL', () => {
  const folder = (): string => join(installation.folder, 'postgres');

  it('that is stopped under a running server makes calls fail with a reason and viewers go on', async () => {
    const viewer = await person.view(await ticket());
    await picture(viewer);
    const { pid } = installation;
    await stopCluster(folder());
    try {
      for (const call of [
        () => person.api.desktops.list(),
        () => installation.api.system.status(),
        () => person.api.me.show(),
      ]) {
        await expect(call()).rejects.toMatchObject({ status: 503, code: 'UNAVAILABLE' });
      }
      await picture(viewer);
      viewer.close();
      await viewer.closed;
    } finally {
      await startCluster(folder());
    }
    await installation.until(
      'an answer',
      async () => (await installation.api.system.status()).version !== '',
      20_000,
    );
    expect(installation.pid).toBe(pid);
    // That the viewer left while nobody could write it down is written down now.
    await installation.until(
      'the viewer’s end in the row',
      async () => (await phase()) === 'disconnected',
      20_000,
    );
    const again = await person.view(await ticket());
    await picture(again);
    again.close();
    await again.closed;
  });

  it('that is killed while a machine is cloned costs time and nothing else', async () => {
    await installation.until('order', () => isSettled(installation), 60_000);
    const free = await installation.db
      .selectFrom('machine')
      .select('id')
      .where('taken_at', 'is', null)
      .executeTakeFirstOrThrow();
    await installation.api.machines.delete({ id: free.id });
    await installation.until(
      'a clone under way',
      async () =>
        (await installation.db.selectFrom('machine').select('id').where('phase', '=', 'cloning').execute())
          .length > 0,
      20_000,
    );
    const [pid] = (await readFile(join(folder(), 'data', 'postmaster.pid'), 'utf8')).split('\n');
    process.kill(Number(pid), 'SIGKILL');
    // Its other processes notice a little later; until they are gone it cannot start.
    await installation.until('PostgreSQL', async () => (await startCluster(folder())).url !== '', 30_000);
    await installation.until('order', () => isSettled(installation), 60_000);
    expect(await disorder(installation, host)).toEqual([]);
    const viewer = await person.view(await ticket());
    await picture(viewer);
    viewer.close();
    await viewer.closed;
  });
});

describe('an image version', () => {
  it('that is deleted underneath is named, disturbs nobody who works, and is brought again', async () => {
    const { db } = installation;
    await installation.until('order', () => isSettled(installation), 60_000);
    const viewer = await person.view(await ticket());
    await picture(viewer);
    const version = await db.selectFrom('image_version').select('id').executeTakeFirstOrThrow();
    const golden = join(installation.folder, 'storage', goldenVolume(version.id));
    const { size } = await stat(golden);
    await rm(golden);
    const template = () =>
      db.selectFrom('template').select(['phase', 'reason', 'attempts']).executeTakeFirstOrThrow();
    await installation.until('the reason', async () => (await template()).attempts === 1, 60_000);
    expect((await template()).reason).toMatch(
      /image-.*qcow2 of debian-openbox is gone from the host’s storage/,
    );
    await picture(viewer);
    // Its template is begun anew, from the same image.
    await installation.until('its next try', async () => (await template()).phase === 'booting', 120_000);
    expect((await stat(golden)).size).toBe(size);
    await picture(viewer);
    viewer.close();
    await viewer.closed;
  });
});

describe('the logs', () => {
  it('hold no password, ticket, cookie or setup link', async () => {
    await installation.stop();
    const logs = [installation.logPath, join(installation.folder, 'postgres', 'postgresql.log')];
    const text = (await Promise.all(logs.map((path) => readFile(path, 'utf8')))).join('\n');
    expect(text).toContain('Orangery runs');
    expect(secrets.length).toBeGreaterThan(8);
    for (const secret of secrets) {
      expect(secret.length).toBeGreaterThan(15);
      expect(text.includes(secret)).toBe(false);
    }
    expect(await installation.start()).toBe('runs');
  });
});
