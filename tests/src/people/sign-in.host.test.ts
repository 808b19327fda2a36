import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import { type Account, Person } from '../person.ts';
import { CODE_LIFE_MS, SoftPasskey, totp } from './authenticator.ts';
import { linkOf, MailServer, textOf } from './mail-server.ts';

type Somebody = Person & { account: Account; id: string };

const MAIL_ADDRESS = '127.0.0.1';
const MAIL_PORT = 2525;
const MAIL_ACCOUNT = { user: 'orangery', password: `smtp-secret-${crypto.randomUUID()}` };

let installation: Installation;
let administrator: Somebody;
let mails: MailServer;
/** Whatever must never be in a log. */
const secrets: string[] = [MAIL_ACCOUNT.password];
const guests: Person[] = [];

beforeAll(async () => {
  installation = await Installation.create({ ORANGERY_RECIPES: '' });
  expect(await installation.start()).toBe('runs');
  administrator = await somebody('administrator');
  const read = (name: string): Promise<string> => readFile(join(installation.folder, 'tls', name), 'utf8');
  const tls = { key: await read('server.key'), cert: await read('server.crt') };
  mails = await MailServer.start(tls, MAIL_ACCOUNT, MAIL_ADDRESS, MAIL_PORT);
});

afterAll(async () => {
  const log = await installation?.log();
  for (const each of guests) await each.close();
  await mails?.close();
  await installation?.purge();
  expect(secrets.filter((secret) => log.includes(secret))).toEqual([]);
  expect(log).toContain('Orangery runs');
});

async function somebody(role: 'person' | 'administrator' = 'person'): Promise<Somebody> {
  const person = await installation.person(role);
  guests.push(person);
  secrets.push(person.account.password);
  return person;
}

/** Another browser. */
async function browser(): Promise<Person> {
  const other = new Person(installation.origin, await installation.ca());
  guests.push(other);
  return other;
}

async function alsoSignedIn({ account }: Somebody): Promise<Person> {
  const other = await browser();
  expect(await other.signIn(account)).toBe(200);
  return other;
}

const isIn = ({ api }: Person): Promise<boolean> =>
  api.me.show().then(
    () => true,
    (error: { code?: string }) => {
      expect(error.code).toBe('UNAUTHORIZED');
      return false;
    },
  );

describe('signing in', () => {
  it('sets cookies that no other site, name or script has', async () => {
    const { account } = await somebody();
    const other = await browser();
    const answer = await other.request('/api/sign-in', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: account.email.toUpperCase(), password: account.password }),
    });
    expect([answer.status, await answer.json()]).toEqual([200, { next: 'done' }]);
    const cookies = answer.headers.getSetCookie();
    expect(new Set(cookies.map((cookie) => cookie.split('=')[0]))).toEqual(
      new Set(['__Host-orangery.device', '__Host-orangery.session_token']),
    );
    for (const cookie of cookies) {
      expect(cookie).toMatch(/; Secure/);
      expect(cookie).toMatch(/; HttpOnly/);
      expect(cookie).toMatch(/; Path=\//);
      expect(cookie).toMatch(/; SameSite=Lax/i);
      expect(cookie).not.toMatch(/; Domain/i);
    }
    expect(await isIn(other)).toBe(true);
    await other.api.signIn.out();
    expect(await isIn(other)).toBe(false);
  });

  it('says the same to a wrong password and to an address that nobody has', async () => {
    const { account } = await somebody();
    const other = await browser();
    const answers = [];
    for (const email of [account.email, 'nobody@example.org']) {
      const answer = await other.request('/api/sign-in', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email, password: 'this is not it' }),
      });
      answers.push([answer.status, await answer.text()]);
    }
    expect(answers[0]).toEqual(answers[1]);
    expect(answers[0]?.[0]).toBe(401);
  });

  it('is shown browser by browser, and each can be ended', async () => {
    const person = await somebody();
    const others = [await alsoSignedIn(person), await alsoSignedIn(person), await alsoSignedIn(person)];
    const list = await person.api.signIns.list();
    expect(list).toHaveLength(4);
    expect(list.filter(({ current }) => current)).toHaveLength(1);
    const [first] = await others[0]!.api.signIns.list().then((seen) => seen.filter(({ current }) => current));
    expect(await person.api.signIns.end({ id: first!.id })).toEqual({ ended: 1 });
    expect(await Promise.all(others.map(isIn))).toEqual([false, true, true]);
    const stranger = await somebody();
    const mine = (await person.api.signIns.list()).find(({ current }) => current);
    await expect(stranger.api.signIns.end({ id: mine!.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await person.api.signIns.endOthers()).toEqual({ ended: 2 });
    expect(await Promise.all([person, ...others].map(isIn))).toEqual([true, false, false, false]);
    await alsoSignedIn(person);
    expect(await administrator.api.users.signOut({ id: person.id })).toEqual({ ended: 2 });
    expect(await isIn(person)).toBe(false);
  });

  it('renews a hash of the first form', async () => {
    const person = await somebody();
    const { db } = installation;
    const { userId, password } = await db
      .selectFrom('auth_account')
      .innerJoin('auth_user', 'auth_user.id', 'auth_account.userId')
      .select(['userId', 'password'])
      .where('email', '=', person.account.email)
      .executeTakeFirstOrThrow();
    const [, , , , salt, tag] = (password ?? '').split('$');
    const old = `argon2id$${salt}==$${tag}=`;
    await db.updateTable('auth_account').set({ password: old }).where('userId', '=', userId).execute();
    await alsoSignedIn(person);
    const now = await db
      .selectFrom('auth_account')
      .select('password')
      .where('userId', '=', userId)
      .executeTakeFirstOrThrow();
    expect(now.password).toMatch(/^\$argon2id\$v=19\$/);
    await alsoSignedIn(person);
  });

  it('is slowed down for who guesses, and for nobody else', async () => {
    const victim = await somebody();
    const guesser = await browser();
    const statuses: number[] = [];
    for (let guess = 0; guess < 12; guess += 1)
      statuses.push(await guesser.signIn({ ...victim.account, password: `guess number ${guess}` }));
    expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 401));
    expect(statuses.slice(10)).toEqual([429, 429]);
    // From the same address: the victim's own browser comes in, and everybody else.
    expect(await victim.signIn(victim.account)).toBe(200);
    const neighbour = await somebody();
    for (let time = 0; time < 25; time += 1) expect(await neighbour.signIn(neighbour.account)).toBe(200);
  });
});

