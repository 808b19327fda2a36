import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { duplexPair } from 'node:stream';
import type { Context } from '@orangery/control';
import { readConfig, startServer } from '@orangery/server';
import { silentLog, systemClock, systemRng } from '@orangery/std';
import { listingHost } from '../control/fake-host.ts';
import { makeWorld, type World } from '../control/world.ts';
import { Person } from '../person.ts';

/** What each of its machines shows. */
const SHOWN = { width: 64, height: 36, rgb: Buffer.alloc(64 * 36 * 3, 0x5a) };

/** A server in this process, without hosts, and browsers of people. */
export type InProcess = {
  world: World;
  /** Its state folder, by which the command line finds it. */
  folder: string;
  origin: string;
  /** As the server's own, for loops: none runs by itself. */
  control: Context;
  /** Somebody's browser, in which nobody is signed in. */
  browser: () => Person;
  close: () => Promise<void>;
};

export async function startInProcess(): Promise<InProcess> {
  const world = await makeWorld();
  const folder = await mkdtemp(join(tmpdir(), 'orangery-in-process-'));
  const port = await freePort();
  const config = readConfig({
    ORANGERY_STATE: folder,
    DATABASE_URL: world.url,
    ORANGERY_PORT: String(port),
    ORANGERY_LISTEN: '127.0.0.1',
    ORANGERY_ROLES: 'api,gateway',
    ORANGERY_RECIPES: '',
  });
  const control = await world.server();
  const { driver } = listingHost({ machines: [], volumes: [] });
  const machines = Object.assign(Object.create(driver.machines) as typeof driver.machines, {
    screenshot: () => Promise.resolve(SHOWN),
    // Its console never says a word.
    dialConsole: () => Promise.resolve(duplexPair()[0]),
  });
  const whole = { onChange: () => () => {}, close: () => Promise.resolve(), machines };
  const server = await startServer(config, {
    clock: systemClock,
    rng: systemRng,
    log: silentLog,
    images: control.images,
    openDriver: () => () => Promise.resolve(Object.assign(Object.create(driver) as typeof driver, whole)),
  });
  const origin = `https://localhost:${port}`;
  const ca = await readFile(join(folder, 'tls', 'ca.crt'), 'utf8');
  const people: Person[] = [];
  return {
    world,
    folder,
    origin,
    control,
    browser() {
      const person = new Person(origin, ca);
      people.push(person);
      return person;
    },
    async close() {
      for (const each of people) await each.close();
      await server.close();
      await world.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
