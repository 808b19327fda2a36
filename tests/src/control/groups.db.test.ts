import {
  accessOfGroup,
  accessOfPerson,
  addMember,
  type Context,
  createApplication,
  createGroup,
  deleteGroup,
  entitle,
  entitleToApplication,
  findGroup,
  findSession,
  listApplicationEntitlements,
  listDesktops,
  listEntitlements,
  listGroups,
  listMembers,
  lossesOf,
  markSession,
  mayEnterSession,
  mayUsePool,
  openApplication,
  openDesktop,
  removeApplicationEntitlement,
  removeEntitlement,
  removeMember,
  renameGroup,
  sessionsLoop,
  usableApplication,
} from '@orangery/control';
import { systemRng } from '@orangery/std';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

type Someone = { id: string; tenantId: string; roles: string[] };

let world: World;
let servers: [Context, Context];
let ada: Someone;
let bob: Someone;

beforeEach(async () => {
  world = await makeWorld({ readyCount: 0, machinesMax: 1_000 });
  servers = [await world.server(), await world.server()];
  const people = await world.people(2, []);
  [ada, bob] = people.map((person): Someone => ({ ...person, roles: [] })) as [Someone, Someone];
});
afterEach(() => world.close());

async function group(name: string, ...members: Someone[]): Promise<string> {
  const made = await createGroup(servers[0], world.tenantId, name);
  if (made.kind !== 'done') throw new Error(`no group: ${made.kind}`);
  for (const { id: personId } of members)
    expect(await addMember(servers[0], { groupId: made.value.id, personId })).toMatchObject({ kind: 'done' });
  return made.value.id;
}

async function letIn(principalId: string, poolId = world.poolId): Promise<string> {
  const given = await entitle(servers[0], { poolId, principalId });
  if (given === undefined) throw new Error('the pool and the principal are there');
  return given.id;
}

async function publish(name: string): Promise<string> {
  await world.db
    .insertInto('image_program')
    .values({ image_version_id: world.imageVersionId, program: `${name}.desktop`, name })
    .execute();
  const input = { name, poolId: world.poolId, program: `${name}.desktop` };
  const made = await createApplication(servers[0], world.tenantId, input);
  if (made.kind !== 'done') throw new Error(`not published: ${made.kind}`);
  return made.id;
}

async function otherPool(): Promise<string> {
  const { id: _id, ...pool } = await world.db
    .selectFrom('pool')
    .selectAll()
    .where('id', '=', world.poolId)
    .executeTakeFirstOrThrow();
  const { id } = await world.db
    .insertInto('pool')
    .values({ ...pool, name: 'other', title: 'Other' })
    .returning('id')
    .executeTakeFirstOrThrow();
  return id;
}

const mayUse = (who: Someone, poolId = world.poolId): Promise<boolean> => mayUsePool(servers[1], who, poolId);
const session = (id: string) => findSession(servers[0], { tenantId: world.tenantId }, id);
const takeOut = (groupId: string, who: Someone, at = servers[1]) =>
  removeMember(at, { groupId, personId: who.id });

/** Connections are made when they are first wanted; with some open, calls at the same moment truly meet. */
const PAGE = { limit: 100 };
const warmUp = (): Promise<unknown> =>
  Promise.all(Array.from({ length: 20 }, (_, call) => listGroups(servers[call % 2]!, world.tenantId, PAGE)));

