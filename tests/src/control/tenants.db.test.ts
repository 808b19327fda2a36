import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import {
  addPerson,
  type Context,
  createTenant,
  deletePerson,
  deleteTenant,
  findTenant,
  isSetupNeeded,
  listTenants,
  openDesktop,
  poolsLoop,
  renameTenant,
  resumeTenant,
  rightsIn,
  setRoles,
  suspendTenant,
} from '@orangery/control';
import { sql } from 'kysely';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeTestDatabase } from '../setup/test-database.ts';
import { makeWorld, never, type World } from './world.ts';

const MIGRATIONS = fileURLToPath(new URL('../../../packages/database/migrations/', import.meta.url));
const OPERATOR = rightsIn(['operator'], true);
const ADMINISTRATOR = rightsIn(['administrator'], true);

let world: World;
let servers: [Context, Context];
beforeEach(async () => {
  world = await makeWorld({ readyCount: 2 });
  servers = [await world.server(), await world.server()];
});
afterEach(() => world.close());

async function tenant(name: string): Promise<string> {
  const made = await createTenant(servers[0], name);
  if (made.kind !== 'done') throw new Error(made.kind);
  return made.value.id;
}

async function person(tenantId: string, name: string, roles: Parameters<typeof addPerson>[2]['roles'] = []) {
  const id = await addPerson(servers[0], tenantId, {
    name,
    email: `${name}@example.org`,
    roles,
    passwordHash: 'x',
  });
  return id ?? expect.unreachable('the address is taken');
}

describe('a tenant', () => {
  it('is one of its name, however it is written and whoever makes it at the same moment', async () => {
    const made = await Promise.all(
      Array.from({ length: 10 }, (_, call) =>
        createTenant(servers[call % 2]!, call % 2 ? 'Physics' : 'PHYSICS'),
      ),
    );
    expect(made.filter(({ kind }) => kind === 'done')).toHaveLength(1);
    const id = await tenant('Law');
    expect(await renameTenant(servers[0], id, 'physics')).toMatchObject({ kind: 'refused' });
    expect(await renameTenant(servers[0], id, 'Laws')).toMatchObject({
      kind: 'done',
      value: { name: 'Laws' },
    });
    expect((await listTenants(servers[1])).map(({ name }) => name.toLowerCase())).toEqual([
      'default',
      'laws',
      'physics',
    ]);
  });

  it('tells what it has, and goes when that is nothing', async () => {
    await world.machines(1);
    const [ada] = await world.people(1);
    await openDesktop(servers[0], ada!, world.poolId);
    expect(await findTenant(servers[0], world.tenantId)).toMatchObject({
      has: { people: 1, groups: 0, pools: 1, images: 0, machines: 1, sessions: 1, files: 0 },
      used: { machines: 1, vcpus: 1, memoryMib: 512, sessions: 1 },
    });
    expect(await deleteTenant(servers[0], world.tenantId)).toEqual({
      kind: 'refused',
      reason: 'It is the only tenant: an installation has one at least.',
    });
    const empty = await tenant('Physics');
    expect(await deleteTenant(servers[0], world.tenantId)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('1 person, 1 pool, 1 machine and 1 open session') as string,
    });
    expect(await deleteTenant(servers[0], empty)).toMatchObject({ kind: 'done', value: { name: 'Physics' } });
    expect(await deleteTenant(servers[0], empty)).toEqual({ kind: 'missing' });
  });

  it('that was used and is empty again goes with its history, and usage and audit keep theirs', async () => {
    await tenant('Physics');
    await world.machines(1);
    const [ada] = await world.people(1);
    await openDesktop(servers[0], ada!, world.poolId);
    await sql`update session set ended_at = now(), phase = 'ended', machine_id = null`.execute(world.db);
    await world.db.deleteFrom('machine').execute();
    await world.db.updateTable('pool').set({ desired: 'absent' }).execute();
    expect(await deletePerson(servers[0], OPERATOR, ada!.id)).toMatchObject({ kind: 'done' });
    expect(await deleteTenant(servers[0], world.tenantId)).toMatchObject({ kind: 'done' });
    expect(await world.db.selectFrom('usage_event').select('kind').execute()).toEqual([
      { kind: 'session.started' },
    ]);
  });

  it('does not go while somebody comes into it at the same moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const id = await tenant(`Round ${round}`);
      const [gone, came] = await Promise.allSettled([deleteTenant(servers[0], id), person(id, `p${round}`)]);
      const deleted = gone.status === 'fulfilled' && gone.value.kind === 'done';
      expect([deleted, came.status]).not.toEqual([true, 'fulfilled']);
      const people = await world.db
        .selectFrom('principal')
        .select('id')
        .where('tenant_id', '=', id)
        .execute();
      expect(people.length).toBe(deleted ? 0 : 1);
    }
  });

  it('that is suspended keeps nothing ready and signs its people out, until it goes on', async () => {
    const id = await tenant('Physics');
    const ada = await person(id, 'ada');
    const { auth_user_id: userId } = await world.db
      .selectFrom('principal')
      .select('auth_user_id')
      .where('id', '=', ada)
      .executeTakeFirstOrThrow();
    const signIn = { id: 's', userId: userId!, token: 't', expiresAt: new Date(Date.now() + 60_000) };
    await world.db.insertInto('auth_session').values(signIn).execute();
    await world.db.updateTable('pool').set({ tenant_id: id }).execute();
    expect(await suspendTenant(servers[0], id, 'unpaid')).toMatchObject({
      value: { suspended: { reason: 'unpaid' } },
    });
    expect(await world.db.selectFrom('auth_session').select('id').execute()).toEqual([]);
    const loop = poolsLoop(servers[0]);
    expect(await loop.turn(world.poolId, never())).toMatchObject({
      detail: expect.stringContaining('its tenant is suspended') as string,
    });
    expect(await world.db.selectFrom('machine').select('id').execute()).toEqual([]);
    expect(await resumeTenant(servers[1], id)).toMatchObject({ value: { suspended: null } });
    await loop.turn(world.poolId, never());
    expect(await world.db.selectFrom('machine').select('id').execute()).toHaveLength(2);
    await setRoles(servers[0], OPERATOR, ada, ['operator']);
    expect(await suspendTenant(servers[0], id, undefined)).toMatchObject({ kind: 'refused' });
    expect(await suspendTenant(servers[0], crypto.randomUUID(), undefined)).toEqual({ kind: 'missing' });
  });
});

