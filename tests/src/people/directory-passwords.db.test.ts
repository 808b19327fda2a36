import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf } from '@orangery/std';
import { Client } from 'ldapts';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../person.ts';
import { administrator, type House, openHouse } from './house.ts';
import { linkOf, MailServer } from './mail-server.ts';
import {
  BASE,
  LDAP_PORT,
  LDAPS_PORT,
  LOOKER,
  makeCertificate,
  passwordOf,
  personDn,
  Slapd,
} from './slapd.ts';

const ADDRESS = '127.0.43.1';
const MAIL = { host: ADDRESS, port: 2525, user: 'desk', password: 'of the mail server' };
const NEW = 'a quite new password';

let slapd: Slapd;
let house: House;
let mails: MailServer;
let folder: string;
let directoryId: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orangery-mail-'));
  const files = await makeCertificate(folder, ADDRESS);
  const tls = { key: await readFile(files.key, 'utf8'), cert: await readFile(files.cert, 'utf8') };
  [slapd, house, mails] = await Promise.all([
    Slapd.start(ADDRESS),
    openHouse(),
    MailServer.start(tls, MAIL, ADDRESS, MAIL.port),
  ]);
  await house.admin.api.mail.update({
    ...MAIL,
    security: 'starttls',
    from: 'desk@example.org',
    publicUrl: house.origin,
    ca: tls.cert,
  });
});
afterAll(async () => {
  await house.close();
  await slapd.close();
  await mails.close();
  await rm(folder, { recursive: true, force: true });
});

const settings = (passwords: { change: boolean; reset: boolean }) => ({
  kind: 'ldap' as const,
  servers: [{ host: ADDRESS, port: LDAPS_PORT }],
  security: 'ldaps' as const,
  bindDn: LOOKER.dn,
  base: `ou=people,${BASE}`,
  ca: slapd.ca,
  passwords,
});
const set = (passwords: { change: boolean; reset: boolean }) =>
  house.admin.api.directories.update({ id: directoryId, title: 'Corp', settings: settings(passwords) });

beforeEach(async () => {
  const made = await house.admin.api.directories.create({
    name: 'corp',
    title: 'Corp',
    settings: settings({ change: true, reset: true }),
    secret: LOOKER.password,
  });
  directoryId = made.id;
});
afterEach(async () => {
  mails.received.length = 0;
  await house.admin.api.directories.remove({ id: directoryId });
  const { db } = house.world;
  await db.deleteFrom('auth_user').where('email', '!=', administrator.email).execute();
  await db.deleteFrom('principal').where('auth_user_id', 'is', null).execute();
  await db.deleteFrom('wrong_guess').execute();
});

async function signedIn(login: string, password = passwordOf(login)): Promise<Person> {
  const browser = await house.browser();
  expect(await browser.signIn({ email: login, password })).toBe(200);
  return browser;
}

/** Whether the directory itself lets somebody in by this password. */
async function lets(uid: string, password: string): Promise<boolean> {
  const client = new Client({ url: `ldap://${ADDRESS}:${LDAP_PORT}` });
  try {
    await client.bind(personDn(uid), password);
    return true;
  } catch {
    return false;
  } finally {
    await client.unbind();
  }
}

async function linkFor(email: string): Promise<string> {
  const browser = await house.browser();
  await browser.api.account.requestReset({ email });
  await house.sendMails();
  const mail = mails.received.findLast(({ to }) => to.includes(email));
  if (mail === undefined) throw new Error(`no mail came to ${email}`);
  return linkOf(mail.raw, 'reset');
}

describe('a password of the directory', () => {
  it('is changed by its person with the old one, in the directory, and ends what is signed in elsewhere', async () => {
    await slapd.person('kim');
    const [kim, elsewhere] = [await signedIn('kim'), await signedIn('kim')];
    expect(await kim.api.account.show()).toMatchObject({ directory: { password: true, change: true } });
    await kim.api.account.changePassword({ current: passwordOf('kim'), password: NEW });
    expect([await lets('kim', NEW), await lets('kim', passwordOf('kim'))]).toEqual([true, false]);
    expect(await kim.api.me.show()).toMatchObject({ name: 'kim' });
    expect(await elsewhere.api.me.show().catch(codeOf)).toBe('UNAUTHORIZED');
    await house.sendMails();
    expect(mails.received.at(-1)?.to).toEqual(['kim@example.org']);
  });

  it('stays where the old one is wrong, which counts, or the new one breaks a rule there', async () => {
    await slapd.person('lou');
    await slapd.set(`cn=default,ou=policies,${BASE}`, 'pwdMinLength', ['30']);
    const lou = await signedIn('lou');
    const change = (current: string, password: string) =>
      lou.api.account.changePassword({ current, password }).catch((error: unknown) => error);
    const refused = await change(passwordOf('lou'), NEW);
    expect(refused).toMatchObject({ code: 'CONFLICT', message: expect.stringContaining('breaks a rule') });
    await slapd.set(`cn=default,ou=policies,${BASE}`, 'pwdMinLength', ['8']);
    const codes = [];
    for (let at = 0; at < 8; at += 1) codes.push(codeOf(await change('wrong', NEW)));
    expect(codes).toContain('TOO_MANY_TRIES');
    expect(await slapd.read(personDn('lou'), 'pwdAccountLockedTime')).toBeUndefined();
    expect(await lets('lou', passwordOf('lou'))).toBe(true);
  });

  it('is not changed here where the directory is not to be asked for it', async () => {
    await set({ change: false, reset: false });
    await slapd.person('max');
    const max = await signedIn('max');
    const tried = max.api.account.changePassword({ current: passwordOf('max'), password: NEW });
    expect(await tried.catch(codeOf)).toBe('CONFLICT');
  });
});