describe('a password', () => {
  it('is changed by who knows the old one, and ends all other sign-ins', async () => {
    const person = await somebody();
    const other = await alsoSignedIn(person);
    const password = `new-${crypto.randomUUID()}`;
    secrets.push(password);
    await expect(
      person.api.account.changePassword({ current: 'not the old one', password }),
    ).rejects.toMatchObject({ code: 'WRONG_PASSWORD' });
    await expect(
      person.api.account.changePassword({ current: person.account.password, password: 'short' }),
    ).rejects.toMatchObject({ code: 'BAD_REQUEST' });
    expect(await person.api.account.changePassword({ current: person.account.password, password })).toEqual({
      ended: 1,
    });
    expect([await isIn(person), await isIn(other)]).toEqual([true, false]);
    expect(await other.signIn(person.account)).toBe(401);
    expect(await other.signIn({ ...person.account, password })).toBe(200);
  });
});

describe('mail', () => {
  const settings = () => ({
    host: 'localhost',
    port: MAIL_PORT,
    security: 'starttls' as const,
    user: MAIL_ACCOUNT.user,
    password: MAIL_ACCOUNT.password,
    from: 'orangery@example.org',
    publicUrl: installation.origin,
    ca,
  });
  let ca = '';
  const mailTo = async (email: string, subject: string): Promise<string> => {
    const find = () =>
      mails.received.find(({ to, raw }) => to.includes(email) && raw.includes(`Subject: ${subject}`));
    await installation.until('the mail', async () => find() !== undefined, 20_000);
    return find()?.raw ?? '';
  };
  const RESET = 'Choose a new password';

  it('that is not set up is said by name, to all alike', async () => {
    const other = await browser();
    expect(await other.api.signIn.ways()).toMatchObject({ resetByMail: false });
    const asked = other.api.account.requestReset({ email: 'nobody@example.org' });
    await expect(asked).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('is set up, tried, and its password told to nobody', async () => {
    ca = await installation.ca();
    const set = await administrator.api.mail.update(settings());
    expect(JSON.stringify(set)).not.toContain(MAIL_ACCOUNT.password);
    expect(set.settings).toMatchObject({ host: 'localhost', hasPassword: true });
    await administrator.api.mail.test({ to: 'admin@example.org' });
    expect(mails.received).toHaveLength(1);
    expect(mails.received[0]).toMatchObject({ to: ['admin@example.org'], secure: true, user: 'orangery' });
    expect(textOf(mails.received[0]!.raw)).toContain('This is a test.');
    const rows = await installation.db.selectFrom('setting').selectAll().execute();
    expect(rows.map(({ value_sealed }) => value_sealed.includes(MAIL_ACCOUNT.password))).toEqual([false]);
  });

  it.each([
    ['a wrong password', { password: 'wrong' }, /535|refused/],
    ['nobody listening', { port: 1025 }, /nobody answers/],
    ['an unknown certificate', { ca: '' }, /certificate/],
    ['no server of that name', { host: 'mail.invalid' }, /no server called/],
    ['another service of this machine', { port: 22 }, /only port/],
    ['what a cloud tells its machines', { host: '169.254.169.254' }, /not an address of a server/],
  ])('tells what is wrong with %s', async (_, wrong, reason) => {
    await administrator.api.mail.update({ ...settings(), ...wrong });
    const failure = await administrator.api.mail.test({ to: 'admin@example.org' }).then(
      () => undefined,
      (error: { code: string; message: string }) => error,
    );
    expect(failure).toMatchObject({ code: 'CONFLICT', message: expect.stringMatching(reason) });
    await administrator.api.mail.update(settings());
  });

  it('brings a link that replaces a forgotten password, once, and ends all sign-ins', async () => {
    const person = await somebody();
    const other = await browser();
    await other.api.account.requestReset({ email: person.account.email.toUpperCase() });
    const raw = await mailTo(person.account.email, RESET);
    expect(raw).toContain('Auto-Submitted: auto-generated');
    const token = linkOf(raw, 'reset');
    secrets.push(token);
    const rows = await installation.db.selectFrom('auth_verification').selectAll().execute();
    expect(JSON.stringify(rows)).not.toContain(token);
    const password = `new-${crypto.randomUUID()}`;
    secrets.push(password);
    await expect(
      other.api.account.resetPassword({ token: `${token.slice(0, -1)}~`, password }),
    ).rejects.toMatchObject({ code: 'LINK_INVALID' });
    await other.api.account.resetPassword({ token, password });
    expect(await isIn(person)).toBe(false);
    await expect(other.api.account.resetPassword({ token, password })).rejects.toMatchObject({
      code: 'LINK_INVALID',
    });
    expect(await other.signIn(person.account)).toBe(401);
    expect(await other.signIn({ ...person.account, password })).toBe(200);
    expect(await other.api.account.show()).toMatchObject({ emailVerified: true, mail: true });
  });

  it('tells people that how they sign in has changed, and from where', async () => {
    const person = await somebody();
    const { key } = await person.api.apiKeys.create({ name: 'nightly', scope: 'read', days: 1 });
    secrets.push(key);
    const raw = await mailTo(person.account.email, 'How you sign in has changed');
    expect(textOf(raw)).toContain('The API key “nightly” was made, from a browser (127.0.0.1).');
    expect(raw).not.toContain(key);
  });

  it('brings a link that has an end', async () => {
    const person = await somebody();
    const asked = systemClock.now();
    await person.api.account.requestReset({ email: person.account.email });
    const token = linkOf(await mailTo(person.account.email, RESET), 'reset');
    const { expiresAt } = await installation.db
      .selectFrom('auth_verification')
      .select('expiresAt')
      .orderBy('createdAt', 'desc')
      .executeTakeFirstOrThrow();
    expect(expiresAt.getTime() - asked).toBeGreaterThan(29 * 60_000);
    expect(expiresAt.getTime() - asked).toBeLessThan(31 * 60_000);
    await installation.db
      .updateTable('auth_verification')
      .set({ expiresAt: new Date(systemClock.now() - 1) })
      .execute();
    await expect(
      person.api.account.resetPassword({ token, password: 'a perfectly good one' }),
    ).rejects.toMatchObject({ code: 'LINK_INVALID' });
  });

  it('never tells whether an address is somebody’s', async () => {
    const person = await somebody();
    const other = await browser();
    const ask = async (email: string) => {
      const began = systemClock.monotonicMs();
      const answer = await other.request('/api/account/reset', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ email }),
      });
      return { said: [answer.status, await answer.text()], tookMs: systemClock.monotonicMs() - began };
    };
    const theirs = await ask(person.account.email);
    expect((await ask('nobody-at-all@example.org')).said).toEqual(theirs.said);
    // The mail server takes its time: the answer does not wait for it.
    await mailTo(person.account.email, RESET);
    expect(mails.received.filter(({ to }) => to.includes('nobody-at-all@example.org'))).toEqual([]);
    expect(theirs.tookMs).toBeLessThan(2_000);
    // More mails than anybody wants are left out, and the answer is the same.
    for (let more = 0; more < 4; more += 1)
      expect((await ask(person.account.email)).said).toEqual(theirs.said);
    const asked = await installation.db
      .selectFrom('audit_event')
      .select('outcome')
      .where('action', '=', 'account.requestReset')
      .execute();
    expect(asked.filter(({ outcome }) => outcome === 'refused')).toHaveLength(2);
  });

  it('waits while the server is away, and comes when it is back', async () => {
    const person = await somebody();
    mails.refusal = 'try again later';
    await person.api.account.sendVerification();
    await installation.until(
      'the failure',
      async () => (await administrator.api.mail.show()).reason?.includes('try again later') === true,
      20_000,
    );
    mails.refusal = undefined;
    const token = linkOf(await mailTo(person.account.email, 'Is this your address?'), 'verify');
    await person.api.account.verifyEmail({ token });
    expect(await person.api.account.show()).toMatchObject({ emailVerified: true });
    await expect(person.api.account.verifyEmail({ token })).rejects.toMatchObject({ code: 'LINK_INVALID' });
    await expect(person.api.account.sendVerification()).rejects.toMatchObject({ code: 'CONFLICT' });
  });
});