describe('roles', () => {
  it('of two last operators one stays, whoever unmakes them at the same moment', async () => {
    for (let round = 0; round < 5; round += 1) {
      await world.db.deleteFrom('principal').execute();
      const both = [
        await person(world.tenantId, `ada${round}`, ['operator']),
        await person(world.tenantId, `bob${round}`, ['operator']),
      ];
      const changes = await Promise.all([
        setRoles(servers[0], OPERATOR, both[0]!, []),
        deletePerson(servers[1], OPERATOR, both[1]!),
      ]);
      expect(changes.map(({ kind }) => kind).toSorted()).toEqual(['done', 'refused']);
      expect(await isSetupNeeded(servers[0])).toBe(false);
    }
  });

  it('are changed by who may give them', async () => {
    const ada = await person(world.tenantId, 'ada');
    expect(await setRoles(servers[0], ADMINISTRATOR, ada, ['operator'])).toMatchObject({ kind: 'forbidden' });
    expect(await setRoles(servers[0], ADMINISTRATOR, ada, ['helpdesk', 'auditor'])).toMatchObject({
      value: { roles: ['helpdesk', 'auditor'] },
      before: [],
    });
    expect(await setRoles(servers[0], ADMINISTRATOR, crypto.randomUUID(), [])).toEqual({ kind: 'missing' });
  });

  it('are none of groups, and none that nobody knows', async () => {
    const insert = (kind: string, roles: string): Promise<unknown> =>
      sql`insert into principal (tenant_id, kind, name, roles) values (${world.tenantId}, ${kind}, 'x', ${roles})`.execute(
        world.db,
      );
    await expect(insert('group', '{helpdesk}')).rejects.toThrow('principal_roles_of_people');
    await expect(insert('person', '{root}')).rejects.toThrow('principal_roles_check');
  });
});

