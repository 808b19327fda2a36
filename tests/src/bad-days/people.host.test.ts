import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import { Person } from '../person.ts';

/** An installation without an image: who may come in, and what they may use. */
let installation: Installation;
let person: Person & { id: string };
let administrator: Person & { id: string };

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

/** A pool whose image is never built. */
async function makePool(name = 'none'): Promise<{ id: string }> {
  const tenant = await installation.db.selectFrom('tenant').select('id').executeTakeFirstOrThrow();
  const image = await installation.db
    .insertInto('image')
    .values({ name, title: 'None', recipe: name })
    .returning('id')
    .executeTakeFirstOrThrow();
  return installation.db
    .insertInto('pool')
    .values({
      tenant_id: tenant.id,
      name,
      title: 'None',
      image_id: image.id,
      kind: 'pooled',
      cpus: 1,
      memory_mib: 512,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
}

describe('a setup link', () => {
  it('makes one administrator, whoever uses it at the same moment, and none after', async () => {
    const fresh = await Installation.create({ ORANGERY_RECIPES: '' });
    try {
      await fresh.start();
      const { token } = await fresh.api.system.setupLink();
      const caller = new Person(fresh.origin, await fresh.ca());
      const complete = (index: number): Promise<string> =>
        caller.api.setup
          .complete({
            token,
            name: `Person ${index}`,
            email: `p${index}@example.org`,
            password: 'correct horse battery',
          })
          .then(
            () => 'made',
            (error: { code: string }) => error.code,
          );
      const outcomes = await Promise.all([0, 1, 2, 3].map(complete));
      expect(outcomes.filter((outcome) => outcome === 'made')).toHaveLength(1);
      for (const outcome of outcomes) expect(['made', 'SETUP_LINK_INVALID', 'SETUP_DONE']).toContain(outcome);
      expect(await complete(4)).toBe('SETUP_DONE');
      await expect(fresh.api.system.setupLink()).rejects.toMatchObject({ code: 'SETUP_DONE' });
      await caller.close();
    } finally {
      await fresh.purge();
    }
  });
});

describe('an entitlement', () => {
  it('is what a person needs for a desktop, and no longer has once it is taken back', async () => {
    const pool = await makePool();
    const pair = { poolId: pool.id, principalId: person.id };
    const given = await Promise.all([0, 1, 2, 3].map(() => administrator.api.entitlements.add(pair)));
    expect(new Set(given.map(({ id }) => id)).size).toBe(1);
    expect((await administrator.api.entitlements.list({ principalId: person.id })).items).toEqual([given[0]]);
    const session = await person.api.desktops.open({ id: pool.id });

    const { id } = given[0]!;
    expect(await administrator.api.entitlements.remove({ id })).toMatchObject({
      session: { id: session.id },
    });
    await expect(administrator.api.entitlements.remove({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect((await administrator.api.entitlements.list({ poolId: pool.id })).items).toEqual([]);
    await expect(person.api.desktops.open({ id: pool.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // Nobody has looked at it, so it has ended.
    expect(await person.api.sessions.connect({ id: session.id })).toMatchObject({ kind: 'ended' });
    const actions = (await administrator.api.audit.list({ limit: 20 })).items.map(({ action }) => action);
    expect(actions).toContain('entitlement.remove');
  });
});

describe('a group', () => {
  it('lets its members in until they are out of it, tells before who loses what, and is in the audit log', async () => {
    const { api } = administrator;
    const pool = await makePool('of-groups');
    const sales = await api.groups.create({ name: 'Sales' });
    await expect(api.groups.create({ name: ' sales ' })).rejects.toMatchObject({ code: 'CONFLICT' });
    const member = { id: sales.id, personId: person.id };
    expect(await api.groups.addMember(member)).toMatchObject({ id: person.id });
    const given = await api.entitlements.add({ poolId: pool.id, principalId: sales.id });
    expect(given).toMatchObject({ principal: { kind: 'group', name: 'Sales', members: 1 }, session: null });
    expect(await person.api.desktops.list()).toMatchObject([{ poolId: pool.id }]);
    expect((await api.groups.list({ search: 'ALE' })).items).toMatchObject([{ members: 1, pools: 1 }]);
    expect(await api.users.access({ id: person.id })).toMatchObject({
      desktops: [{ id: pool.id, entitlementId: null, groups: [{ name: 'Sales' }] }],
    });

    const session = await person.api.desktops.open({ id: pool.id });
    expect(await api.groups.losses({ id: sales.id })).toMatchObject({
      count: 1,
      people: [{ id: person.id, desktops: [{ title: 'None', session: 'waiting' }] }],
    });
    await api.groups.removeMember(member);
    for (const ask of [() => api.groups.removeMember(member), () => api.groups.losses(member)])
      await expect(ask()).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await person.api.sessions.connect({ id: session.id })).toMatchObject({ kind: 'ended' });
    await expect(person.api.desktops.open({ id: pool.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });

    expect(await api.groups.rename({ id: sales.id, name: 'Trade' })).toMatchObject({ members: 0 });
    expect(await api.groups.delete({ id: sales.id })).toMatchObject({ name: 'Trade' });
    await expect(api.groups.show({ id: sales.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    const told = (await api.audit.list({ limit: 50 })).items.filter(
      ({ subjectId }) => subjectId === sales.id,
    );
    expect(told.map(({ action }) => action)).toEqual(
      ['delete', 'rename', 'removeMember', 'addMember', 'create'].map((verb) => `group.${verb}`),
    );
  });
});

describe('an address', () => {
  const account = { name: 'Grace', password: 'correct horse battery', roles: [] };

  it('belongs to one person, however it is written', async () => {
    await installation.api.users.create({ ...account, email: 'grace@example.org' });
    await expect(
      installation.api.users.create({ ...account, email: 'Grace@Example.org' }),
    ).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is given to one of many who are made with it at the same moment', async () => {
    const email = 'wanted@example.org';
    const outcomes = await Promise.all(
      Array.from({ length: 8 }, () =>
        installation.api.users.create({ ...account, email }).then(
          () => 'made',
          (error: { code: string }) => error.code,
        ),
      ),
    );
    expect(outcomes.sort()).toEqual([...Array.from({ length: 7 }, () => 'CONFLICT'), 'made']);
    const people = (await installation.api.users.list({})).items;
    expect(people.filter((each) => each.email === email)).toHaveLength(1);
  });
});
