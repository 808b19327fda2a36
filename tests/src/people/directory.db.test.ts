import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { directoriesLoop } from '@orangery/control';
import { codeOf } from '@orangery/std';
import { Client } from 'ldapts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../person.ts';
import { totp } from './authenticator.ts';
import { administrator, type House, openHouse } from './house.ts';
import { BASE, groupDn, LDAP_PORT, LDAPS_PORT, LOOKER, passwordOf, personDn, Slapd } from './slapd.ts';

let slapd: Slapd;
let house: House;
const ADDRESS = '127.0.41.1';
const MUTE = '127.0.41.9';

let since: string;

beforeAll(async () => {
  [slapd, house] = await Promise.all([Slapd.start(ADDRESS), openHouse()]);
});
afterAll(async () => {
  await house.close();
  await slapd.close();
});
beforeEach(() => {
  since = new Date().toISOString();
});
afterEach(async () => {
  const { db } = house.world;
  for (const { id } of await house.admin.api.directories.list())
    await house.admin.api.directories.remove({ id });
  await db.deleteFrom('auth_user').where('email', '!=', administrator.email).execute();
  await db.deleteFrom('principal').where('auth_user_id', 'is', null).execute();
  await db.deleteFrom('wrong_guess').execute();
});
/** Since this test began. */
const audited = async (search: string) => (await house.admin.api.audit.list({ search, since })).items;

type Input = Parameters<Person['api']['directories']['create']>[0];
type Settings = Extract<Input['settings'], { kind: 'ldap' }>;

const settings = (more: Partial<Settings> = {}): Settings => ({
  kind: 'ldap',
  servers: [{ host: ADDRESS, port: LDAPS_PORT }],
  security: 'ldaps',
  bindDn: LOOKER.dn,
  base: `ou=people,${BASE}`,
  groupBase: `ou=groups,${BASE}`,
  ca: slapd.ca,
  ...more,
});

const addDirectory = (more: Partial<Settings> = {}) =>
  house.admin.api.directories.create({
    name: 'corp',
    title: 'Example Corp',
    settings: settings(more),
    secret: LOOKER.password,
  });

const signIn = async (login: string, password = passwordOf(login)): Promise<Person | number> => {
  const browser = await house.browser();
  const status = await browser.signIn({ email: login, password });
  return status === 200 ? browser : status;
};
const signedIn = async (login: string, password?: string): Promise<Person> => {
  const person = await signIn(login, password);
  if (typeof person === 'number') throw new Error(`${login} was answered ${person}`);
  return person;
};
const codeFrom = (tried: Promise<unknown>): Promise<string | undefined> => tried.then(() => 'none', codeOf);
const turn = async (id: string) =>
  (await directoriesLoop(house.control).turn(id, new AbortController().signal)) as {
    outcome: string;
    detail: string;
  };
const people = () =>
  house.world.db
    .selectFrom('principal')
    .select(['name', 'roles', 'source', 'external_id', 'ended_at'])
    .where('source', '=', 'corp')
    .where('kind', '=', 'person')
    .execute();

