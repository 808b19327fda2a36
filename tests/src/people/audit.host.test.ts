import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import type { Account, Person } from '../person.ts';

const CLI = fileURLToPath(new URL('../../../apps/cli/src/main.ts', import.meta.url));
const LOG_PORT = 5514;

let installation: Installation;
let administrator: Person & { id: string };
let person: Person & { id: string; account: Account };

beforeAll(async () => {
  installation = await Installation.create({ ORANGERY_RECIPES: '' });
  expect(await installation.start()).toBe('runs');
  administrator = await installation.person();
  person = await installation.person('person');
});

afterAll(async () => {
  for (const each of [person, administrator]) await each?.close();
  await installation?.purge();
});

function command(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [CLI, '--state', installation.folder, ...args], (error, stdout, stderr) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : 0, output: stdout + stderr }),
    );
  });
}

const newest = async (action: string) =>
  (await administrator.api.audit.list({ search: action })).items.find((event) => event.action === action);
const chained = (): Promise<void> =>
  installation.until('the chain', async () => {
    const events = (await administrator.api.audit.list({})).items;
    return events.every(({ position }) => position !== null);
  });

describe('the audit log', () => {
  it('says who did what, from where, on what, and why they could', async () => {
    const group = await administrator.api.groups.create({ name: 'Physics' });
    await administrator.api.groups.addMember({ id: group.id, personId: person.id });
    expect(await newest('user.create')).toMatchObject({ actor: 'operator', why: 'operator at the machine' });
    expect(await newest('signIn')).toMatchObject({ client: '127.0.0.1', detail: { how: 'password' } });
    const [event] = (await administrator.api.audit.list({ search: 'group' })).items;
    expect(event).toMatchObject({ actor: 'Test administrator', why: 'administrator', client: '127.0.0.1' });
  });

  it('has what people tried and may not', async () => {
    await expect(person.api.users.list({})).rejects.toMatchObject({ code: 'FORBIDDEN' });
    expect(await newest('users.list')).toMatchObject({
      actor: 'Test person',
      outcome: 'refused',
      why: 'Your role does not allow this',
      detail: { code: 'FORBIDDEN' },
    });
  });

  it('has every change once, also where its operation tells nothing by itself', async () => {
    const id = (await administrator.api.hosts.list())[0]!.id;
    const count = async (): Promise<number> => (await administrator.api.audit.list({})).items.length;
    const before = await count();
    await administrator.api.hosts.update({ id });
    expect(await count()).toBe(before + 1);
    await administrator.api.hosts.list();
    expect(await count()).toBe(before + 1);
    // This one tells nothing by itself.
    await person.api.account.beginSecondFactor({ password: person.account.password });
    expect(await newest('account.beginSecondFactor')).toMatchObject({
      actor: 'Test person',
      outcome: 'done',
      why: 'their own',
      client: '127.0.0.1',
    });
  });

  it('names the key by which a program acted', async () => {
    const { key } = await administrator.api.apiKeys.create({ name: 'nightly', scope: 'all', days: 1 });
    const answer = await fetchWith(key, '/api/system/start');
    expect(answer).toBe(200);
    expect(await newest('system.start')).toMatchObject({ detail: { apiKey: 'nightly' } });
  });

  const fetchWith = async (key: string, path: string): Promise<number> => {
    const answer = await person.request(path, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: '{}',
    });
    await answer.text();
    return answer.status;
  };
});

