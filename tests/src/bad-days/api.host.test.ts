import { createServer } from 'node:net';
import { once } from 'node:events';
import { UPLOAD_PIECE_BYTES, uploadPath } from '@orangery/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import { type Account, Person } from '../person.ts';
import { bodyOf, type Operation, operations, requestFor } from './operations.ts';
import { rawConnection, statusOf } from './raw.ts';

/** An installation without an image: what the API refuses needs no desktop. */
let installation: Installation;
let nobody: Person;
let person: Person & { id: string; account: Account };
let administrator: Person & { id: string };

beforeAll(async () => {
  installation = await Installation.create({ ORANGERY_RECIPES: '' });
  expect(await installation.start()).toBe('runs');
  administrator = await installation.person();
  person = await installation.person('person');
  nobody = new Person(installation.origin, await installation.ca());
});

afterAll(async () => {
  for (const each of [nobody, person, administrator]) await each?.close();
  await installation?.purge();
});

async function call(
  caller: Person,
  operation: Operation,
  values: Record<string, unknown>,
): Promise<{ status: number; code: string }> {
  const { path, init } = requestFor(operation, values);
  const answer = await caller.request(path, init);
  const text = await bodyOf(answer);
  const body: unknown = text === '' ? {} : JSON.parse(text);
  const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : '';
  return { status: answer.status, code };
}

const table = operations().map((operation) => [operation.name, operation] as const);

describe('every operation of the contract', () => {
  it('says who may call it', () => {
    expect(table.filter(([, { access }]) => access === undefined)).toEqual([]);
    expect(table.length).toBeGreaterThan(20);
  });

  it.each(table)(
    '%s lets in whom it names and nobody else, before it looks at what they send',
    async (_, operation) => {
      const outcomes = {
        nobody: await call(nobody, operation, operation.nonsense),
        person: await call(person, operation, operation.nonsense),
      };
      const refused = {
        nobody: { status: 401, code: 'UNAUTHORIZED' },
        person: { status: 403, code: 'FORBIDDEN' },
      };
      if (operation.access !== 'anyone') expect(outcomes.nobody).toEqual(refused.nobody);
      else expect(outcomes.nobody.status).not.toBe(401);
      if (operation.access !== 'anyone' && operation.access !== 'person')
        expect(outcomes.person).toEqual(refused.person);
      else expect([401, 403]).not.toContain(outcomes.person.status);
      if (operation.name === 'signIn.out') expect(await person.signIn(person.account)).toBe(200);
    },
  );

  it.each(table.filter(([, { members }]) => members.length > 0))(
    '%s refuses nonsense',
    async (_, operation) => {
      const caller = operation.access === 'anyone' ? nobody : administrator;
      expect(await call(caller, operation, operation.nonsense)).toEqual({
        status: 400,
        code: 'BAD_REQUEST',
      });
    },
  );

  it.each(table.filter(([, { ids }]) => ids.length > 0))(
    '%s knows nothing of a strange id',
    async (_, operation) => {
      if (operation.strange === undefined) throw new Error('teach operations.ts the rest of this input');
      expect(await call(administrator, operation, operation.strange)).toEqual({
        status: 404,
        code: 'NOT_FOUND',
      });
      if (operation.access === 'person') {
        expect(await call(person, operation, operation.strange)).toEqual({ status: 404, code: 'NOT_FOUND' });
      }
    },
  );
});