describe('somebody of a directory', () => {
  it('signs in by the name it has for them, is made at the first time, and stays the same person', async () => {
    await addDirectory();
    const ada = await signedIn('ada');
    expect(await ada.api.me.show()).toMatchObject({
      name: 'Ada Lovelace',
      email: 'ada@example.org',
      roles: [],
    });
    const { id } = await ada.api.me.show();
    const again = await signedIn('Ada@Example.org', passwordOf('ada'));
    expect(await again.api.me.show()).toMatchObject({ id });
    expect(await people()).toHaveLength(1);
    const made = await audited('user.create');
    expect(made[0]).toMatchObject({ actor: 'Ada Lovelace', detail: { directory: 'corp' } });
    expect(made).toHaveLength(1);
  });

  it('is not let in with another password, nor without one, and no name is a filter', async () => {
    await addDirectory();
    for (const login of ['ada', '*', 'a*', 'ada)(uid=*', 'nobody', '(|(uid=ada))', 'ada,ou=people'])
      expect(await signIn(login, 'not the password')).toBe(401);
    for (const login of ['*', 'a*', 'ada)(uid=*']) expect(await signIn(login, passwordOf('ada'))).toBe(401);
    // What no name has is not even looked for.
    expect(await signIn('ada\u0000', passwordOf('ada'))).toBe(400);
    expect(await people()).toEqual([]);
  });

  it('may be called anything', async () => {
    await addDirectory();
    const name = String.raw`o'brien (x)*\, "ü" + #1`;
    await slapd.person(name, { mail: 'obrien@example.org' });
    expect(await (await signedIn(name)).api.me.show()).toMatchObject({ email: 'obrien@example.org', name });
  });

  it('follows what they are called, by what never changes', async () => {
    const { id } = await addDirectory();
    await slapd.person('eve');
    const eve = await signedIn('eve');
    const before = await eve.api.me.show();
    await slapd.root.modifyDN(personDn('eve'), 'uid=evelyn');
    await slapd.set(personDn('evelyn'), 'cn', ['Evelyn']);
    await slapd.set(personDn('evelyn'), 'mail', ['evelyn@example.org']);
    expect(await turn(id)).toMatchObject({ outcome: 'settled' });
    expect(await eve.api.me.show()).toEqual({ ...before, name: 'Evelyn', email: 'evelyn@example.org' });
    expect((await (await signedIn('evelyn', passwordOf('eve'))).api.me.show()).id).toBe(before.id);
  });

  it('gets nobody else’s account by an address that the directory has for them', async () => {
    await addDirectory();
    const local = await house.admin.api.users.create({
      name: 'Local',
      email: 'taken@example.org',
      password: 'a local password',
      roles: ['administrator'],
    });
    await slapd.person('mallory', { mail: 'taken@example.org' });
    expect(await signIn('mallory')).toBe(401);
    // Whoever has the account signs in with the password that it has here.
    expect(await (await signedIn('taken@example.org', 'a local password')).api.me.show()).toMatchObject({
      id: local.id,
    });
    expect(await signIn('taken@example.org', passwordOf('mallory'))).toBe(401);
    const [refused] = await audited('another account');
    expect(refused).toMatchObject({ action: 'signIn', outcome: 'refused' });
  });

  it('is made no more once there are as many as there may be; who is here comes in', async () => {
    await addDirectory({ peopleMax: 1 });
    await signedIn('ada');
    expect(await signIn('bob')).toBe(401);
    await signedIn('ada');
    expect(await people()).toHaveLength(1);
  });

  it('comes at the same moment from several places, and is one person', async () => {
    await addDirectory();
    const all = await Promise.all(
      ['ada', 'ada', 'ada@example.org', 'ada'].map((login) => signIn(login, passwordOf('ada'))),
    );
    // Each is in, or has been told to wait; none makes a second person.
    expect(all.filter((each) => typeof each !== 'number').length).toBeGreaterThan(0);
    expect(await people()).toHaveLength(1);
  });

  it('is asked for the second factor that they have here, and needs the directory’s password for it', async () => {
    await addDirectory();
    const ada = await signedIn('ada');
    expect(await codeFrom(ada.api.account.beginSecondFactor({ password: 'wrong' }))).toBe('WRONG_PASSWORD');
    const { secret } = await ada.api.account.beginSecondFactor({ password: passwordOf('ada') });
    await ada.api.account.confirmSecondFactor({ code: totp(secret, Date.now()) });
    const browser = await house.browser();
    const answer = await browser.api.signIn.password({ email: 'ada', password: passwordOf('ada') });
    expect(answer).toEqual({ next: 'secondFactor' });
    expect(await codeFrom(browser.api.me.show())).toBe('UNAUTHORIZED');
  });
});