describe('a person', () => {
  it('is deleted with how they sign in, and not while something of theirs is there', async () => {
    const ada = await person(world.tenantId, 'ada');
    await world.db.insertInto('entitlement').values({ pool_id: world.poolId, principal_id: ada }).execute();
    await world.machines(1);
    const { sessionId } = await openDesktop(servers[0], { id: ada, tenantId: world.tenantId }, world.poolId);
    expect(await deletePerson(servers[0], ADMINISTRATOR, ada)).toMatchObject({ kind: 'refused' });
    await sql`update session set ended_at = now(), phase = 'ended' where id = ${sessionId}`.execute(world.db);
    await world.db.updateTable('machine').set({ principal_id: ada }).execute();
    expect(await deletePerson(servers[0], ADMINISTRATOR, ada)).toMatchObject({
      reason: expect.stringContaining('a machine of their own') as string,
    });
    await world.db.updateTable('machine').set({ principal_id: null }).execute();
    expect(await deletePerson(servers[0], ADMINISTRATOR, ada)).toMatchObject({ kind: 'done' });
    for (const table of ['auth_user', 'entitlement', 'session', 'principal'] as const)
      expect((await sql`select from ${sql.table(table)}`.execute(world.db)).rows).toEqual([]);
    expect(await deletePerson(servers[0], ADMINISTRATOR, ada)).toEqual({ kind: 'missing' });
  });

  it('leaves files to who is named, or set aside on their host; never by the way', async () => {
    const [ada, bob, cyd] = [
      await person(world.tenantId, 'ada'),
      await person(world.tenantId, 'bob'),
      await person(world.tenantId, 'cyd'),
    ];
    const [machineId] = await world.machines(1);
    const disk = { tenant_id: world.tenantId, host_id: world.hostId, size_gib: 1 };
    const give = (owner: string) =>
      world.db
        .insertInto('profile_disk')
        .values({ ...disk, principal_id: owner })
        .execute();
    await give(ada);
    const remove = (id: string, files = {}) => deletePerson(servers[0], ADMINISTRATOR, id, files);
    const refusal = (words: string) => ({
      kind: 'refused',
      reason: expect.stringContaining(words) as string,
    });
    expect(await remove(ada)).toMatchObject(refusal('say who gets them'));
    await world.db.updateTable('profile_disk').set({ machine_id: machineId! }).execute();
    for (const files of [{ heirId: bob }, { setFilesAside: true }])
      expect(await remove(ada, files)).toMatchObject(refusal('in use'));
    await world.db.updateTable('profile_disk').set({ machine_id: null }).execute();
    await give(cyd);
    expect(await remove(ada, { heirId: ada })).toMatchObject(refusal('cannot keep'));
    expect(await remove(ada, { heirId: cyd })).toMatchObject(refusal('cyd has files of their own'));
    expect(await remove(ada, { heirId: bob })).toMatchObject({ kind: 'done' });
    const owners = async () =>
      (await world.db.selectFrom('profile_disk').select('principal_id').orderBy('created_at').execute()).map(
        ({ principal_id }) => principal_id,
      );
    expect(await owners()).toEqual([bob, cyd]);
    expect(await remove(cyd, { setFilesAside: true })).toMatchObject({ kind: 'done' });
    expect(await owners()).toEqual([bob]);
    await remove(bob, { setFilesAside: true });
  });
});

it('who administered an installation before roles operates it, and administers its first tenant', async () => {
  const database = await makeTestDatabase();
  const { db } = database;
  try {
    await sql`drop schema public cascade; create schema public`.execute(db);
    const files = (await readdir(MIGRATIONS)).toSorted();
    const run = async (names: string[]): Promise<void> => {
      for (const name of names) await sql.raw(await readFile(`${MIGRATIONS}${name}`, 'utf8')).execute(db);
    };
    await run(files.filter((name) => name < '0018'));
    await sql`insert into tenant (name) values ('default');
      insert into principal (tenant_id, kind, name, role)
        select id, 'person', who, role from tenant, (values ('ada', 'administrator'), ('bob', 'person')) p (who, role);
      insert into image (name, title, recipe) values ('built', 'Built', 'built'), ('brought', 'Brought', null)`.execute(
      db,
    );
    await run(files.filter((name) => name.startsWith('0018')));
    const { rows } = await sql`select name, roles from principal order by name`.execute(db);
    expect(rows).toEqual([
      { name: 'ada', roles: ['administrator', 'operator'] },
      { name: 'bob', roles: [] },
    ]);
    const images = await sql`select image.name, tenant.name as tenant from image
      left join tenant on tenant.id = tenant_id order by image.name`.execute(db);
    expect(images.rows).toEqual([
      { name: 'brought', tenant: 'default' },
      { name: 'built', tenant: null },
    ]);
  } finally {
    await database.drop();
  }
});