describe('./orangery audit', () => {
  it('verifies, exports, and finds what was changed behind its back', async () => {
    await chained();
    const verified = await command('audit', 'verify');
    expect(verified).toMatchObject({ code: 0 });
    expect(verified.output).toMatch(/✓ \d+ events, none changed or missing/);
    const [known = ''] = /\d+:[0-9a-f]{64}/.exec(verified.output) ?? [];
    const { output } = await command('audit', 'export');
    const lines = output
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { position: number; hash: string });
    expect(lines.map(({ position }) => position)).toEqual(lines.map((_, index) => index + 1));
    expect(`${lines.at(-1)?.position}:${lines.at(-1)?.hash}`).toBe(known);
    expect((await command('audit', 'verify', '--known', known)).code).toBe(0);
    const lie = `${known.slice(0, -1)}${known.endsWith('0') ? '1' : '0'}`;
    expect(await command('audit', 'verify', '--known', lie)).toMatchObject({ code: 1 });
    expect(await command('audit', 'verify', '--known', 'nonsense')).toMatchObject({ code: 1 });
    await installation.db.connection().execute(async (connection) => {
      await sql`set session_replication_role = replica`.execute(connection);
      await sql`update audit_event set actor = 'nobody at all' where position = 2`.execute(connection);
      await sql`set session_replication_role = default`.execute(connection);
    });
    const broken = await command('audit', 'verify', '--json');
    expect(broken.code).toBe(1);
    expect(JSON.parse(broken.output)).toMatchObject({ holds: false, fault: { position: 2 } });
  });
});

describe('a log server', () => {
  const received: string[] = [];
  const settings = (transport: 'tls' | 'tcp' | 'udp', ca = '') => ({
    keepDays: null,
    syslog: { host: 'localhost', port: LOG_PORT, transport, ca },
  });
  const arrives = async (): Promise<void> => {
    received.length = 0;
    await administrator.api.groups.create({ name: `Group ${crypto.randomUUID()}` });
    await installation.until(
      'the event',
      async () => received.join('').includes('"action":"group.create"'),
      20_000,
    );
  };

  it.each(['tls', 'tcp', 'udp'] as const)(
    'is sent events over %s, and what waited comes later',
    async (transport) => {
      const ca = transport === 'tls' ? await installation.ca() : '';
      // Nobody listens yet; over UDP nobody is told.
      await administrator.api.audit.configure(settings(transport, ca));
      if (transport !== 'udp') {
        await administrator.api.groups.create({ name: `Early ${transport}` });
        await installation.until('that it waits', async () => {
          const { sending } = await administrator.api.audit.settings();
          return sending !== null && sending.waiting > 0 && sending.reason !== null;
        });
      }
      const close = await listen(transport);
      await installation.until(
        'that nothing waits',
        async () => {
          const { sending } = await administrator.api.audit.settings();
          return sending?.waiting === 0;
        },
        60_000,
      );
      await arrives();
      const text = received.join('');
      expect(text).toMatch(/<109>1 \S+ \S+ orangery - group\.create - /);
      if (transport !== 'udp') {
        const length = Number(/^(\d+) </.exec(text)?.[1]);
        expect(
          Buffer.from(text)
            .subarray(String(length).length + 1, String(length).length + 1 + length)
            .toString(),
        ).toMatch(/}$/);
      }
      await administrator.api.audit.configure({ keepDays: null, syslog: null });
      await close();
    },
  );

  async function listen(transport: 'tls' | 'tcp' | 'udp'): Promise<() => Promise<void>> {
    if (transport === 'udp') {
      const socket = createSocket('udp4').bind(LOG_PORT, '127.0.0.1');
      socket.on('message', (message) => received.push(message.toString()));
      await once(socket, 'listening');
      return async () => {
        socket.close();
        await once(socket, 'close');
      };
    }
    const read = (name: string): Promise<string> => readFile(join(installation.folder, 'tls', name), 'utf8');
    const server =
      transport === 'tls'
        ? createTlsServer({ key: await read('server.key'), cert: await read('server.crt') })
        : createServer();
    server.on(transport === 'tls' ? 'secureConnection' : 'connection', (socket: Socket) => {
      socket.on('data', (data: Buffer) => received.push(data.toString()));
      socket.on('error', () => {});
    });
    server.listen(LOG_PORT, '127.0.0.1');
    await once(server, 'listening');
    expect((server.address() as AddressInfo).port).toBe(LOG_PORT);
    return async () => {
      server.close();
      await once(server, 'close');
    };
  }

  it.each([
    ['169.254.169.254', 514],
    ['localhost', 5432],
    ['log.invalid', 514],
  ])('at %s:%i is refused', async (host, port) => {
    const set = administrator.api.audit.configure({
      keepDays: null,
      syslog: { host, port, transport: 'udp', ca: '' },
    });
    await expect(set).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});