describe('a directory that has lost or disabled somebody', () => {
  it('ends their sign-ins at the next look, and their keys and sign-in from then on', async () => {
    const { id } = await addDirectory();
    for (const uid of ['leaver', 'locked']) await slapd.person(uid);
    const [leaver, locked, stays] = [
      await signedIn('leaver'),
      await signedIn('locked'),
      await signedIn('ada'),
    ];
    const { key } = await leaver.api.apiKeys.create({ name: 'k', scope: 'all', days: 1 });
    await slapd.root.del(personDn('leaver'));
    await slapd.set(personDn('locked'), 'pwdAccountLockedTime', ['000001010000Z']);
    expect((await turn(id)).detail).toMatch(/3 people were looked at; 2 of them/);
    expect(await codeFrom(leaver.api.me.show())).toBe('UNAUTHORIZED');
    expect(await codeFrom(locked.api.me.show())).toBe('UNAUTHORIZED');
    const byKey = await stays.request('/api/me', { headers: { cookie: '', authorization: `Bearer ${key}` } });
    expect(byKey.status).toBe(401);
    expect(await stays.api.me.show()).toMatchObject({ name: 'Ada Lovelace' });
    expect(await signIn('leaver')).toBe(401);
    expect(await signIn('locked')).toBe(401);
    const ends = await audited('user.end');
    expect(ends.map(({ detail }) => detail)).toEqual(
      expect.arrayContaining(
        ['disabled', 'not there any more'].map((why) => expect.objectContaining({ why })),
      ),
    );
  });

  it('lets them in again as who they were, once it does', async () => {
    const { id } = await addDirectory();
    await slapd.person('back');
    const before = await (await signedIn('back')).api.me.show();
    await slapd.set(personDn('back'), 'pwdAccountLockedTime', ['000001010000Z']);
    await turn(id);
    expect(await signIn('back')).toBe(401);
    await slapd.set(personDn('back'), 'pwdAccountLockedTime', []);
    expect((await (await signedIn('back')).api.me.show()).id).toBe(before.id);
  });

  it('ends nobody while it does not answer', async () => {
    const { id } = await addDirectory();
    const ada = await signedIn('ada');
    await slapd.stop();
    try {
      expect(await turn(id)).toMatchObject({
        outcome: 'failed',
        detail: expect.stringContaining('nobody listens'),
      });
      expect(await ada.api.me.show()).toMatchObject({ name: 'Ada Lovelace' });
      expect(await signIn('ada')).toBe(503);
      // Whose password is here is let in all the same.
      const browser = await house.browser();
      expect(await browser.signIn({ email: 'root@orangery.test', password: 'a long enough one' })).toBe(200);
    } finally {
      await slapd.restart();
    }
    await signedIn('ada');
  });

  it('ends all its people when it is turned off or taken away, and they find themselves again when it is back', async () => {
    const { id } = await addDirectory();
    const ada = await signedIn('ada');
    const before = await ada.api.me.show();
    await house.admin.api.directories.remove({ id });
    expect(await codeFrom(ada.api.me.show())).toBe('UNAUTHORIZED');
    expect(await signIn('ada')).toBe(401);
    await addDirectory();
    expect((await (await signedIn('ada')).api.me.show()).id).toBe(before.id);
  });
});

/** All of this test comes from one address: as if nobody had ever been there, only in their browsers. */
async function forgetAddresses(): Promise<void> {
  const here = createHash('sha256').update('address 127.0.0.1').digest();
  await house.world.db.deleteFrom('known_place').where('place', '=', here).execute();
}

describe('wrong passwords', () => {
  it('are not passed on so often that the directory locks somebody, whatever they are called and wherever from', async () => {
    await addDirectory();
    await slapd.person('target');
    const guessAt = async (places: Person[]): Promise<void> => {
      for (let round = 0; round < 3; round += 1)
        for (const place of places)
          for (const email of ['target', 'TARGET', 'target@example.org'])
            await place.signIn({ email, password: `wrong ${round}` });
    };
    const theirs = [await signedIn('target'), await signedIn('target')];
    await guessAt(theirs);
    await forgetAddresses();
    await guessAt([await house.browser(), await house.browser()]);
    expect(await slapd.read(personDn('target'), 'pwdAccountLockedTime')).toBeUndefined();
    const failures = await slapd.root.search(personDn('target'), {
      scope: 'base',
      attributes: ['pwdFailureTime'],
    });
    expect([failures.searchEntries[0]?.['pwdFailureTime']].flat()).toHaveLength(4);
    // And one more by hand does: the policy is there.
    await expect(
      (async () => {
        const client = new Client({ url: `ldap://${ADDRESS}:${LDAP_PORT}` });
        await client.bind(personDn('target'), 'wrong').finally(() => void client.unbind());
      })(),
    ).rejects.toThrow();
    expect(await slapd.read(personDn('target'), 'pwdAccountLockedTime')).toBeDefined();
  });

  it('from strangers do not keep the person out of where they have been', async () => {
    await addDirectory();
    const theirs = await signedIn('bob');
    const stranger = await house.browser();
    await forgetAddresses();
    for (let round = 0; round < 12; round += 1) await stranger.signIn({ email: 'bob', password: 'wrong' });
    expect(await stranger.signIn({ email: 'bob', password: passwordOf('bob') })).toBe(429);
    // Whatever else they are called, the directory hears of no more.
    expect(await stranger.signIn({ email: 'bob@example.org', password: passwordOf('bob') })).toBe(401);
    expect(await theirs.signIn({ email: 'bob', password: passwordOf('bob') })).toBe(200);
  });
});

