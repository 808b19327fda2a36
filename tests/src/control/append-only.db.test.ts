import { endSession, markSession, openDesktop, recordAudit, stopInstallation } from '@orangery/control';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

async function usage(): Promise<string[]> {
  const rows = await world.db.selectFrom('usage_event').select('kind').orderBy('id').execute();
  return rows.map(({ kind }) => kind);
}

describe.each(['usage_event', 'audit_event'] as const)('%s', (table) => {
  it.each([
    ['update', sql`update ${sql.table(table)} set at = now()`],
    ['delete', sql`delete from ${sql.table(table)}`],
    ['truncate', sql`truncate ${sql.table(table)}`],
  ])('refuses %s', async (_name, statement) => {
    const server = await world.server();
    const [person] = await world.people(1);
    await openDesktop(server, person!, world.poolId);
    await recordAudit(server, {
      actor: 'test',
      action: 'a',
      subject: { kind: 'k', id: 'i' },
      outcome: 'done',
    });
    const count = async (): Promise<unknown> =>
      (await sql`select count(*)::int as n from ${sql.table(table)}`.execute(world.db)).rows;
    const before = await count();
    await expect(statement.execute(world.db)).rejects.toMatchObject({ code: '23001' });
    expect(await count()).toEqual(before);
    expect(before).toEqual([{ n: 1 }]);
  });
});

describe('the end of a session', () => {
  it('happens once, however often it is asked for', async () => {
    const servers = [await world.server(), await world.server()] as const;
    const [person] = await world.people(1);
    const [machine] = await world.machines(1);
    const { sessionId } = await openDesktop(servers[0], person!, world.poolId);
    await markSession(servers[0], sessionId, 'connected');
    await Promise.all(
      Array.from({ length: 20 }, (_, click) => endSession(servers[click % 2]!, sessionId, `end ${click}`)),
    );
    await markSession(servers[1], sessionId, 'disconnected');
    expect(await usage()).toEqual(['session.started', 'session.connected', 'session.ended']);
    const session = await world.db.selectFrom('session').selectAll().executeTakeFirstOrThrow();
    expect(session.phase).toBe('ended');
    const row = await world.db.selectFrom('machine').selectAll().executeTakeFirstOrThrow();
    expect(row).toMatchObject({ id: machine, desired: 'absent' });
  });

  it('lets the person open a new one', async () => {
    const server = await world.server();
    const [person] = await world.people(1);
    const first = await openDesktop(server, person!, world.poolId);
    await endSession(server, first.sessionId, 'logged off');
    const second = await openDesktop(server, person!, world.poolId);
    expect(second.sessionId).not.toBe(first.sessionId);
    expect(second.made).toBe(true);
  });

  it('is recorded also when the whole installation is stopped', async () => {
    const server = await world.server();
    const people = await world.people(3);
    for (const person of people) await openDesktop(server, person, world.poolId);
    await stopInstallation(server, false);
    await stopInstallation(server, false);
    expect((await usage()).filter((kind) => kind === 'session.ended')).toHaveLength(3);
  });
});

describe('a viewer that comes and goes', () => {
  it('is recorded once for each change, not for each look', async () => {
    const server = await world.server();
    const [person] = await world.people(1);
    await world.machines(1);
    const { sessionId } = await openDesktop(server, person!, world.poolId);
    for (const phase of ['connected', 'connected', 'disconnected', 'disconnected', 'connected'] as const) {
      await markSession(server, sessionId, phase);
    }
    expect(await usage()).toEqual([
      'session.started',
      'session.connected',
      'session.disconnected',
      'session.connected',
    ]);
  });
});
