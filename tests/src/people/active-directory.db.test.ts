import { directoriesLoop } from '@orangery/control';
import { codeOf } from '@orangery/std';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import type { Person } from '../person.ts';
import { administrator, type House, openHouse } from './house.ts';
import { AD_BASE, AD_LOOKER, AD_USERS, LOCKOUT_THRESHOLD, SambaDomain } from './samba.ts';

const ADDRESS = '127.0.0.1';
const PASSWORD = 'Passw0rd-of-theirs';
const NEW = 'An0ther-passw0rd';

describe.skipIf(!inject('longParts').includes('Active Directory'))('Active Directory', () => {
  let domain: SambaDomain;
  let house: House;
  let directoryId: string;

  beforeAll(async () => {
    [domain, house] = await Promise.all([SambaDomain.start(ADDRESS), openHouse()]);
    await domain.letReset();
    const ada = await domain.person('ada', PASSWORD, { displayName: 'Ada Lovelace' });
    const programmers = await domain.group('Programmers', ada);
    await domain.group('Staff', programmers);
    // What everybody is in, without being a member of it.
    await domain.group('All of us', `CN=Domain Users,${AD_USERS}`);
  });
  afterAll(async () => {
    await house.close();
    await domain.close();
  });

  const settings = {
    kind: 'activeDirectory' as const,
    servers: [{ host: ADDRESS, port: 636 }],
    security: 'ldaps' as const,
    bindDn: AD_LOOKER.dn,
    base: AD_BASE,
    passwords: { change: true, reset: true },
  };
  beforeEach(async () => {
    const made = await house.admin.api.directories.create({
      name: 'ad',
      title: 'Domain',
      settings: { ...settings, ca: domain.ca },
      secret: AD_LOOKER.password,
    });
    directoryId = made.id;
  });
  afterEach(async () => {
    await house.admin.api.directories.remove({ id: directoryId });
    const { db } = house.world;
    await db.deleteFrom('auth_user').where('email', '!=', administrator.email).execute();
    await db.deleteFrom('principal').where('auth_user_id', 'is', null).execute();
    await db.deleteFrom('wrong_guess').execute();
  });

  const signIn = async (login: string, password = PASSWORD): Promise<Person | number> => {
    const browser = await house.browser();
    const status = await browser.signIn({ email: login, password });
    return status === 200 ? browser : status;
  };
  const signedIn = async (login: string, password?: string): Promise<Person> => {
    const person = await signIn(login, password);
    if (typeof person === 'number') throw new Error(`${login} was answered ${person}`);
    return person;
  };
  const turn = () => directoriesLoop(house.control).turn(directoryId, new AbortController().signal);

  it('lets somebody in by each of their names, as one person, who stays one when they are renamed', async () => {
    const dn = await domain.person('gil', PASSWORD);
    const ids = new Set<string>();
    for (const login of ['gil', String.raw`AD\gil`, 'gil@ad.example.org', 'gil@example.org'])
      ids.add((await (await signedIn(login)).api.me.show()).id);
    const gil = await signedIn('gil');
    await domain.admin.modifyDN(dn, 'CN=gilbert');
    await domain.set(`CN=gilbert,${AD_USERS}`, 'sAMAccountName', ['gilbert']);
    await domain.set(`CN=gilbert,${AD_USERS}`, 'displayName', ['Gilbert']);
    await turn();
    expect((await gil.api.me.show()).name).toBe('Gilbert');
    ids.add((await (await signedIn('gilbert')).api.me.show()).id);
    expect([...ids]).toHaveLength(1);
  });

  it('tells all groups of somebody: through others, and the one that lists no members', async () => {
    const { person, steps } = await house.admin.api.directories.test({
      id: directoryId,
      settings: { ...settings, ca: domain.ca },
      login: 'ada',
    });
    expect(steps.every(({ ok }) => ok)).toBe(true);
    expect(person?.groups).toEqual(
      expect.arrayContaining(['All of us', 'Domain Users', 'Programmers', 'Staff', 'Users']),
    );
    const [staff] = await house.admin.api.directories.findGroups({ id: directoryId, search: 'staff' });
    const group = await house.admin.api.directories.addGroup({ id: directoryId, external: staff!.id });
    await house.admin.api.entitlements.add({ poolId: house.world.poolId, principalId: group.id });
    expect(await (await signedIn('ada')).api.desktops.list()).toHaveLength(1);
  });

  it('ends whom it has disabled, or whose account has expired', async () => {
    const [dn, other] = [await domain.person('hal', PASSWORD), await domain.person('ida', PASSWORD)];
    const [hal, ida] = [await signedIn('hal'), await signedIn('ida')];
    await domain.set(dn, 'userAccountControl', ['514']);
    await domain.set(other, 'accountExpires', ['134000000000000000']);
    await turn();
    expect(await hal.api.me.show().catch(codeOf)).toBe('UNAUTHORIZED');
    expect(await ida.api.me.show().catch(codeOf)).toBe('UNAUTHORIZED');
    expect(await signIn('hal')).toBe(401);
    await domain.set(dn, 'userAccountControl', ['512']);
    await signedIn('hal');
  });

  it('hears of fewer wrong passwords than it locks at, whatever is tried here', async () => {
    const dn = await domain.person('jan', PASSWORD);
    await signedIn('jan');
    for (let at = 0; at < 3 * LOCKOUT_THRESHOLD; at += 1)
      for (const login of ['jan', String.raw`AD\jan`, 'jan@example.org'])
        await signIn(login, 'Wr0ng-password');
    expect(await domain.read(dn, 'lockoutTime')).toSatisfy((time) => time === undefined || time === '0');
    expect(Number(await domain.read(dn, 'badPwdCount'))).toBeGreaterThan(0);
    expect(Number(await domain.read(dn, 'badPwdCount'))).toBeLessThan(LOCKOUT_THRESHOLD);
  });

  it('takes a new password from its person, by its own rules', async () => {
    const dn = await domain.person('kay', PASSWORD);
    const since = await domain.read(dn, 'pwdLastSet');
    const kay = await signedIn('kay');
    const weak = kay.api.account.changePassword({ current: PASSWORD, password: 'kaykaykaykay' });
    expect(await weak.catch((error: unknown) => error)).toMatchObject({
      code: 'CONFLICT',
      message: expect.stringContaining('breaks a rule'),
    });
    await kay.api.account.changePassword({ current: PASSWORD, password: NEW });
    expect(await domain.read(dn, 'pwdLastSet')).not.toBe(since);
    // The old one works for another hour: so domains have it, for programs that still know it.
    await signedIn('kay', NEW);
  });

  it('takes a new password, and unlocks, by the account that looks', async () => {
    const dn = await domain.person('leo', PASSWORD);
    const open = await house.control.openDirectory(
      {
        ...(await house.admin.api.directories.show({ id: directoryId })).settings,
        kind: 'activeDirectory',
      } as never,
      AD_LOOKER.password,
    );
    try {
      const leo = await open.find('leo');
      if (leo === undefined || leo === 'several') throw new Error('nobody is leo');
      for (let at = 0; at < LOCKOUT_THRESHOLD + 1; at += 1) await open.check(leo, 'Wr0ng-password');
      expect(Number(await domain.read(dn, 'lockoutTime'))).toBeGreaterThan(0);
      expect(await open.check(leo, PASSWORD)).toBe('refused');
      expect(await open.unlock(leo)).toEqual({ kind: 'done' });
      expect(await open.check(leo, PASSWORD)).toBe('right');
      expect(await open.setPassword(leo, NEW)).toEqual({ kind: 'done' });
      expect(await open.check(leo, NEW)).toBe('right');
      expect(await open.setPassword(leo, 'weak')).toMatchObject({ kind: 'refused' });
      await domain.set(dn, 'pwdLastSet', ['0']);
      expect(await open.check(leo, NEW)).toBe('lapsed');
    } finally {
      await open.close();
    }
  });
});
