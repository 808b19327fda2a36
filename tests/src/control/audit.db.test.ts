import {
  auditsLoop,
  chainEvents,
  type Context,
  deleteOldEvents,
  type Exported,
  exportAudit,
  listAudit,
  recordAudit,
  setAuditSettings,
  showAuditSettings,
  verifyAudit,
} from '@orangery/control';
import { ManualClock } from '@orangery/std';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let server: Context;
beforeEach(async () => {
  world = await makeWorld();
  server = await world.server();
});
afterEach(() => world.close());

const record = (action: string, detail: object = {}): Promise<void> =>
  recordAudit(server, {
    actor: 'Ada',
    action,
    subject: { kind: 'pool', id: 'p' },
    outcome: 'done',
    why: 'administrator',
    detail,
    client: '10.0.0.1',
  });

async function recordMany(count: number): Promise<void> {
  for (let index = 0; index < count; index += 1)
    await record(`act.${index}`, { index, nested: { b: 1, a: [] } });
}

async function chainAll(): Promise<number> {
  let all = 0;
  for (let some = -1; some !== 0; all += some) some = await chainEvents(server);
  return all;
}

/** As somebody does who may do anything in the database, and not as we do. */
async function tamper(statement: string): Promise<void> {
  await world.db.connection().execute(async (connection) => {
    await sql`set session_replication_role = replica`.execute(connection);
    await sql.raw(statement).execute(connection);
    await sql`set session_replication_role = default`.execute(connection);
  });
}

