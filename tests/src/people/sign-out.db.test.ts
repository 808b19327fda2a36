import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import { makeSetupLink } from '@orangery/control';
import { DISPLAY_PROTOCOL, type ServerControl } from '@orangery/display';
import { DisplayChannel } from '@orangery/display/browser';
import { readConfig, startServer } from '@orangery/server';
import { silentLog, systemClock, systemRng } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { listingHost } from '../control/fake-host.ts';
import { makeWorld, type World } from '../control/world.ts';
import { Person } from '../person.ts';
import { freePort } from './in-process.ts';

const account = { name: 'Ada', email: 'ada@example.org', password: 'a long enough one' };

let world: World;
let folder: string;
let origin: string;
let ca: string;
let close: () => Promise<void>;
const people: Person[] = [];

beforeEach(async () => {
  world = await makeWorld();
  folder = await mkdtemp(join(tmpdir(), 'orangery-sign-out-'));
  const port = await freePort();
  const config = readConfig({
    ORANGERY_STATE: folder,
    DATABASE_URL: world.url,
    ORANGERY_PORT: String(port),
    ORANGERY_LISTEN: '127.0.0.1',
    ORANGERY_ROLES: 'api,gateway',
    ORANGERY_RECIPES: '',
  });
  const { images } = await world.server();
  const { driver } = listingHost({ machines: [], volumes: [] });
  const [console] = duplexPair();
  const machines = Object.assign(Object.create(driver.machines) as typeof driver.machines, {
    dialConsole: () => Promise.resolve(console),
  });
  const whole = { onChange: () => () => {}, close: () => Promise.resolve(), machines };
  const openDriver = () => () =>
    Promise.resolve(Object.assign(Object.create(driver) as typeof driver, whole));
  const server = await startServer(config, {
    clock: systemClock,
    rng: systemRng,
    log: silentLog,
    images,
    openDriver,
  });
  close = () => server.close();
  origin = `https://localhost:${port}`;
  ca = await readFile(join(folder, 'tls', 'ca.crt'), 'utf8');
});

afterEach(async () => {
  for (const each of people.splice(0)) await each.close();
  await close();
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

async function browser(): Promise<Person> {
  const person = new Person(origin, ca);
  people.push(person);
  return person;
}

/** Somebody who has made the installation's first account, looks at a desktop, and hears why they do no more. */
async function looking(): Promise<{ person: Person; sessionId: string; end: Promise<ServerControl> }> {
  const person = await browser();
  const control = await world.server();
  await person.api.setup.complete({ token: await makeSetupLink(control), ...account });
  expect(await person.signIn(account)).toBe(200);
  await world.machines(1);
  const { id: sessionId } = await person.api.desktops.open({ id: world.poolId });
  const { end } = await look(person, sessionId);
  return { person, sessionId, end };
}

async function look(person: Person, sessionId: string): Promise<{ end: Promise<ServerControl> }> {
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<ServerControl>();
  const socket = new WebSocket(`${origin.replace('https', 'wss')}/gateway`, [DISPLAY_PROTOCOL], {
    ca,
    headers: { origin, cookie: person.cookie },
  });
  const ticket = await person.ticket(sessionId);
  const channel = new DisplayChannel(socket, {
    ticket,
    oncontrol: (message) => {
      if (message.type === 'opened') opened.resolve();
      if (message.type === 'closed') ended.resolve(message);
    },
  });
  channel.onclose = () => opened.resolve();
  await opened.promise;
  return { end: ended.promise };
}

const soon = (end: Promise<ServerControl>): Promise<ServerControl | 'goes on'> =>
  Promise.race([end, systemClock.sleep(3_000).then(() => 'goes on' as const)]);

describe('whoever looks at a desktop', () => {
  it('does so no more when they sign out in that browser', async () => {
    const { person, end } = await looking();
    await person.api.signIn.out();
    expect(await soon(end)).toMatchObject({ type: 'closed', code: 'signedOut' });
    // The session itself goes on.
    expect(await world.db.selectFrom('session').select('ended_at').execute()).toEqual([{ ended_at: null }]);
  });

  it('does so no more when they are signed out from elsewhere', async () => {
    const { end } = await looking();
    const other = await browser();
    await other.signIn(account);
    await other.api.signIns.endOthers();
    expect(await soon(end)).toMatchObject({ code: 'signedOut' });
  });

  it('goes on when they sign out in another browser', async () => {
    const { end } = await looking();
    const other = await browser();
    await other.signIn(account);
    await other.api.signIn.out();
    expect(await soon(end)).toBe('goes on');
  });

  it('is in the audit log, with why', async () => {
    const { person, sessionId } = await looking();
    const [entered] = (await person.api.audit.list({ search: 'session.enter' })).items;
    expect(entered).toMatchObject({
      actor: 'Ada',
      subjectId: sessionId,
      client: '127.0.0.1',
      why: 'administrator',
      detail: { device: 'a browser' },
    });
  });

  it('needs a browser that is signed in: an API key opens no desktop', async () => {
    const { person, sessionId } = await looking();
    const { key } = await person.api.apiKeys.create({ name: 'all', scope: 'all', days: 1 });
    const socket = new WebSocket(`${origin.replace('https', 'wss')}/gateway`, [DISPLAY_PROTOCOL], {
      ca,
      headers: { origin, authorization: `Bearer ${key}` },
    });
    socket.on('error', () => {});
    const [, answer] = (await once(socket, 'unexpected-response')) as [unknown, { statusCode: number }];
    expect([answer.statusCode, sessionId.length]).toEqual([401, 36]);
    socket.terminate();
  });
});
