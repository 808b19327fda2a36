import { allOf } from '@orangery/contract';
import { type Context, listAudit, listMachines, listPeople, recordAudit } from '@orangery/control';
import { type SqlBool, sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

let world: World;
let server: Context;
beforeAll(async () => {
  world = await makeWorld();
  server = await world.server();
  await world.machines(23);
});
afterAll(() => world.close());

type Asked = Parameters<typeof listMachines>[2];
const machines = (asked: Partial<Asked> = {}) =>
  listMachines(server, world.tenantId, { sort: 'created', order: 'desc', limit: 5, ...asked });
const whole = (asked: Partial<Asked> = {}) => allOf(({ cursor }) => machines({ ...asked, cursor }));
const idsOf = (rows: { id: string }[]): string[] => rows.map(({ id }) => id);

describe('a list that is read page by page', () => {
  it.each(['created', 'name', 'pool', 'host', 'person', 'state', 'since'] as const)(
    'has each row once, in the order of %s and its reverse',
    async (sort) => {
      const up = idsOf(await whole({ sort, order: 'asc' }));
      expect(new Set(up).size).toBe(23);
      expect(idsOf(await whole({ sort, order: 'desc' }))).toEqual(up.toReversed());
    },
  );

  it('is not shifted by what comes and goes in between', async () => {
    const before = idsOf(await whole());
    const first = await machines();
    const [fresh] = await world.machines(1);
    await world.db
      .deleteFrom('machine')
      .where('id', 'in', [first.items[0]!.id, first.items[4]!.id])
      .execute();
    const rest = await allOf(({ cursor = first.nextCursor! }) => machines({ cursor }));
    expect([...idsOf(first.items), ...idsOf(rest)]).toEqual(before);
    expect(idsOf((await machines()).items)).toContain(fresh);
  });

  it('ends with null, also where the last page is full', async () => {
    const { length } = await whole();
    expect((await machines({ limit: length })).nextCursor).toBeNull();
    expect((await machines({ limit: length - 1 })).nextCursor).toEqual(expect.any(String));
  });

  it('refuses a cursor of another question', async () => {
    const cursor = (await machines()).nextCursor!;
    const other: Partial<Asked>[] = [{ sort: 'name' }, { order: 'asc' }, { search: 'small' }];
    for (const asked of other)
      await expect(machines({ ...asked, cursor })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(
      listPeople(server, world.tenantId, { sort: 'name', order: 'asc', limit: 5, cursor }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    await expect(machines({ cursor: 'x.y' })).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });
});

/** Nodes of the plan of a query, e.g. `Index Scan using x`. */
async function planOf(query: {
  compile: () => { sql: string; parameters: readonly unknown[] };
}): Promise<string> {
  const { sql: text, parameters } = query.compile();
  const literal = text.replaceAll(/\$(\d+)/g, (_match, place: string) => {
    const value = parameters[Number(place) - 1];
    return typeof value === 'number' ? String(value) : `'${String(value).replaceAll("'", "''")}'`;
  });
  const { rows } = await sql<{ 'QUERY PLAN': string }>`explain ${sql.raw(literal)}`.execute(world.db);
  return rows.map((row) => row['QUERY PLAN']).join('\n');
}

describe('with 100,000 events in the audit log', () => {
  beforeAll(async () => {
    await sql`insert into audit_event (tenant_id, actor, action, subject_kind, subject_id, outcome, client, detail)
      select ${world.tenantId}, 'Person ' || n, 'session.open', 'session', gen_random_uuid()::text, 'done', '10.0.0.1', '{}'
      from generate_series(1, 100000) n`.execute(world.db);
    await recordAudit(server, {
      actor: 'Ada Lovelace',
      tenantId: world.tenantId,
      action: 'group.create',
      subject: { kind: 'group', id: '' },
      outcome: 'done',
    });
    await sql`analyze audit_event`.execute(world.db);
  });

  it('a search for what is rare is answered from the index of its letters', async () => {
    const { items } = await listAudit(server, world.tenantId, { limit: 100, search: 'lovelace' });
    expect(items.map(({ action }) => action)).toEqual(['group.create']);
    const text = sql<SqlBool>`audit_text(actor, action, subject_kind, subject_id, outcome, why, client, detail)
      ilike '%lovelace%'`;
    const events = world.db.selectFrom('audit_event').select('id').where('tenant_id', '=', world.tenantId);
    const plan = await planOf(events.where(text).orderBy('id', 'desc').limit(101));
    expect(plan).toContain('audit_event_text');
  });

  it('a page far down is answered from the index of its order', async () => {
    const events = world.db.selectFrom('audit_event').selectAll().where('tenant_id', '=', world.tenantId);
    const page = events
      .where(sql<SqlBool>`(id) < (5000::bigint)`)
      .orderBy('id', 'desc')
      .limit(101);
    expect(await planOf(page)).toMatch(/Index Scan Backward using audit_event_(tenant_id_id_idx|pkey)/);
  });
});