describe('a second factor', () => {
  it('is turned on by a code, asked for at each sign-in, and each code is right once', async () => {
    const person = await somebody();
    const { password } = person.account;
    await expect(person.api.account.beginSecondFactor({ password: 'not mine' })).rejects.toMatchObject({
      code: 'WRONG_PASSWORD',
    });
    const { secret, uri, recoveryCodes } = await person.api.account.beginSecondFactor({ password });
    secrets.push(secret, ...recoveryCodes);
    expect(uri).toMatch(/^otpauth:\/\/totp\/Orangery/);
    expect(recoveryCodes).toHaveLength(10);
    // Until a code was right nobody is asked for one.
    expect((await person.api.account.show()).secondFactor.on).toBe(false);
    await expect(person.api.account.confirmSecondFactor({ code: '000000' })).rejects.toMatchObject({
      code: 'WRONG_CODE',
    });
    // The next code is good as well: so there are two within a test's time.
    const now = Date.now();
    const first = totp(secret, now);
    const confirmed = await person.api.account.confirmSecondFactor({ code: first });
    expect(confirmed.secondFactor).toEqual({ on: true, recoveryCodesLeft: 10 });
    expect(await isIn(person)).toBe(true);

    const other = await browser();
    const enter = () => other.api.signIn.password({ email: person.account.email, password });
    expect(await enter()).toEqual({ next: 'secondFactor' });
    expect(await isIn(other)).toBe(false);
    await expect(other.api.signIn.secondFactor({ code: '000000' })).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    const enrolled = other.api.signIn.secondFactor({ code: first });
    await expect(enrolled).rejects.toMatchObject({ code: 'SIGN_IN_REFUSED' });
    const early = totp(secret, now + CODE_LIFE_MS);
    await other.api.signIn.secondFactor({ code: early });
    expect(await isIn(other)).toBe(true);
    const third = await browser();
    await third.api.signIn.password({ email: person.account.email, password });
    await expect(third.api.signIn.secondFactor({ code: early })).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    await third.api.signIn.secondFactor({ code: recoveryCodes[0]! });
    expect(await isIn(third)).toBe(true);
    expect((await third.api.account.show()).secondFactor.recoveryCodesLeft).toBe(9);
    await enter();
    await expect(other.api.signIn.secondFactor({ code: recoveryCodes[0]! })).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    const { recoveryCodes: renewed } = await third.api.account.renewRecoveryCodes({ password });
    secrets.push(...renewed);
    await expect(other.api.signIn.secondFactor({ code: recoveryCodes[1]! })).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    await other.api.signIn.secondFactor({ code: renewed[1]! });

    expect((await third.api.account.endSecondFactor({ password })).secondFactor.on).toBe(false);
    const last = await browser();
    expect(await last.signIn(person.account)).toBe(200);
    expect(await isIn(last)).toBe(true);
  });

  it('that was lost is turned off by an administrator, who signs the person out', async () => {
    const person = await somebody();
    const { password } = person.account;
    const { secret } = await person.api.account.beginSecondFactor({ password });
    await person.api.account.confirmSecondFactor({ code: totp(secret, Date.now()) });
    await expect(person.api.users.removeSecondFactor({ id: person.id })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
    expect(await administrator.api.users.removeSecondFactor({ id: person.id })).toEqual({ ended: 1 });
    expect(await isIn(person)).toBe(false);
    expect(await person.api.signIn.password({ email: person.account.email, password })).toEqual({
      next: 'done',
    });
  });

  it('is not asked of who has given no password', async () => {
    const other = await browser();
    await expect(other.api.signIn.secondFactor({ code: '123456' })).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
  });
});

describe('a passkey', () => {
  const optionsOf = (options: Record<string, unknown>) =>
    options as { challenge: string; user: { id: string }; rp: { id: string } };

  it('is added by who knows the password, signs in by itself, and opens nothing once it is removed', async () => {
    const person = await somebody();
    const { origin } = installation;
    await expect(person.api.passkeys.options({ password: 'not mine' })).rejects.toMatchObject({
      code: 'WRONG_PASSWORD',
    });
    const asked = optionsOf(await person.api.passkeys.options({ password: person.account.password }));
    expect(asked).toMatchObject({ rp: { id: 'localhost' } });
    const key = new SoftPasskey(asked.user.id);
    const response = key.register(asked, origin);
    // Another person's challenge is not theirs.
    const stranger = await somebody();
    await expect(stranger.api.passkeys.add({ name: 'Mine', response })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    const made = await person.api.passkeys.add({ name: 'Laptop', response });
    await expect(person.api.passkeys.add({ name: 'Again', response })).rejects.toMatchObject({
      code: 'CONFLICT',
    });
    expect(await person.api.passkeys.rename({ id: made.id, name: 'Phone' })).toMatchObject({ name: 'Phone' });
    expect(await stranger.api.passkeys.list()).toEqual([]);
    await expect(stranger.api.passkeys.remove({ id: made.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });

    const other = await browser();
    const challenge = async () => optionsOf(await other.api.signIn.passkeyOptions());
    const evil = key.signIn(await challenge(), 'https://evil.example');
    await expect(other.api.signIn.passkey({ response: evil })).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    const forged = new SoftPasskey().signIn(await challenge(), origin);
    await expect(
      other.api.signIn.passkey({
        response: { ...forged, id: key.id.toString('base64url'), rawId: key.id.toString('base64url') },
      }),
    ).rejects.toMatchObject({ code: 'SIGN_IN_REFUSED' });
    expect(await isIn(other)).toBe(false);
    const good = key.signIn(await challenge(), origin);
    await other.api.signIn.passkey({ response: good });
    expect(await other.api.me.show()).toMatchObject({ id: person.id });
    const replay = await browser();
    await expect(replay.api.signIn.passkey({ response: good })).rejects.toMatchObject({
      code: 'SIGN_IN_REFUSED',
    });
    expect((await person.api.passkeys.list())[0]?.lastUsedAt).not.toBeNull();
    await person.api.passkeys.remove({ id: made.id });
    await expect(
      replay.api.signIn.passkey({ response: key.signIn(await challenge(), origin) }),
    ).rejects.toMatchObject({ code: 'SIGN_IN_REFUSED' });
  });
});

describe('an API key', () => {
  const withKey = async (key: string, path: string, method = 'GET') => {
    const other = await browser();
    const answer = await other.request(`/api${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(method === 'GET' ? {} : { body: '{}' }),
    });
    await answer.text();
    return answer.status;
  };

  it('does what its scope says for its person, and nothing of how they sign in', async () => {
    const looks = await administrator.api.apiKeys.create({ name: 'looks', scope: 'read', days: 1 });
    const acts = await administrator.api.apiKeys.create({ name: 'acts', scope: 'all', days: 1 });
    secrets.push(looks.key, acts.key);
    expect(await withKey(looks.key, '/users')).toBe(200);
    expect(await withKey(looks.key, '/system/start', 'POST')).toBe(403);
    expect(await withKey(looks.key, '/images/uploads/x/content?offset=0', 'PUT')).toBe(403);
    expect(await withKey(acts.key, '/system/start', 'POST')).toBe(200);
    for (const path of ['/api-keys', '/account', '/sign-ins', '/passkeys']) {
      expect([path, await withKey(acts.key, path)]).toEqual([path, 403]);
    }
    expect(await withKey(acts.key, '/api-keys', 'POST')).toBe(403);
    expect(await withKey(`${acts.key}x`, '/me')).toBe(401);
    expect(JSON.stringify(await administrator.api.apiKeys.list())).not.toContain(acts.key);
    const person = await somebody();
    const own = await person.api.apiKeys.create({ name: 'own', scope: 'all', days: 1 });
    secrets.push(own.key);
    expect([await withKey(own.key, '/me'), await withKey(own.key, '/users')]).toEqual([200, 403]);
    await expect(person.api.apiKeys.remove({ id: acts.id })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await person.api.apiKeys.remove({ id: own.id });
    expect(await withKey(own.key, '/me')).toBe(401);
  });
});
