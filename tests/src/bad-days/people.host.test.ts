import { systemClock } from '@orangery/std';
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
async function makePool(): Promise<{ id: string }> {
  const tenant = await installation.db.selectFrom('tenant').select('id').executeTakeFirstOrThrow();
  const image = await installation.db
    .insertInto('image')
    .values({ name: 'none', title: 'None', recipe: 'none' })
    .returning('id')
    .executeTakeFirstOrThrow();
  return installation.db
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
    expect(await administrator.api.entitlements.list({ principalId: person.id })).toEqual([given[0]]);
    const session = await person.api.desktops.open({ id: pool.id });

    const { id } = given[0]!;
    expect(await administrator.api.entitlements.remove({ id })).toMatchObject({
      session: { id: session.id },
    });
    await expect(administrator.api.entitlements.remove({ id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await administrator.api.entitlements.list({ poolId: pool.id })).toEqual([]);
    await expect(person.api.desktops.open({ id: pool.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    // Nobody has looked at it, so it has ended.
    expect(await person.api.sessions.connect({ id: session.id })).toMatchObject({ kind: 'ended' });
    const actions = (await administrator.api.audit.list({ limit: 20 })).map(({ action }) => action);
    expect(actions).toContain('entitlement.remove');
  });
});

describe('an address', () => {
  const account = { name: 'Grace', password: 'correct horse battery', role: 'person' } as const;

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
    const people = await installation.api.users.list({});
    expect(people.filter((each) => each.email === email)).toHaveLength(1);
  });

  it('is free again when the server was killed while it made the person', async () => {
    const email = 'cut-off@example.org';
    await installation.db
      .insertInto('auth_user')
      .values({ id: 'cut-off', name: 'Half', email, createdAt: new Date(systemClock.now() - 3_600_000) })
      .execute();
    expect(await installation.api.users.create({ ...account, email })).toMatchObject({ email });
  });
});