describe('a group', () => {
  it('is one of its name, however it is written and whoever makes it at the same moment', async () => {
    await warmUp();
    const names = ['Sales', 'sales', 'SALES'];
    const made = await Promise.all(
      Array.from({ length: 12 }, (_, call) =>
        createGroup(servers[call % 2]!, world.tenantId, names[call % 3] ?? ''),
      ),
    );
    expect(made.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(made.filter(({ kind }) => kind === 'taken')).toHaveLength(11);
    const other = await group('Support');
    expect(await renameGroup(servers[0], other, 'SaLes')).toEqual({ kind: 'taken' });
    expect(await renameGroup(servers[0], other, 'support')).toMatchObject({ kind: 'done' });
    expect(
      (await listGroups(servers[0], world.tenantId, PAGE)).items.map(({ name }) => name.toLowerCase()),
    ).toEqual(['sales', 'support']);
  });

  it('tells how many are in it and what it may use, and is found by a part of its name', async () => {
    const sales = await group('Sales 50%', ada, bob);
    await group('Support');
    await letIn(sales);
    const editor = await publish('editor');
    await entitleToApplication(servers[0], { applicationId: editor, principalId: sales });
    expect((await listGroups(servers[1], world.tenantId, PAGE)).items).toMatchObject([
      { name: 'Sales 50%', source: 'local', members: 2, pools: 1, applications: 1 },
      { name: 'Support', members: 0, pools: 0, applications: 0 },
    ]);
    const found = async (search: string) =>
      (await listGroups(servers[1], world.tenantId, { ...PAGE, search })).items.map(({ name }) => name);
    expect(await found('sALES')).toEqual(['Sales 50%']);
    // Signs of patterns are letters like others.
    expect(await found('%')).toEqual(['Sales 50%']);
    expect(await found('S_l')).toEqual([]);
    expect(await accessOfGroup(servers[0], sales)).toMatchObject({
      desktops: [{ id: world.poolId, title: 'Small' }],
      applications: [{ id: editor, title: 'editor' }],
    });
    expect(
      (await listEntitlements(servers[0], world.tenantId, { ...PAGE, principalId: sales }))?.items,
    ).toMatchObject([
      { principal: { kind: 'group', name: 'Sales 50%', members: 2, email: null }, session: null },
    ]);
    expect((await listApplicationEntitlements(servers[0], { ...PAGE, id: editor })).items).toMatchObject([
      { principal: { kind: 'group', members: 2 } },
    ]);
  });

  it('takes people of its tenant once each, and nobody and nothing else', async () => {
    const sales = await group('Sales');
    const support = await group('Support');
    await warmUp();
    const added = await Promise.all(
      Array.from({ length: 20 }, (_, call) =>
        addMember(servers[call % 2]!, { groupId: sales, personId: ada.id }),
      ),
    );
    expect(new Set(added.map((each) => JSON.stringify(each))).size).toBe(1);
    expect((await listMembers(servers[0], { ...PAGE, id: sales })).items).toMatchObject([
      { id: ada.id, name: 'Person 0' },
    ]);
    expect((await listMembers(servers[0], { ...PAGE, id: sales, search: 'person 0' })).items).toHaveLength(1);
    expect((await listMembers(servers[0], { ...PAGE, id: sales, search: 'person 1' })).items).toEqual([]);

    const missing = { kind: 'missing' };
    const nothing = systemRng.uuid();
    expect(await addMember(servers[0], { groupId: sales, personId: support })).toEqual(missing);
    expect(await addMember(servers[0], { groupId: sales, personId: nothing })).toEqual(missing);
    expect(await addMember(servers[0], { groupId: nothing, personId: ada.id })).toEqual(missing);
    expect(await addMember(servers[0], { groupId: bob.id, personId: ada.id })).toEqual(missing);
    const tenant = await world.db
      .insertInto('tenant')
      .values({ name: 'another' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await world.db.updateTable('principal').set({ tenant_id: tenant.id }).where('id', '=', bob.id).execute();
    expect(await addMember(servers[0], { groupId: sales, personId: bob.id })).toEqual(missing);
    expect(await findGroup(servers[0], sales)).toMatchObject({ members: 1 });
  });

  it('that is read from a directory is changed there, and counts like any other', async () => {
    const staff = await group('Staff', ada);
    await letIn(staff);
    await world.db
      .updateTable('principal')
      .set({ source: 'ad-example-org' })
      .where('id', '=', staff)
      .execute();
    const elsewhere = { kind: 'elsewhere', source: 'ad-example-org' };
    expect(await renameGroup(servers[0], staff, 'Other')).toEqual(elsewhere);
    expect(await deleteGroup(servers[0], staff)).toEqual(elsewhere);
    expect(await addMember(servers[0], { groupId: staff, personId: bob.id })).toEqual(elsewhere);
    expect(await takeOut(staff, ada)).toEqual(elsewhere);
    expect(await mayUse(ada)).toBe(true);
  });
});

describe('what a group may use', () => {
  it('each of its members may, from the moment they are in it until they are out of it', async () => {
    const sales = await group('Sales', ada);
    expect(await mayUse(ada)).toBe(false);
    await letIn(sales);
    expect(await mayUse(ada)).toBe(true);
    expect(await mayUse(bob)).toBe(false);
    expect(await listDesktops(servers[0], ada)).toMatchObject([{ title: 'Small' }]);
    expect(await listDesktops(servers[0], bob)).toEqual([]);
    await addMember(servers[1], { groupId: sales, personId: bob.id });
    expect(await mayUse(bob)).toBe(true);
    expect(await takeOut(sales, bob)).toMatchObject({ kind: 'done', value: { id: bob.id } });
    expect(await takeOut(sales, bob)).toEqual({ kind: 'missing' });
    expect(await mayUse(bob)).toBe(false);
    expect(await mayUse(ada)).toBe(true);
  });

  it('is theirs once, by however many ways, and each way is told', async () => {
    const sales = await group('Sales', ada);
    const all = await group('all', ada, bob);
    const own = await letIn(ada.id);
    await letIn(sales);
    const byAll = await letIn(all);
    expect(await listDesktops(servers[0], ada)).toHaveLength(1);
    const groups = [
      { id: all, name: 'all' },
      { id: sales, name: 'Sales' },
    ];
    expect(await accessOfPerson(servers[0], ada.id)).toEqual({
      groups,
      desktops: [{ id: world.poolId, title: 'Small', entitlementId: own, groups }],
      applications: [],
    });
    expect(await accessOfPerson(servers[0], bob.id)).toMatchObject({
      desktops: [{ entitlementId: null, groups: [{ name: 'all' }] }],
    });
    expect(await accessOfPerson(servers[0], all)).toBeUndefined();

    await removeEntitlement(servers[0], own);
    expect(await mayUse(ada)).toBe(true);
    await removeEntitlement(servers[0], byAll);
    expect([await mayUse(ada), await mayUse(bob)]).toEqual([true, false]);
    await takeOut(sales, ada);
    expect(await mayUse(ada)).toBe(false);
  });

  it('opens applications to its members, and not the desktop behind them', async () => {
    await world.machines(1);
    const sales = await group('Sales', ada);
    const editor = await publish('editor');
    const given = await entitleToApplication(servers[0], { applicationId: editor, principalId: sales });
    const application = await usableApplication(servers[1], ada, editor);
    expect(application).toMatchObject({ id: editor });
    expect(await usableApplication(servers[1], bob, editor)).toBeUndefined();
    expect(await mayUse(ada)).toBe(false);
    expect(await accessOfPerson(servers[0], ada.id)).toMatchObject({
      desktops: [],
      applications: [{ id: editor, entitlementId: null, groups: [{ name: 'Sales' }] }],
    });
    const { sessionId } = await openApplication(servers[0], ada, application!);
    const mine = { id: sessionId, poolId: world.poolId };
    expect(await mayEnterSession(servers[1], ada, mine)).toBe(true);
    await removeApplicationEntitlement(servers[1], given!.id);
    expect(await mayEnterSession(servers[1], ada, mine)).toBe(false);
    expect(await session(sessionId)).toMatchObject({
      phase: 'ended',
      reason: 'this application may no longer be used',
    });
  });
});

describe('a session of an application', () => {
  const turn = (id: string) => sessionsLoop(servers[1]).turn(id, never());

  it('is nobody’s to end before it is written down what is opened in it', async () => {
    await world.machines(1);
    const { sessionId } = await openDesktop(servers[0], ada, world.poolId, {}, 'application');
    await turn(sessionId);
    expect(await session(sessionId)).toMatchObject({ phase: 'waiting' });
  });

  it('goes on while one that is opened in it may be used, or its desktop', async () => {
    await world.machines(1);
    const sales = await group('Sales', ada);
    const [editor, browser] = [await publish('editor'), await publish('browser')];
    const give = async (applicationId: string, principalId: string) =>
      (await entitleToApplication(servers[0], { applicationId, principalId }))!.id;
    const given = [await give(editor, sales), await give(browser, ada.id)];
    const open = async (id: string) =>
      openApplication(servers[0], ada, (await usableApplication(servers[0], ada, id))!);
    const { sessionId } = await open(editor);
    expect(await open(browser)).toMatchObject({ sessionId });
    await takeOut(sales, ada);
    await turn(sessionId);
    expect(await session(sessionId)).toMatchObject({ phase: 'waiting' });
    const own = await letIn(ada.id);
    await removeApplicationEntitlement(servers[0], given[1]!);
    await turn(sessionId);
    expect(await session(sessionId)).toMatchObject({ phase: 'waiting' });
    await removeEntitlement(servers[0], own);
    expect(await session(sessionId)).toMatchObject({
      phase: 'ended',
      reason: 'this application may no longer be used',
    });
  });
});

describe('who loses a way', () => {
  it('loses a session that nobody has looked at yet, and only where no other way is left', async () => {
    const sales = await group('Sales', ada, bob);
    await letIn(sales);
    await letIn(bob.id);
    await world.machines(2);
    const [hers, his] = [
      await openDesktop(servers[0], ada, world.poolId),
      await openDesktop(servers[0], bob, world.poolId),
    ];
    for (const who of [ada, bob]) await takeOut(sales, who);
    expect(await session(hers.sessionId)).toMatchObject({
      phase: 'ended',
      reason: 'this desktop may no longer be used',
    });
    expect(await session(his.sessionId)).toMatchObject({ phase: 'waiting' });
  });

  it('keeps what somebody has looked at, as with an entitlement of their own', async () => {
    const sales = await group('Sales', ada);
    await letIn(sales);
    await world.machines(1);
    const { sessionId } = await openDesktop(servers[0], ada, world.poolId);
    for (const phase of ['connected', 'disconnected'] as const)
      await markSession(servers[0], sessionId, phase);
    await takeOut(sales, ada);
    expect(await session(sessionId)).toMatchObject({ phase: 'disconnected' });
    // But they do not come back into it.
    expect(await mayEnterSession(servers[0], ada, { id: sessionId, poolId: world.poolId })).toBe(false);
  });

  it('is each member when the group’s entitlement goes, or the group', async () => {
    const [sales, support] = [await group('Sales', ada), await group('Support', bob)];
    const given = await letIn(sales);
    await letIn(support);
    await world.machines(2);
    const hers = await openDesktop(servers[0], ada, world.poolId);
    const his = await openDesktop(servers[0], bob, world.poolId);
    expect(await removeEntitlement(servers[1], given)).toMatchObject({ principal: { name: 'Sales' } });
    expect(await session(hers.sessionId)).toMatchObject({ phase: 'ended' });
    expect(await session(his.sessionId)).toMatchObject({ phase: 'waiting' });
    await warmUp();
    const gone = await Promise.all(
      Array.from({ length: 10 }, (_, call) => deleteGroup(servers[call % 2]!, support)),
    );
    expect(gone.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    expect(await session(his.sessionId)).toMatchObject({ phase: 'ended' });
    expect((await listEntitlements(servers[0], world.tenantId, PAGE))?.items).toEqual([]);
    expect((await listGroups(servers[0], world.tenantId, PAGE)).items.map(({ name }) => name)).toEqual([
      'Sales',
    ]);
    const people = await world.db.selectFrom('principal').select('id').where('kind', '=', 'person').execute();
    expect(people).toHaveLength(2);
  });

  it('is no administrator', async () => {
    const sales = await group('Sales', ada);
    await letIn(sales);
    await world.db
      .updateTable('principal')
      .set({ roles: ['administrator'] })
      .where('id', '=', ada.id)
      .execute();
    await world.machines(1);
    const { sessionId } = await openDesktop(servers[0], ada, world.poolId);
    expect(await lossesOf(servers[0], sales)).toEqual({ count: 0, people: [] });
    await deleteGroup(servers[0], sales);
    expect(await session(sessionId)).toMatchObject({ phase: 'waiting' });
  });

  it('is told before, with what they lose', async () => {
    const sales = await group('Sales', ada, bob);
    const other = await otherPool();
    await letIn(sales);
    await letIn(sales, other);
    await letIn(bob.id);
    const editor = await publish('editor');
    await entitleToApplication(servers[0], { applicationId: editor, principalId: sales });
    await entitleToApplication(servers[0], { applicationId: editor, principalId: bob.id });
    await world.machines(1);
    await openDesktop(servers[0], ada, world.poolId);
    const hers = {
      id: ada.id,
      name: 'Person 0',
      email: null,
      desktops: [
        { title: 'Other', session: null },
        { title: 'Small', session: 'waiting' },
      ],
      applications: ['editor'],
    };
    const his = { id: bob.id, desktops: [{ title: 'Other', session: null }], applications: [] };
    expect(await lossesOf(servers[1], sales)).toMatchObject({ count: 2, people: [hers, his] });
    expect(await lossesOf(servers[1], sales, ada.id)).toEqual({ count: 1, people: [hers] });
    // Two groups are two ways: neither alone takes anything away.
    const all = await group('All', ada, bob);
    await letIn(all);
    await letIn(all, other);
    await entitleToApplication(servers[0], { applicationId: editor, principalId: all });
    expect(await lossesOf(servers[1], sales)).toEqual({ count: 0, people: [] });
  });
});

describe('who is taken out of a group while they click', () => {
  it('is let in and then out, or not at all: no machine stays theirs', async () => {
    const sales = await group('Sales');
    await letIn(sales);
    const people = (await world.people(20, [])).map((person) => ({ ...person, roles: [] }));
    for (const { id: personId } of people) await addMember(servers[0], { groupId: sales, personId });
    await world.machines(20);
    await warmUp();
    await Promise.all(
      people.flatMap((person, index) => [
        // As the click does: asked first, made then.
        mayUsePool(servers[0], person, world.poolId).then((may) =>
          may ? openDesktop(servers[0], person, world.poolId) : undefined,
        ),
        index % 2 === 0 ? takeOut(sales, person) : Promise.resolve(undefined),
      ]),
    );
    const live = () =>
      world.db.selectFrom('session').select(['id', 'principal_id']).where('ended_at', 'is', null).execute();
    const loop = sessionsLoop(servers[1]);
    for (const { id } of await live()) await loop.turn(id, never());
    expect(new Set((await live()).map((each) => each.principal_id))).toEqual(
      new Set(people.filter((_, index) => index % 2 === 1).map(({ id }) => id)),
    );
  });

  it('has no session left whose click was answered before and carried out after', async () => {
    const sales = await group('Sales', ada);
    await letIn(sales);
    await world.machines(1);
    expect(await mayUse(ada)).toBe(true);
    await takeOut(sales, ada);
    const { sessionId } = await openDesktop(servers[0], ada, world.poolId);
    const loop = sessionsLoop(servers[1]);
    // Also by the loop's period: the notice may be lost with its server.
    expect(await loop.keys()).toEqual([sessionId]);
    expect(await loop.turn(sessionId, never())).toMatchObject({ outcome: 'progress' });
    expect(await session(sessionId)).toMatchObject({
      phase: 'ended',
      reason: 'this desktop may no longer be used',
    });
    const machine = await world.db.selectFrom('machine').select('desired').executeTakeFirstOrThrow();
    expect(machine.desired).toBe('absent');
  });

  it('is in no group that is deleted at the same moment, and nothing fails', async () => {
    await warmUp();
    for (let round = 0; round < 10; round += 1) {
      const sales = await group(`Sales ${round}`);
      const answers = await Promise.all([
        addMember(servers[0], { groupId: sales, personId: ada.id }),
        entitle(servers[1], { poolId: world.poolId, principalId: sales }),
        deleteGroup(servers[1], sales),
        addMember(servers[1], { groupId: sales, personId: bob.id }),
      ]);
      expect(answers[2]).toMatchObject({ kind: 'done' });
    }
    expect(await world.db.selectFrom('group_member').selectAll().execute()).toEqual([]);
    expect((await listEntitlements(servers[0], world.tenantId, PAGE))?.items).toEqual([]);
  });
});

describe('among 10,000 people', () => {
  it('whether somebody may is found by indices alone', async () => {
    const [everybody, some] = [await group('Everybody'), await group('Some')];
    await letIn(everybody);
    await letIn(some, await otherPool());
    await sql`insert into principal (tenant_id, kind, name)
      select ${world.tenantId}, 'person', 'Person ' || n from generate_series(3, 10000) n`.execute(world.db);
    await sql`insert into group_member (group_id, person_id)
      select ${everybody}::uuid, id from principal where kind = 'person'`.execute(world.db);
    await sql`insert into group_member (group_id, person_id)
      select ${some}::uuid, id from principal where kind = 'person' order by id limit 5000`.execute(world.db);
    await sql`insert into entitlement (pool_id, principal_id)
      select ${world.poolId}::uuid, id from principal where kind = 'person' order by id limit 5000`.execute(
      world.db,
    );
    await sql`analyze`.execute(world.db);
    const scanned = async (query: ReturnType<typeof sql>): Promise<string[]> => {
      const { rows } = await sql<{ 'QUERY PLAN': string }>`explain ${query}`.execute(world.db);
      return rows.map((row) => row['QUERY PLAN']).filter((line) => line.includes('Seq Scan on'));
    };
    const mine = sql`select pool_id from entitled_to_pool where person_id = ${ada.id}`;
    expect(await scanned(mine)).toEqual([]);
    expect(await scanned(sql`${mine} and pool_id = ${world.poolId}`)).toEqual([]);
    // Small tables are read as a whole: which is the planner's right.
    expect(await scanned(sql`select name from principal`)).not.toEqual([]);
    expect(await mayUse(ada)).toBe(true);
    expect(await findGroup(servers[0], everybody)).toMatchObject({ members: 10_000 });
  });
});