describe('groups of a directory', () => {
  it('give roles and entitlements, also through groups in groups, and a circle ends', async () => {
    const { id } = await addDirectory();
    const found = await house.admin.api.directories.findGroups({ id, search: 'STAFF' });
    expect(found).toMatchObject([{ name: 'staff', place: groupDn('staff'), groupId: null }]);
    const staff = found[0]!;
    const group = await house.admin.api.directories.addGroup({ id, external: staff.id });
    expect(await house.admin.api.directories.addGroup({ id, external: staff.id })).toEqual(group);
    await house.admin.api.entitlements.add({ poolId: house.world.poolId, principalId: group.id });
    const admins = (await house.admin.api.directories.findGroups({ id, search: 'admins' }))[0]!;
    const { enabled, title } = await house.admin.api.directories.show({ id });
    await house.admin.api.directories.update({
      id,
      enabled,
      title,
      settings: settings({ roles: [{ group: { id: admins.id, name: 'admins' }, role: 'administrator' }] }),
    });
    const ada = await signedIn('ada');
    expect(await ada.api.desktops.list()).toHaveLength(1);
    expect((await ada.api.me.show()).roles).toEqual([]);
    expect((await (await signedIn('bob')).api.me.show()).roles).toEqual(['administrator']);
    expect((await house.admin.api.groups.members({ id: group.id })).items).toHaveLength(2);

    // Who is taken out of the group in the directory has nothing of it at the next look.
    await slapd.set(groupDn('programmers'), 'member', [personDn('bob')]);
    await slapd.set(groupDn('admins'), 'member', [LOOKER.dn]);
    await turn(id);
    expect(await ada.api.desktops.list()).toEqual([]);
    expect((await house.admin.api.groups.members({ id: group.id })).items).toMatchObject([
      { name: 'bob', roles: [] },
    ]);
    await slapd.set(groupDn('programmers'), 'member', [personDn('ada')]);
    await slapd.set(groupDn('admins'), 'member', [personDn('bob')]);
    await turn(id);
    expect(await ada.api.desktops.list()).toHaveLength(1);

    // What was taken in can be taken out again, and only so.
    expect(await codeFrom(house.admin.api.groups.delete({ id: group.id }))).toBe('CONFLICT');
    await house.admin.api.directories.removeGroup({ id, groupId: group.id });
    expect(await ada.api.desktops.list()).toEqual([]);
  });

  it('are called as they are there, unless another group is', async () => {
    const { id } = await addDirectory();
    await slapd.add(groupDn('sales'), { objectClass: ['groupOfNames'], member: [personDn('bob')] });
    await house.admin.api.groups.create({ name: 'Sales' });
    const [sales] = await house.admin.api.directories.findGroups({ id, search: 'sales' });
    const group = await house.admin.api.directories.addGroup({ id, external: sales!.id });
    expect(group.name).toBe('sales (Example Corp)');
    await turn(id);
    expect((await house.admin.api.groups.show({ id: group.id })).name).toBe('sales (Example Corp)');
    await slapd.root.modifyDN(groupDn('sales'), 'cn=selling');
    await turn(id);
    expect((await house.admin.api.groups.show({ id: group.id })).name).toBe('selling');
    await slapd.root.del(groupDn('selling'));
    await turn(id);
    expect(await house.admin.api.groups.show({ id: group.id })).toMatchObject({
      name: 'selling',
      members: 0,
    });
  });

  it('are those of Unix, too', async () => {
    const { id } = await addDirectory();
    const shown = await house.admin.api.directories.test({ id, settings: settings(), login: 'ada' });
    expect(shown.person?.groups).toEqual(['engineers', 'everybody', 'programmers', 'staff', 'unix']);
  });
});

/** An answer of LDAP that is said to be 2 GiB long. */
async function talkForEver(socket: Socket): Promise<void> {
  socket.write(Buffer.from('30847fffffff', 'hex'));
  const more = Buffer.alloc(1 << 16);
  while (!socket.destroyed) if (!socket.write(more)) await once(socket, 'drain').catch(() => {});
}