describe('the chain of audit events', () => {
  it('holds every event once, in whatever order they were committed, also with two writers', async () => {
    const other = await world.server();
    await Promise.all(Array.from({ length: 1_500 }, (_, index) => record(`act.${index}`)));
    const results = await Promise.allSettled([chainEvents(server), chainEvents(other)]);
    expect(results.filter(({ status }) => status === 'fulfilled').length).toBeGreaterThan(0);
    await chainAll();
    expect(await verifyAudit(server)).toMatchObject({
      events: 1_500,
      anchor: 0,
      head: { position: 1_500 },
      fault: undefined,
    });
    // What comes later, and what was there before, has its place as well.
    await recordMany(3);
    expect(await chainAll()).toBe(3);
    expect((await verifyAudit(server)).head.position).toBe(1_503);
    expect(await chainAll()).toBe(0);
  });

  it('takes a place and nothing else into an event, once', async () => {
    await recordMany(2);
    const change = (set: string) => sql.raw(`update audit_event set ${set} where id = 1`).execute(world.db);
    const link = `position = 1, hash = 'a', mac = 'b'`;
    await expect(change(`${link}, actor = 'Eve'`)).rejects.toMatchObject({ code: '23001' });
    await chainAll();
    await expect(change(link)).rejects.toMatchObject({ code: '23001' });
    await expect(change('position = null, hash = null, mac = null')).rejects.toMatchObject({ code: '23001' });
  });

  it.each([
    ['a change', `update audit_event set actor = 'Eve' where position = 4`, 4],
    [
      'a change of microseconds',
      `update audit_event set at = at + interval '1 microsecond' where position = 4`,
      4,
    ],
    ['a deletion', `delete from audit_event where position = 4`, 5],
    ['a deletion of the oldest', `delete from audit_event where position <= 4`, 5],
    ['a change of details', `update audit_event set detail = detail || '{"x":1}' where position = 4`, 4],
    [
      'an anchor that somebody made',
      `insert into audit_anchor (position, hash, mac) select position, hash, mac from audit_event where position = 4`,
      4,
    ],
  ])('shows %s behind its back', async (_, statement, position) => {
    await recordMany(8);
    await chainAll();
    expect((await verifyAudit(server)).fault).toBeUndefined();
    await tamper(statement);
    expect((await verifyAudit(server)).fault).toMatchObject({ position });
  });

  it('shows that its newest events are gone to who has noted one', async () => {
    await recordMany(8);
    await chainAll();
    const { head } = await verifyAudit(server);
    await tamper('delete from audit_event where position > 5');
    expect((await verifyAudit(server)).fault).toBeUndefined();
    expect((await verifyAudit(server, head)).fault).toMatchObject({ position: 8 });
    await recordMany(4);
    await chainAll();
    expect((await verifyAudit(server, head)).fault).toMatchObject({ position: 8 });
    expect((await verifyAudit(server, (await verifyAudit(server)).head)).fault).toBeUndefined();
  });

  it('is exported with what it takes to follow it', async () => {
    await recordMany(5);
    await chainAll();
    const [first, ...rest] = await exportAudit(server, 1, 3);
    expect([first, ...rest].map((event) => event?.position)).toEqual([2, 3, 4]);
    expect(first).toMatchObject({
      actor: 'Ada',
      why: 'administrator',
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(first?.at).toMatch(/\.\d{6}Z$/);
    expect(first).not.toHaveProperty('mac');
  });
});

describe('old events', () => {
  it('are deleted from the oldest on, and what is left can still be verified', async () => {
    await recordMany(10);
    await chainAll();
    const noted = (await verifyAudit(server)).head;
    // The third of them is young: what came after it stays, however old it says it is.
    await tamper(
      `update audit_event set at = now() - interval '100 days' where position <= 6 and position <> 3`,
    );
    // Whoever changed times is found out first.
    expect((await verifyAudit(server)).fault).toMatchObject({ position: 1 });
    const before = new Date(Date.now() - 90 * 86_400_000);
    expect(await deleteOldEvents(server, before, undefined)).toBe(2);
    expect(await deleteOldEvents(server, before, undefined)).toBe(0);
    expect(noted.position).toBe(10);
  });

  it('leave an anchor from which the chain goes on, and wait until they are sent', async () => {
    const clock = new ManualClock(Date.now());
    const later = await world.server({ clock });
    await recordMany(6);
    await chainAll();
    await clock.advance(100 * 86_400_000);
    const before = new Date(clock.now() - 90 * 86_400_000);
    expect(await deleteOldEvents(later, before, 4)).toBe(4);
    expect(await verifyAudit(server)).toMatchObject({
      events: 2,
      anchor: 4,
      head: { position: 6 },
      fault: undefined,
    });
    expect(await deleteOldEvents(later, before, undefined)).toBe(2);
    expect(await verifyAudit(server)).toMatchObject({ events: 0, anchor: 6, fault: undefined });
    await recordMany(1);
    await chainAll();
    expect(await verifyAudit(server)).toMatchObject({ events: 1, head: { position: 7 }, fault: undefined });
    await expect(sql`delete from audit_anchor`.execute(world.db)).rejects.toMatchObject({ code: '23001' });
    await expect(sql`update audit_anchor set position = 2`.execute(world.db)).rejects.toMatchObject({
      code: '23001',
    });
    await expect(sql`delete from audit_event`.execute(world.db)).rejects.toMatchObject({ code: '23001' });
  });
});

describe('the loop', () => {
  const syslog = { host: 'log.example.org', port: 6514, transport: 'tls', ca: '' } as const;

  it('chains, sends on what is new, again where it failed, and deletes what is old', async () => {
    const clock = new ManualClock(Date.now());
    const sent: Exported[] = [];
    let fails = true;
    const context: Context = {
      ...(await world.server({ clock })),
      syslog: async (_settings, events) => {
        if (fails) throw new Error('nobody answers');
        sent.push(...events);
      },
    };
    const loop = auditsLoop(context);
    const turn = async (key: string): Promise<string> => (await loop.turn(key, never())).outcome;
    expect(await loop.keys()).toEqual([]);
    await recordMany(2);
    expect(await loop.keys()).toEqual(['chain']);
    await turn('chain');
    await setAuditSettings(context, { keepDays: 30, syslog });
    expect(await loop.keys()).toEqual(['syslog']);
    expect(await turn('syslog')).toBe('settled');
    await recordMany(3);
    await turn('chain');
    expect(await turn('syslog')).toBe('failed');
    expect(await showAuditSettings(context)).toMatchObject({ keepDays: 30, sending: { waiting: 3 } });
    await clock.advance(31 * 86_400_000);
    expect(await loop.keys()).toContain('retention');
    await turn('retention');
    // What was not sent stays.
    expect((await verifyAudit(context)).anchor).toBe(2);
    fails = false;
    await turn('chain');
    await turn('syslog');
    expect(sent.map(({ position }) => position)).toEqual([3, 4, 5, 6]);
    expect(sent.at(-1)).toMatchObject({ action: 'audit.retention', detail: { deleted: 2 } });
    await turn('retention');
    expect(await verifyAudit(context)).toMatchObject({ anchor: 6, fault: undefined });
  });
});

it('is searched in all that it says, and read page by page', async () => {
  await recordMany(5);
  await record('user.create', { role: 'administrator' });
  const page = (filter: Partial<Parameters<typeof listAudit>[2]>) =>
    listAudit(server, undefined, { limit: 100, ...filter });
  const list = async (filter: Parameters<typeof page>[0]) => (await page(filter)).items;
  expect((await list({ search: 'user.cr' })).map(({ action }) => action)).toEqual(['user.create']);
  expect(await list({ search: '10.0.0.1' })).toHaveLength(6);
  expect(await list({ search: '100%' })).toEqual([]);
  const [, next] = await list({ limit: 2 });
  const { nextCursor } = await page({ limit: 1 });
  expect((await list({ limit: 1, cursor: nextCursor! }))[0]?.id).toBe(next?.id);
  expect(await list({ until: new Date(Date.now() - 60_000).toISOString() })).toEqual([]);
  expect(await list({ since: new Date(Date.now() - 60_000).toISOString() })).toHaveLength(6);
});

it('writing an event waits for nobody who chains', async () => {
  await recordMany(2);
  await world.db.transaction().execute(async (trx) => {
    await sql`update audit_event set position = id, hash = 'a', mac = 'b'`.execute(trx);
    // The chain's writer has not committed yet.
    const wrote = await Promise.race([
      record('act.now').then(() => 'wrote'),
      server.clock.sleep(5_000).then(() => 'waited'),
    ]);
    expect(wrote).toBe('wrote');
  });
});
