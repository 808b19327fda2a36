import {
  accessOf,
  type IdKind,
  type OperationName,
  roles,
  rightsOfRole,
  TENANT_HEADER,
  uploadPath,
} from '@orangery/contract';
import { makeTicket } from '@orangery/control';
import { DISPLAY_PROTOCOL, type ServerControl } from '@orangery/display';
import { DisplayChannel } from '@orangery/display/browser';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { bodyOf, type Operation, operations, requestFor } from '../bad-days/operations.ts';
import type { Person } from '../person.ts';
import { makeTwoTenants, MARK, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
beforeAll(async () => {
  two = await makeTwoTenants();
});
afterAll(() => two.close());

type Answer = { status: number; code: string; text: string };

async function call(
  caller: Person,
  operation: Operation,
  values: Record<string, unknown>,
  tenantId?: string,
): Promise<Answer> {
  const { path, init } = requestFor(operation, values);
  const headers = { ...init.headers, ...(tenantId === undefined ? {} : { [TENANT_HEADER]: tenantId }) };
  const answer = await caller.request(path, { ...init, headers });
  const text = await bodyOf(answer);
  const body: unknown = text === '' ? {} : JSON.parse(text);
  const code = typeof body === 'object' && body !== null && 'code' in body ? String(body.code) : '';
  return { status: answer.status, code, text };
}

const all = operations().map((operation) => [operation.name, operation] as const);
const idsOf = ({ name }: Operation): Record<string, IdKind> => ({ ...accessOf(name.split('.'))?.ids });

/** Of operations whose id is found among what is the caller's own: what of the other tenant's it is tried with. */
const OWN: Partial<Record<OperationName, keyof TwoTenants['theirs']>> = {
  'desktops.open': 'pool',
  'desktops.setFavourite': 'pool',
  'applications.open': 'application',
  'applications.setFavourite': 'application',
  'signIns.end': 'signIn',
  // One that is no provider: buttons of those are for everybody.
  'signIn.provider': 'directory',
  'passkeys.rename': 'passkey',
  'passkeys.remove': 'passkey',
  'apiKeys.remove': 'apiKey',
  'looks.ask': 'session',
  'looks.answer': 'look',
  'messages.read': 'message',
  'sessions.show': 'session',
  'sessions.connect': 'session',
  'sessions.resolveProfile': 'session',
  'sessions.picture': 'session',
  'sessions.restart': 'session',
  'sessions.disconnect': 'session',
  'sessions.end': 'session',
};

function theirId({ name }: Operation, kind: IdKind): string {
  const what = kind === 'own' ? OWN[name as OperationName] : kind;
  if (what === undefined) throw new Error(`say in OWN of what the id of ${name} is`);
  if (what === 'host') throw new Error('hosts are of no tenant');
  return two.theirs[what];
}

/** Operations about something of a tenant, whose ids can be another tenant's. */
const aboutTenants = all.filter(([, operation]) =>
  Object.values(idsOf(operation)).some((kind) => kind !== 'host' && kind !== 'tenant'),
);

describe('the access table', () => {
  it('says of every id that an operation takes what it is of', () => {
    for (const [name, operation] of all) {
      const kinds = idsOf(operation);
      // Ids of the sign-in library are no UUIDs.
      const ids = new Set([...operation.ids, ...Object.keys(kinds)]);
      expect([name, [...ids].filter((id) => kinds[id] === undefined)]).toEqual([name, []]);
    }
  });

  it.each(all)('lets into %s whom it names and nobody else', async (_, operation) => {
    const { access } = operation;
    const outcomes: Record<string, number> = {};
    const expected: Record<string, number> = {};
    const outOf = (status: number): number => (status === 401 || status === 403 ? status : 200);
    for (const who of ['nobody', 'person', ...roles] as const) {
      if (operation.name === 'signIn.out' && who !== 'nobody') continue;
      const caller = who === 'nobody' ? two.nobody : two.of(who);
      outcomes[who] = outOf((await call(caller, operation, operation.nonsense)).status);
      const may =
        access === 'anyone' ||
        access === 'person' ||
        (who !== 'nobody' && who !== 'person' && rightsOfRole[who].includes(access ?? 'installation'));
      expected[who] = who === 'nobody' && access !== 'anyone' ? 401 : may ? 200 : 403;
    }
    // Whose cookie was good for nothing is told so, whoever they are.
    if (operation.name === 'signIn.secondFactor') return;
    expect(outcomes).toEqual(expected);
  });
});

/** All that the other tenant has, as it is. */
async function otherTenant(): Promise<unknown> {
  const tables = ['principal', 'pool', 'machine', 'application', 'image', 'session', 'quota'] as const;
  const found: unknown[] = [];
  for (const table of tables)
    found.push(
      await sql`select * from ${sql.table(table)} where tenant_id = ${two.theirs.tenant} order by id`
        .execute(two.world.db)
        .then(({ rows }) => rows),
    );
  for (const table of [
    'entitlement',
    'application_entitlement',
    'group_member',
    'api_key',
    'passkey',
  ] as const)
    found.push((await sql`select * from ${sql.table(table)}`.execute(two.world.db)).rows.length);
  return found;
}

describe('another tenant’s things', () => {
  it.each(aboutTenants)('are not there for %s', async (_, operation) => {
    const before = await otherTenant();
    const kinds = Object.entries(idsOf(operation)).filter(([, kind]) => kind !== 'host' && kind !== 'tenant');
    const { founder, of } = two;
    const callers: Person[] = [founder, ...roles.map((role) => of(role)), of('person')];
    for (const [member, kind] of kinds) {
      // The others are one's own, or left out.
      const rest = Object.fromEntries(
        kinds
          .filter(([other]) => other !== member)
          .flatMap(([other, otherKind]) =>
            otherKind === 'pool' ? [[other, two.world.poolId]] : [[other, crypto.randomUUID()]],
          ),
      );
      for (const caller of callers) {
        const values = { ...operation.samples, ...rest, [member]: theirId(operation, kind) };
        const { status, text } = await call(caller, operation, values);
        expect([member, [403, 404].includes(status) ? 'refused' : `${status} ${text}`]).toEqual([
          member,
          'refused',
        ]);
        expect(text.toLowerCase()).not.toContain(MARK);
        if (caller === founder) expect([member, status]).toEqual([member, 404]);
      }
    }
    expect(await otherTenant()).toEqual(before);
  });

  it.each(aboutTenants.filter(([, { method }]) => method === 'GET'))(
    'are there for their own administrator by %s, so that the test above tries what is real',
    async (name, operation) => {
      const values = Object.fromEntries(
        Object.entries(idsOf(operation)).map(([member, kind]) => [member, theirId(operation, kind)]),
      );
      if (name === 'imports.show') values['id'] = two.theirs.upload;
      if (name === 'entitlements.list') delete values['principalId'];
      // What operators alone may, one who looks into that tenant does.
      const { status, text } =
        accessOf(name.split('.'))?.may === 'installation'
          ? await call(two.founder, operation, values, two.theirs.tenant)
          : await call(two.other, operation, values);
      expect([name, [401, 403, 404].includes(status) ? text : 'there']).toEqual([name, 'there']);
    },
  );

  it.each(
    all.filter(
      ([, { method, ids, samples, name }]) =>
        method === 'GET' &&
        ids.length === 0 &&
        Object.keys(samples).length === 0 &&
        !name.startsWith('tenants.') &&
        name !== 'audit.export',
    ),
  )('are neither named nor counted by %s', async (name, operation) => {
    const ids = Object.values(two.theirs);
    for (const who of ['person', ...roles] as const) {
      // Who operates the installation sees the audit log of all of it.
      if (name === 'audit.list' && who === 'operator') continue;
      const { text } = await call(two.of(who), operation, {});
      expect([who, text.toLowerCase().includes(MARK)]).toEqual([who, false]);
      // Of what they were refused in this test their own log tells, with the ids that they gave.
      if (name === 'audit.list') continue;
      expect([who, ids.filter((id) => text.includes(id))]).toEqual([who, []]);
    }
  });

  it('cannot be looked into but by operators, who change little there', async () => {
    const { tenant } = two.theirs;
    const named = (name: OperationName): Operation => all.find(([each]) => each === name)![1];
    for (const role of roles.filter((each) => each !== 'operator')) {
      for (const name of ['users.list', 'pools.list', 'me.show', 'quotas.list', 'audit.list'] as const)
        expect((await call(two.of(role), named(name), {}, tenant)).status).toBe(404);
    }
    const operator = two.of('operator');
    expect((await call(operator, named('users.list'), {}, tenant)).text).toContain(MARK);
    expect((await call(operator, named('sessions.list'), {}, tenant)).text).toContain(two.theirs.session);
    const { session, pool, machine } = two.theirs;
    const tries: [OperationName, string, number][] = [
      ['sessions.end', session, 403],
      ['sessions.picture', session, 403],
      ['sessions.connect', session, 404],
      ['machines.picture', machine, 403],
      ['pools.delete', pool, 403],
    ];
    for (const [name, id, status] of tries)
      expect([name, (await call(operator, named(name), { id }, tenant)).status]).toEqual([name, status]);
    expect((await call(operator, named('users.list'), {}, crypto.randomUUID())).status).toBe(404);
    expect((await call(operator, named('users.list'), {}, 'nonsense')).status).toBe(404);
  });
});

describe('beside the operations', () => {
  const piece = async (caller: Person, id: string): Promise<number> => {
    const answer = await caller.request(uploadPath(id, 0), { method: 'PUT', body: Buffer.alloc(16) });
    await answer.text();
    return answer.status;
  };

  it('pieces of uploads are taken of who changes images, in their own tenant', async () => {
    const { upload } = two.theirs;
    expect(await piece(two.nobody, upload)).toBe(401);
    for (const who of ['person', 'helpdesk', 'auditor'] as const)
      expect(await piece(two.of(who), upload)).toBe(403);
    for (const who of ['poolManager', 'administrator', 'operator'] as const)
      expect(await piece(two.of(who), upload)).toBe(404);
    // It comes as far as the disk, which this test has not.
    expect(await piece(two.other, upload)).toBe(503);
  });

  it('a ticket of somebody’s session opens the gateway for nobody else, whatever their role', async () => {
    const control = await two.world.server();
    const { session: id, person: principalId } = two.theirs;
    const ticketOf = (): Promise<string> => makeTicket(control, { id, principalId });
    for (const who of ['person', ...roles] as const) {
      const end = await through(two.of(who), await ticketOf());
      expect([who, end]).toMatchObject([who, { type: 'closed', code: 'badTicket' }]);
    }
  });

  async function through(person: Person, ticket: string): Promise<ServerControl> {
    const ended = Promise.withResolvers<ServerControl>();
    const socket = new WebSocket(`${two.origin.replace('https', 'wss')}/gateway`, [DISPLAY_PROTOCOL], {
      ca: two.ca,
      headers: { origin: two.origin, cookie: person.cookie },
    });
    const channel = new DisplayChannel(socket, {
      ticket,
      oncontrol: (message) => {
        if (message.type === 'closed') ended.resolve(message);
      },
    });
    channel.onclose = () => ended.reject(new Error('closed without a word'));
    return ended.promise;
  }
});