describe('a look at a directory tells step by step', () => {
  const test = (more: Partial<Settings>, login = 'ada', secret = LOOKER.password) =>
    house.admin.api.directories.test({ settings: settings(more), secret, login });

  it('what it found', async () => {
    const { steps, person } = await test({});
    expect(steps.map(({ step, ok }) => [step, ok])).toEqual(
      ['connect', 'encrypt', 'bind', 'search', 'person', 'groups'].map((step) => [step, true]),
    );
    expect(person).toMatchObject({ name: 'Ada Lovelace', place: personDn('ada'), disabled: false });
  });

  it.each([
    ['nobody listens', { servers: [{ host: ADDRESS, port: 3269 }] }, 'connect', /nobody listens there/],
    ['no directory’s port', { servers: [{ host: ADDRESS, port: 5432 }] }, 'connect', /only port/],
    [
      'a cloud’s own address',
      { servers: [{ host: '169.254.169.254', port: 389 }] },
      'connect',
      /not an address/,
    ],
    ['an unknown authority', { ca: '' }, 'encrypt', /authority|signed by nobody/],
    ['another account', { bindDn: `cn=nobody,${BASE}` }, 'bind', /name or password is not right/],
    ['nobody there', { base: `ou=groups,${BASE}` }, 'person', /nobody called ada/],
    ['a base that is not there', { groupBase: 'ou=x,dc=example,dc=org' }, 'search', /could not be searched/],
  ] as const)('where it stops: %s', async (_, more, step, detail) => {
    const { steps, person } = await test(more as Partial<Settings>);
    expect(steps.at(-1)).toMatchObject({ step, ok: false, detail: expect.stringMatching(detail) });
    expect(person).toBeNull();
  });

  it('and asks the next server where the first is away', async () => {
    const down = { host: ADDRESS, port: 636 };
    const { steps } = await test({ servers: [down, { host: ADDRESS, port: LDAPS_PORT }] });
    expect(steps.every(({ ok }) => ok)).toBe(true);
    await addDirectory({ servers: [down, { host: ADDRESS, port: LDAPS_PORT }] });
    await signedIn('ada');
  });

  it.each([
    ['says nothing', () => {}],
    ['never ends what it says', (socket: Socket) => void talkForEver(socket)],
  ])('and asks the next one where the first %s', async (_, speak) => {
    const sockets = new Set<Socket>();
    const mute = createServer((socket) => {
      sockets.add(socket.on('error', () => {}));
      speak(socket);
    }).listen(LDAP_PORT, MUTE);
    await once(mute, 'listening');
    try {
      const { steps } = await test({
        servers: [MUTE, ADDRESS].map((host) => ({ host, port: LDAP_PORT })),
        security: 'none',
      });
      expect(steps.at(-1)).toMatchObject({ step: 'groups', ok: true });
    } finally {
      for (const socket of sockets) socket.destroy();
      mute.close();
    }
  });

  it('and speaks STARTTLS; unencrypted only on this machine', async () => {
    const servers = [{ host: ADDRESS, port: LDAP_PORT }];
    const started = await test({ servers, security: 'starttls' });
    expect(started.steps.every(({ ok }) => ok)).toBe(true);
    expect((await test({ servers, security: 'starttls', ca: '' })).steps.at(-1)).toMatchObject({ ok: false });
    expect((await test({ servers, security: 'none' })).steps.every(({ ok }) => ok)).toBe(true);
  });

  it('and pages through more than a server gives at once', async () => {
    for (let at = 0; at < 120; at += 1)
      await slapd.add(groupDn(`many-${at}`), { objectClass: ['groupOfNames'], member: [personDn('bob')] });
    const { person } = await test({}, 'bob');
    expect(person?.groups.filter((name) => name.startsWith('many-'))).toHaveLength(120);
    for (let at = 0; at < 120; at += 1) await slapd.root.del(groupDn(`many-${at}`));
  });
});

describe('the secret of a directory', () => {
  it('is told to nobody, and is used for the servers and the account that it was given for alone', async () => {
    const { id } = await addDirectory();
    expect(JSON.stringify(await house.admin.api.directories.list())).not.toContain(LOOKER.password);
    const row = await house.world.db.selectFrom('directory').selectAll().executeTakeFirstOrThrow();
    expect(JSON.stringify(row.settings) + row.secret_sealed!.toString('latin1')).not.toContain(
      LOOKER.password,
    );
    const elsewhere = settings({ servers: [{ host: '127.0.41.2', port: LDAPS_PORT }] });
    const change = { id, title: 'X', enabled: true };
    expect(await codeFrom(house.admin.api.directories.update({ ...change, settings: elsewhere }))).toBe(
      'CONFLICT',
    );
    expect(await codeFrom(house.admin.api.directories.test({ id, settings: elsewhere }))).toBe('CONFLICT');
    await house.admin.api.directories.update({ ...change, settings: settings({ peopleMax: 7 }) });
    expect(
      (await house.admin.api.directories.test({ id, settings: settings() })).steps.every(({ ok }) => ok),
    ).toBe(true);
    expect(JSON.stringify((await house.admin.api.audit.list({})).items)).not.toContain(LOOKER.password);
  });
});
