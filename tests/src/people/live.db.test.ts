import { type Role, roles, type Topic, topics } from '@orangery/contract';
import { systemClock } from '@orangery/std';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../person.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
beforeAll(async () => {
  two = await makeTwoTenants();
});
afterAll(async () => {
  for (const each of open.splice(0)) await each.close();
  await two.close();
});

/** A browser that follows: all that it has heard, and how the stream ended. */
type Following = {
  /** What its first event named. */
  first: readonly Topic[];
  /** Since the last look. */
  take: () => Topic[];
  hears: (topic: Topic) => Promise<void>;
  ended: Promise<'ended'>;
  close: () => Promise<void>;
};
const open: Following[] = [];

async function follow(person: Person): Promise<Following> {
  const events = await person.api.live.follow();
  const opening = await events.next();
  const first = opening.done === true ? [] : opening.value.topics;
  const heard: Topic[] = [];
  let waiting = Promise.withResolvers<void>();
  const ended = (async () => {
    for await (const event of events) {
      heard.push(...event.topics);
      waiting.resolve();
      waiting = Promise.withResolvers();
    }
    return 'ended' as const;
  })().catch(() => 'ended' as const);
  const following: Following = {
    first,
    take: () => heard.splice(0),
    async hears(topic) {
      while (!heard.includes(topic)) {
        const late = systemClock.sleep(10_000).then(() => 'late' as const);
        if ((await Promise.race([waiting.promise, late])) === 'late')
          throw new Error(`nothing of ${topic} was told, but of ${heard.join(', ')}`);
      }
    },
    ended,
    close: async () => {
      await events.return?.();
      await ended;
    },
  };
  open.push(following);
  return following;
}

/** Notices come in the order of their commits: who has heard of this has heard of all before. */
async function hearAll(followers: readonly Following[]): Promise<void> {
  await sql`select pg_notify('orangery_live', 'tenant::')`.execute(two.world.db);
  for (const each of followers) await each.hears('me');
}

/** Changes one of everything that the other tenant has. */
async function changeOtherTenant(): Promise<void> {
  const { db } = two.world;
  const { theirs } = two;
  const say = { reason: crypto.randomUUID() };
  await db.updateTable('session').set(say).where('id', '=', theirs.session).execute();
  await db.updateTable('machine').set(say).where('id', '=', theirs.machine).execute();
  await db.updateTable('image_version').set(say).where('id', '=', theirs.imageVersion).execute();
  await db.updateTable('pool').set({ title: say.reason }).where('id', '=', theirs.pool).execute();
  await db
    .updateTable('application')
    .set({ title: say.reason })
    .where('id', '=', theirs.application)
    .execute();
  await db.updateTable('quota').set({ sessions: 99 }).where('id', '=', theirs.quota).execute();
  await db.updateTable('principal').set({ name: say.reason }).where('id', '=', theirs.group).execute();
  await db.deleteFrom('entitlement').where('id', '=', theirs.entitlement).execute();
  await db.deleteFrom('application_entitlement').where('id', '=', theirs.applicationEntitlement).execute();
  await db.deleteFrom('group_member').where('group_id', '=', theirs.group).execute();
  await db.updateTable('directory').set({ title: 'x' }).where('id', '=', theirs.directory).execute();
  await two.other.api.apiKeys.create({ name: 'another', scope: 'read', days: 1 });
}

const soon = (promise: Promise<'ended'>): Promise<'ended' | 'goes on'> =>
  Promise.race([promise, systemClock.sleep(5_000).then(() => 'goes on' as const)]);