describe('an upload', () => {
  const begin = () =>
    administrator.api.imports.begin({
      name: 'brought',
      fileName: 'disk.raw',
      bytes: disk.length,
      notes: 'mine',
    });
  const put = async (caller: Person, id: string, offset: number, body: Buffer) => {
    const answer = await caller.request(uploadPath(id, offset), { method: 'PUT', body });
    return { status: answer.status, ...((await answer.json()) as { received?: number; code?: string }) };
  };
  const disk = Buffer.alloc(UPLOAD_PIECE_BYTES + 512);
  disk.writeUInt16LE(0xaa55, 510);

  it('is taken from administrators alone, piece by piece, and becomes an image', async () => {
    const { id } = await begin();
    const first = disk.subarray(0, UPLOAD_PIECE_BYTES);
    expect(await put(nobody, id, 0, first)).toMatchObject({ status: 401, code: 'UNAUTHORIZED' });
    expect(await put(person, id, 0, first)).toMatchObject({ status: 403, code: 'FORBIDDEN' });
    expect(await put(administrator, crypto.randomUUID(), 0, first)).toMatchObject({ status: 404 });
    expect(await put(administrator, 'nothing', 0, first)).toMatchObject({ status: 400 });
    const foreign = await administrator.request(uploadPath(id, 0), {
      method: 'PUT',
      body: first,
      headers: { 'sec-fetch-site': 'cross-site', origin: 'https://example.org' },
    });
    expect([foreign.status, (await foreign.text()).includes('another site')]).toEqual([403, true]);
    expect(await put(administrator, id, 0, first)).toMatchObject({
      status: 200,
      received: UPLOAD_PIECE_BYTES,
    });
    expect(await put(administrator, id, 0, first)).toMatchObject({
      status: 409,
      received: UPLOAD_PIECE_BYTES,
    });
    expect(await put(administrator, id, first.length, Buffer.alloc(1_024))).toMatchObject({ status: 413 });
    expect(await administrator.api.imports.show({ id })).toEqual({
      received: first.length,
      bytes: disk.length,
    });
    expect(await put(administrator, id, first.length, disk.subarray(first.length))).toMatchObject({
      status: 200,
    });
    const version = async () =>
      (await administrator.api.images.list())
        .flatMap(({ versions }) => versions)
        .find((each) => each.id === id);
    await installation.until('the image', async () => (await version())?.phase === 'ready');
    expect(await version()).toMatchObject({ current: true, virtualBytes: disk.length, notes: 'mine' });
    await administrator.api.images.deleteVersion({ id });
    await installation.until('its end', async () => (await administrator.api.images.list()).length === 0);
  });

  it('of a piece that is too large is refused before it is read', async () => {
    const { id } = await begin();
    const large = await put(administrator, id, 0, Buffer.alloc(UPLOAD_PIECE_BYTES + 1)).catch(
      () => undefined,
    );
    if (large !== undefined) expect(large.status).toBe(413);
    expect(await administrator.api.imports.show({ id })).toMatchObject({ received: 0 });
    await administrator.api.images.deleteVersion({ id });
  });
});

describe('a body', () => {
  const post = (body: string, headers: Record<string, string> = {}): Promise<Response> =>
    nobody.request('/api/setup', {
      method: 'POST',
      body,
      headers: { 'content-type': 'application/json', ...headers },
    });

  it.each([
    ['no JSON', '{"token":', {}],
    ['JSON of another kind', '[[[]]]', {}],
    ['nothing', '', {}],
    ['binary', '\u0000\u0001', { 'content-type': 'application/octet-stream' }],
  ])('of %s is refused', async (_, body, headers) => {
    const answer = await post(body, headers);
    await answer.text();
    expect(answer.status).toBe(400);
  });

  it('of many megabytes is refused before it is read', async () => {
    const answer = await post(JSON.stringify({ token: 'x'.repeat(8 << 20) })).catch(() => undefined);
    // The server answers and hangs up; what the client still sends may fail first.
    if (answer !== undefined) expect(answer.status).toBe(413);
    const signIn = await nobody
      .request('/api/sign-in', {
        method: 'POST',
        body: JSON.stringify({ email: 'a@example.org', password: 'x'.repeat(8 << 20) }),
        headers: { 'content-type': 'application/json' },
      })
      .catch(() => undefined);
    if (signIn !== undefined) expect(signIn.status).toBe(413);
    expect(
      await call(
        nobody,
        operations().find(({ name }) => name === 'system.status')!,
        {},
      ),
    ).toMatchObject({
      status: 200,
    });
  });
});