describe('who forgot it', () => {
  it('chooses a new one by the link of a mail, once, also if they have never been here', async () => {
    await slapd.person('nia');
    const token = await linkFor('nia@example.org');
    const browser = await house.browser();
    await browser.api.account.resetPassword({ token, password: NEW });
    expect(await lets('nia', NEW)).toBe(true);
    expect(
      await browser.api.account.resetPassword({ token, password: 'another one yet' }).catch(codeOf),
    ).toBe('LINK_INVALID');
    await signedIn('nia', NEW);
    const [event] = (await house.admin.api.audit.list({ search: 'account.resetPassword' })).items;
    expect(event).toMatchObject({ outcome: 'done', detail: { directory: 'corp' } });
  });

  it('is signed out everywhere, and is unlocked by it', async () => {
    await slapd.person('ole');
    const ole = await signedIn('ole');
    for (let at = 0; at < 6; at += 1) await lets('ole', 'wrong');
    expect(await lets('ole', passwordOf('ole'))).toBe(false);
    const token = await linkFor('ole@example.org');
    await (await house.browser()).api.account.resetPassword({ token, password: NEW });
    expect(await lets('ole', NEW)).toBe(true);
    expect(await ole.api.me.show().catch(codeOf)).toBe('UNAUTHORIZED');
  });

  it('only unlocks it, and keeps what it was', async () => {
    await slapd.person('pam');
    for (let at = 0; at < 6; at += 1) await lets('pam', 'wrong');
    const token = await linkFor('pam@example.org');
    const browser = await house.browser();
    await browser.api.account.unlock({ token });
    expect(await lets('pam', passwordOf('pam'))).toBe(true);
    expect(await browser.api.account.unlock({ token }).catch(codeOf)).toBe('LINK_INVALID');
  });

  it('chooses again where the directory does not take it', async () => {
    await slapd.person('quin');
    await slapd.set(`cn=default,ou=policies,${BASE}`, 'pwdMinLength', ['30']);
    const token = await linkFor('quin@example.org');
    const browser = await house.browser();
    const reset = (password: string) => browser.api.account.resetPassword({ token, password }).catch(codeOf);
    expect(await reset(NEW)).toBe('CONFLICT');
    expect(await reset('a password as long as this is wanted by nobody')).toEqual({});
    await slapd.set(`cn=default,ou=policies,${BASE}`, 'pwdMinLength', ['8']);
  });

  it('hears the same whether anybody has the address, and no mail goes where it may not', async () => {
    await slapd.person('rae');
    const browser = await house.browser();
    const ask = (email: string) => browser.api.account.requestReset({ email });
    expect(await ask('rae@example.org')).toEqual(await ask('nobody@example.org'));
    await house.sendMails();
    expect(mails.received.map(({ to }) => to)).toEqual([['rae@example.org']]);
    // Who signs in by the directory gets no password of their own by a mail.
    await set({ change: false, reset: false });
    await signedIn('rae');
    await ask('rae@example.org');
    await house.sendMails();
    expect(mails.received).toHaveLength(1);
    expect(await house.world.db.selectFrom('mail').select('id').execute()).toEqual([]);
  });

  it('finds that their link opens nothing once the directory may not be asked for it any more', async () => {
    await slapd.person('sam');
    const token = await linkFor('sam@example.org');
    await set({ change: false, reset: false });
    const browser = await house.browser();
    expect(await browser.api.account.resetPassword({ token, password: NEW }).catch(codeOf)).toBe(
      'LINK_INVALID',
    );
    expect(await lets('sam', passwordOf('sam'))).toBe(true);
  });

  it('gets the mail later where the directory does not answer', async () => {
    await slapd.person('tom');
    await (await house.browser()).api.account.requestReset({ email: 'tom@example.org' });
    await slapd.stop();
    await house.sendMails();
    expect(mails.received).toEqual([]);
    const [waiting] = await house.world.db.selectFrom('mail').selectAll().execute();
    expect(waiting).toMatchObject({ attempts: 1, reason: expect.stringContaining('nobody listens') });
    await slapd.restart();
    await house.world.db.updateTable('mail').set({ retry_at: null }).execute();
    await house.sendMails();
    expect(mails.received.map(({ to }) => to)).toEqual([['tom@example.org']]);
  });
});