describe('whoever follows changes', () => {
  it('is told at first of all that they may see, and of nothing else', async () => {
    const first = async (who: Role | 'person') => (await follow(two.of(who))).first.toSorted();
    expect(await first('person')).toEqual(['desktops', 'looks', 'me', 'messages', 'sessions', 'signIns']);
    expect(await first('auditor')).not.toContain('hosts');
    expect(await first('auditor')).toContain('audit');
    expect((await follow(two.founder)).first.toSorted()).toEqual(topics.toSorted());
  });

  it('is never told of what another tenant has', async () => {
    const here = new Map<string, Following>();
    for (const who of ['person', ...roles] as const) here.set(who, await follow(two.of(who)));
    const there = await follow(two.other);
    await hearAll([there, ...here.values()]);
    for (const each of [there, ...here.values()]) each.take();
    await changeOtherTenant();
    await hearAll([there, ...here.values()]);
    const told = Object.fromEntries(
      [...here].map(([who, each]) => [who, [...new Set(each.take())].toSorted()]),
    );
    expect(told).toEqual({
      person: ['me'],
      helpdesk: ['me'],
      poolManager: ['me'],
      administrator: ['me'],
      auditor: ['me'],
      // They run all tenants, and see of all of them in one list what these have.
      operator: ['audit', 'directories', 'me', 'tenants'],
    });
    // It was told to whose it is.
    const known: readonly Topic[] = [
      'sessions',
      'machines',
      'images',
      'pools',
      'applications',
      'quotas',
      'users',
    ];
    const heard = there.take();
    expect(known.filter((topic) => !heard.includes(topic))).toEqual([]);
  });

  it('is told of their own sessions, whoever begins them, and not of others’', async () => {
    const [ada, bob] = [two.of('person'), two.of('helpdesk')];
    const { id } = await ada.api.me.show();
    const followers = [await follow(ada), await follow(bob), await follow(two.of('poolManager'))];
    const [own, helpdesk] = followers as [Following, Following];
    await two.world.db
      .insertInto('session')
      .values({ tenant_id: two.world.tenantId, pool_id: two.world.poolId, principal_id: id })
      .execute();
    await own.hears('desktops');
    await hearAll(followers);
    expect(own.take().toSorted()).toEqual(['desktops', 'me', 'sessions']);
    const heard = helpdesk.take();
    expect([heard.includes('sessions'), heard.includes('desktops')]).toEqual([true, false]);
  });

  it('is told no more once they have signed out, and by no API key', async () => {
    const account = { name: 'Gone', email: 'gone@example.org', password: 'a long enough one' };
    await two.founder.api.users.create({ ...account, roles: [] });
    const gone = two.browser();
    await gone.signIn(account);
    const following = await follow(gone);
    const { key } = await gone.api.apiKeys.create({ name: 'follows', scope: 'all', days: 1 });
    const byKey = await gone.request('/api/live', { headers: { authorization: `Bearer ${key}` } });
    expect(byKey.status).toBe(403);
    await byKey.text();
    await gone.api.signIn.out();
    expect(await soon(following.ended)).toBe('ended');
    const after = await gone.request('/api/live');
    expect(after.status).toBe(401);
    await after.text();
  });

  it('follows anew when their roles change, with what they may see then', async () => {
    const account = { name: 'Promoted', email: 'promoted@example.org', password: 'a long enough one' };
    const { id } = await two.founder.api.users.create({ ...account, roles: [] });
    const person = two.browser();
    await person.signIn(account);
    const following = await follow(person);
    await two.founder.api.users.setRoles({ id, roles: ['poolManager'] });
    expect(await soon(following.ended)).toBe('ended');
    expect((await follow(person)).first).toContain('pools');
  });

  it('is told of everything once the database is there again', async () => {
    const following = await follow(two.of('auditor'));
    const { first } = following;
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and query like 'listen %'`.execute(two.world.db);
    for (const topic of first) await following.hears(topic);
  });
});

describe('five hundred browsers', () => {
  const PEOPLE = 32;
  const EACH = 16;

  it('are told of what is everybody’s, each of what is their own, and leave nothing behind', async () => {
    const people: Person[] = [];
    for (let number = 0; number < PEOPLE; number += 1) {
      const account = { name: `P ${number}`, email: `p${number}@example.org`, password: 'a long enough one' };
      await two.founder.api.users.create({ ...account, roles: [] });
      const person = two.browser();
      await person.signIn(account);
      people.push(person);
    }
    const windows = (): Promise<Following[]> =>
      Promise.all(people.flatMap((person) => Array.from({ length: EACH }, () => follow(person))));
    const all = await windows();
    expect(all).toHaveLength(PEOPLE * EACH);
    await expect(people[0]?.api.live.follow()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    await hearAll(all);
    for (const each of all) each.take();

    const { id } = await people[0]!.api.me.show();
    await two.world.db
      .insertInto('session')
      .values({ tenant_id: two.world.tenantId, pool_id: two.world.poolId, principal_id: id })
      .execute();
    await hearAll(all);
    const told = all.map((each) => each.take().includes('desktops'));
    expect(told).toEqual(Array.from({ length: PEOPLE * EACH }, (_, window) => window < EACH));

    for (const each of all) await each.close();
    const again = await windows();
    await hearAll(again);
    for (const each of again) await each.close();
  });
});