describe('who says no more than they have to', () => {
  it('is told no reasons until they sign in', async () => {
    const { db } = installation;
    const reason = 'a file of somebody’s is missing';
    const image = await db
      .insertInto('image')
      .values({ name: 'broken', title: 'Broken', recipe: 'broken' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await db
      .insertInto('image_version')
      .values({ image_id: image.id, version: 1, phase: 'failed', reason, retry_at: new Date('9999-01-01') })
      .execute();
    const reasons = async ({ api }: Person) => (await api.system.status()).steps.map((step) => step.reason);
    expect(await reasons(administrator)).toContain(reason);
    expect(new Set(await reasons(nobody))).toEqual(new Set([null]));
    await db.deleteFrom('image_version').execute();
    await db.deleteFrom('image').execute();
  });

  it.each([
    'get-session',
    'list-sessions',
    'sign-in/email',
    'sign-out',
    'sign-up/email',
    'request-password-reset',
    'two-factor/enable',
    'two-factor/verify-totp',
  ])('finds nothing of the sign-in library at %s', async (path) => {
    for (const method of ['GET', 'POST']) {
      const answer = await administrator.request(`/api/auth/${path}`, { method });
      expect([method, answer.status]).toEqual([method, 404]);
      await answer.text();
    }
  });
});

describe('a client that is no browser', () => {
  it('is refused when it names no host to sign in to', async () => {
    const socket = await rawConnection(installation.origin, await installation.ca());
    const status = await statusOf(
      socket,
      'POST /api/sign-in HTTP/1.1',
      'Host: [',
      'Content-Type: application/json',
      'Content-Length: 2',
      'Connection: close',
      '',
      '{}',
    );
    socket.destroy();
    expect(status).toBe(400);
  });

  it('keeps no connection by never closing its half', async () => {
    const socket = await rawConnection(installation.origin, await installation.ca());
    const ended = once(socket, 'end');
    const status = await statusOf(
      socket,
      'GET /gateway HTTP/1.1',
      `Host: ${new URL(installation.origin).host}`,
      'Connection: Upgrade',
      'Upgrade: websocket',
    );
    expect(status).toBe(403);
    await ended;
    const closed = new Promise<void>((resolve) => {
      socket.on('error', () => {});
      socket.once('close', resolve);
    });
    // Only an end that is gone answers what comes after it with a reset.
    const talking = setInterval(() => socket.write('still here'), 20);
    await closed;
    clearInterval(talking);
  });
});

describe('what a browser is told with each answer', () => {
  const policyOf = (answer: Response): Map<string, string> =>
    new Map(
      (answer.headers.get('content-security-policy') ?? '')
        .split('; ')
        .map((rule): [string, string] => [rule.split(' ')[0] ?? '', rule.split(' ').slice(1).join(' ')]),
    );

  it.each([
    '/',
    '/login',
    '/api/system/status',
    '/api/nothing',
    '/favicon.svg',
    '/api/images/uploads/x/content',
  ])('at %s lets in nothing inline and nothing foreign', async (path) => {
    const answer = await nobody.request(path, { headers: { accept: 'text/html' } });
    const text = await answer.text();
    const policy = policyOf(answer);
    expect(policy.get('default-src')).toBe(`'none'`);
    expect(policy.get('script-src')).toBe(`'self'`);
    expect(policy.get('style-src')).toMatch(/^'self'( 'nonce-[\w+/]{24}')?$/);
    expect(policy.get('frame-ancestors')).toBe(`'none'`);
    expect(policy.get('base-uri')).toBe(`'none'`);
    expect(answer.headers.get('strict-transport-security')).toMatch(/^max-age=(\d{8,})/);
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    expect(answer.headers.get('referrer-policy')).toBe('no-referrer');
    expect(text).not.toContain('ORANGERY_NONCE');
    if (path !== '/favicon.svg') expect(answer.headers.get('cache-control')).toBe('no-store');
  });

  it('has another nonce for each page', async () => {
    const nonces = new Set<string>();
    for (let load = 0; load < 5; load += 1) {
      const answer = await nobody.request('/', { headers: { accept: 'text/html' } });
      const page = await answer.text();
      const nonce = /nonce-([^']+)'/.exec(policyOf(answer).get('style-src') ?? '')?.[1] ?? '';
      expect(page).toContain(`nonce="${nonce}"`);
      expect(answer.headers.get('cache-control')).toBe('no-store');
      nonces.add(nonce);
    }
    expect(nonces.size).toBe(5);
  });
});

describe('a host', () => {
  it.each(['169.254.169.254', '0.0.0.0', '224.0.0.1'])('at %s is not added', async (host) => {
    const added = administrator.api.hosts.add({
      name: 'elsewhere',
      address: { kind: 'ssh', host, port: 80, user: 'root', hostKeySha256: `SHA256:${'A'.repeat(43)}` },
      privateKey: 'no key is looked at',
    });
    await expect(added).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('another site', () => {
  it('changes nothing with our cookie', async () => {
    const answer = await administrator.request('/api/system/stop', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json', origin: 'https://evil.example' },
    });
    expect(answer.status).toBe(403);
    const plain = await administrator.request('/api/system/stop', {
      method: 'POST',
      body: '{}',
      headers: { 'content-type': 'application/json', origin: 'null' },
    });
    expect(plain.status).toBe(403);
    const { desired } = await installation.db
      .selectFrom('installation')
      .select('desired')
      .executeTakeFirstOrThrow();
    expect(desired).toBe('running');
  });
});

describe('a person', () => {
  it('sees nothing of another person’s session', async () => {
    const tenant = await installation.db.selectFrom('tenant').select('id').executeTakeFirstOrThrow();
    const image = await installation.db
      .insertInto('image')
      .values({ name: 'none', title: 'None', recipe: 'none' })
      .returning('id')
      .executeTakeFirstOrThrow();
    const pool = await installation.db
      .insertInto('pool')
      .values({
        tenant_id: tenant.id,
        name: 'none',
        title: 'None',
        image_id: image.id,
        kind: 'pooled',
        cpus: 1,
        memory_mib: 512,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await expect(person.api.desktops.open({ id: pool.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const session = await administrator.api.desktops.open({ id: pool.id });
    for (const operation of ['show', 'connect', 'picture', 'restart', 'disconnect', 'end'] as const) {
      await expect(person.api.sessions[operation]({ id: session.id })).rejects.toMatchObject({
        code: 'NOT_FOUND',
      });
    }
    expect((await person.api.sessions.list({})).items).toEqual([]);
    expect(await person.api.desktops.list()).toEqual([]);
    expect(await administrator.api.sessions.show({ id: session.id })).toMatchObject({ phase: 'waiting' });
    await administrator.api.sessions.end({ id: session.id });
  });

  it('who guesses passwords is slowed down', async () => {
    const guesser = new Person(installation.origin, await installation.ca());
    const statuses: number[] = [];
    for (let guess = 0; guess < 15; guess += 1) {
      statuses.push(await guesser.signIn({ email: person.account.email, password: `wrong-guess-${guess}` }));
    }
    await guesser.close();
    expect(statuses[0]).toBe(401);
    expect(statuses.at(-1)).toBe(429);
    expect(statuses).not.toContain(200);
  });
});

describe('a port that is taken', () => {
  it('ends the start with what is in the way and what to do', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as { port: number };
    const second = await Installation.create({ ORANGERY_RECIPES: '', ORANGERY_PORT: String(port) });
    try {
      expect(await second.start()).toBe('died');
      expect(await second.died()).toBe(1);
      const log = await second.log();
      expect(log).toContain(`Something else listens on port ${port}`);
      expect(log).toContain('choose another port');
    } finally {
      other.close();
      await once(other, 'close');
      await second.purge();
    }
  });
});
