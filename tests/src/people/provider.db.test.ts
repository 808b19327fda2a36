import { join } from 'node:path';
import { directoriesLoop } from '@orangery/control';
import { codeOf } from '@orangery/std';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../person.ts';
import { administrator, type House, openHouse } from './house.ts';
import { TestProvider } from './provider.ts';

const ADDRESS = '127.0.42.1';
const people = {
  'sub-ada': {
    name: 'Ada Lovelace',
    preferred_username: 'ada',
    email: 'ada@example.org',
    email_verified: true,
    groups: ['staff', 'admins'],
  },
  'sub-bob': { name: 'Bob', email: 'bob@example.org', email_verified: false, groups: 'staff' },
  'sub-eve': { name: 'Eve', email: administrator.email, email_verified: true },
};

let house: House;
let provider: TestProvider;
let directoryId: string;
type Settings = Extract<
  Parameters<Person['api']['directories']['create']>[0]['settings'],
  { kind: 'openIdConnect' }
>;
const settings = (more: Partial<Settings> = {}): Settings => ({
  kind: 'openIdConnect',
  issuer: provider.settings.issuer,
  clientId: provider.settings.clientId,
  ca: provider.ca,
  ...more,
});
const change = (more: Partial<Settings>) =>
  house.admin.api.directories.update({
    id: directoryId,
    title: 'Sign in with Example',
    settings: settings(more),
    ...('issuer' in more || 'ca' in more ? { secret: provider.settings.clientSecret } : {}),
  });

beforeAll(async () => {
  house = await openHouse();
  const originCa = join(house.folder, 'tls', 'ca.crt');
  provider = await TestProvider.start(ADDRESS, house.origin, people, { directory: 'web', originCa });
});
afterAll(async () => {
  await provider.close();
  await house.close();
});
beforeEach(async () => {
  const made = await house.admin.api.directories.create({
    name: 'web',
    title: 'Sign in with Example',
    settings: settings(),
    secret: provider.settings.clientSecret,
  });
  directoryId = made.id;
});
afterEach(async () => {
  await house.admin.api.directories.remove({ id: directoryId });
  const { db } = house.world;
  await db.deleteFrom('auth_user').where('email', '!=', administrator.email).execute();
  await db.deleteFrom('principal').where('auth_user_id', 'is', null).execute();
});

const begin = (browser: Person, redirect?: string): Promise<string> =>
  browser.api.signIn
    .provider({ id: directoryId, ...(redirect === undefined ? {} : { redirect }) })
    .then(({ url }) => url);

async function signIn(account: string | undefined, redirect?: string) {
  const browser = await house.browser();
  const query = await provider.signIn(await begin(browser, redirect), account);
  return {
    browser,
    query,
    answer: await browser.api.signIn.providerAnswer({ query }).catch((error: unknown) => error),
  };
}
const lastRefusal = async () => (await house.admin.api.audit.list({ search: 'refused', limit: 1 })).items[0];

describe('who signs out at the provider', () => {
  const signedIn = (browser: Person): Promise<string> =>
    browser.api.me.show().then(
      () => 'in',
      (error: unknown) => String(codeOf(error)),
    );
  const tell = async (body: string, name = 'web'): Promise<number> => {
    const answer = await (
      await house.browser()
    ).request(`/api/directories/${name}/logout`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
    });
    await answer.text();
    return answer.status;
  };

  it('is signed out here, in all browsers, and the audit log says by whom', async () => {
    const earlier = await signIn('sub-ada');
    const { browser } = await signIn('sub-ada');
    const bob = await signIn('sub-bob');
    expect([await signedIn(earlier.browser), await signedIn(browser)]).toEqual(['in', 'in']);
    // Bob’s browser is the last one: it is he who signs out.
    await provider.signOut();
    await expect.poll(() => signedIn(bob.browser), { timeout: 10_000 }).toBe('UNAUTHORIZED');
    expect([await signedIn(earlier.browser), await signedIn(browser)]).toEqual(['in', 'in']);
    await signIn('sub-ada');
    await provider.signOut();
    await expect.poll(() => signedIn(browser), { timeout: 10_000 }).toBe('UNAUTHORIZED');
    expect(await signedIn(earlier.browser)).toBe('UNAUTHORIZED');
    const [event] = (await house.admin.api.audit.list({ search: 'user.signOut', limit: 1 })).items;
    expect(event).toMatchObject({ actor: 'Sign in with Example', why: 'the provider signed them out' });
  });

  it('is nobody by the word of anybody else', async () => {
    const { browser } = await signIn('sub-ada');
    const none = `${Buffer.from('{"alg":"none"}').toString('base64url')}.${Buffer.from('{"sub":"sub-ada"}').toString('base64url')}.`;
    expect(await tell(`logout_token=${none}`)).toBe(400);
    expect(await tell('')).toBe(400);
    expect(await tell(`logout_token=${'x'.repeat(100_000)}`)).toBe(400);
    expect(await tell(`logout_token=${none}`, 'nowhere')).toBe(400);
    expect(await signedIn(browser)).toBe('in');
  });
});

describe('somebody of a provider', () => {
  it('finds its button, and comes in by it to where they wanted to', async () => {
    const browser = await house.browser();
    expect((await browser.api.signIn.ways()).providers).toEqual([
      { id: directoryId, title: 'Sign in with Example' },
    ]);
    const { browser: theirs, answer } = await signIn('sub-ada', '/account');
    expect(answer).toEqual({ next: 'done', redirect: '/account' });
    const me = await theirs.api.me.show();
    expect(me).toMatchObject({ name: 'Ada Lovelace', email: 'ada@example.org', roles: [] });
    const again = await signIn('sub-ada');
    expect((await again.browser.api.me.show()).id).toBe(me.id);
    expect(await theirs.api.account.show()).toMatchObject({
      directory: { title: 'Sign in with Example', password: false, change: false },
    });
  });

  it('has the role and the groups that it claims, and none that it claims no more', async () => {
    await change({ roles: [{ group: { id: 'admins', name: 'admins' }, role: 'administrator' }] });
    const group = await house.admin.api.directories.addGroup({
      id: directoryId,
      external: 'staff',
      name: 'Staff',
    });
    await house.admin.api.entitlements.add({ poolId: house.world.poolId, principalId: group.id });
    const ada = await signIn('sub-ada');
    expect((await ada.browser.api.me.show()).roles).toEqual(['administrator']);
    const bob = await signIn('sub-bob');
    expect((await bob.browser.api.me.show()).roles).toEqual([]);
    expect(await bob.browser.api.desktops.list()).toHaveLength(1);
    expect((await house.admin.api.groups.members({ id: group.id })).items).toHaveLength(2);
    // An address that the provider itself does not believe is not theirs.
    expect((await bob.browser.api.me.show()).email).toMatch(/@web\.directory\.invalid$/);
    await change({ groupsClaim: '' });
    const later = await signIn('sub-bob');
    expect(await later.browser.api.desktops.list()).toEqual([]);
  });

  it('takes no account over by its address', async () => {
    const { answer, browser } = await signIn('sub-eve');
    expect(codeOf(answer)).toBe('SIGN_IN_REFUSED');
    expect(await browser.api.me.show().catch(codeOf)).toBe('UNAUTHORIZED');
    expect(await lastRefusal()).toMatchObject({ detail: { why: 'their address is another account’s here' } });
  });

  it('is told when they did not want to', async () => {
    const { answer } = await signIn(undefined);
    expect(answer).toMatchObject({
      code: 'SIGN_IN_REFUSED',
      message: 'Sign in with Example did not let you in',
    });
    expect(await lastRefusal()).toMatchObject({ detail: { why: 'it said access_denied' } });
  });

  it('is asked again by the provider after so many hours, and signs out there if that is wanted', async () => {
    await change({ signOutThere: true, hours: 1 });
    const [first, second] = [await signIn('sub-ada'), await signIn('sub-ada')];
    const turn = () => directoriesLoop(house.control).turn(directoryId, new AbortController().signal);
    await turn();
    expect(await first.browser.api.me.show()).toMatchObject({ name: 'Ada Lovelace' });
    const { url } = await second.browser.api.signIn.out();
    expect(url).toContain(`${provider.settings.issuer}/session/end?`);
    expect(new URL(url!).searchParams.get('post_logout_redirect_uri')).toBe(`${house.origin}/login`);
    const now = house.control.clock.now();
    Object.assign(house.control, { clock: { ...house.control.clock, now: () => now + 3_700_000 } });
    await turn();
    expect(await first.browser.api.me.show().catch(codeOf)).toBe('UNAUTHORIZED');
  });
});

describe('what a provider answers', () => {
  it('opens nothing in a browser that did not begin', async () => {
    const [victim, attacker] = [await house.browser(), await house.browser()];
    const query = await provider.signIn(await begin(attacker), 'sub-ada');
    expect(await victim.api.signIn.providerAnswer({ query }).catch(codeOf)).toBe('SIGN_IN_REFUSED');
    await begin(victim);
    expect(await victim.api.signIn.providerAnswer({ query }).catch(codeOf)).toBe('SIGN_IN_REFUSED');
    // Theirs is not used up by that.
    expect(await attacker.api.signIn.providerAnswer({ query })).toMatchObject({ next: 'done' });
  });

  it('is right once', async () => {
    const { browser, query } = await signIn('sub-ada');
    expect(await browser.api.signIn.providerAnswer({ query }).catch(codeOf)).toBe('SIGN_IN_REFUSED');
    await begin(browser);
    expect(await browser.api.signIn.providerAnswer({ query }).catch(codeOf)).toBe('SIGN_IN_REFUSED');
  });

  it.each([
    ['another code', (query: URLSearchParams) => query.set('code', 'x'.repeat(43))],
    ['another issuer', (query: URLSearchParams) => query.set('iss', 'https://elsewhere.example')],
    ['no code', (query: URLSearchParams) => query.delete('code')],
    ['another state', (query: URLSearchParams) => query.set('state', 'x'.repeat(43))],
    ['an error', (query: URLSearchParams) => query.set('error', 'server_error')],
  ])('opens nothing with %s', async (_, spoil) => {
    const browser = await house.browser();
    const query = new URLSearchParams(await provider.signIn(await begin(browser), 'sub-ada'));
    spoil(query);
    expect(await browser.api.signIn.providerAnswer({ query: query.toString() }).catch(codeOf)).toBe(
      'SIGN_IN_REFUSED',
    );
    expect(await browser.api.me.show().catch(codeOf)).toBe('UNAUTHORIZED');
  });

  it('opens nothing with a code that was made for another beginning', async () => {
    const [one, other] = [await house.browser(), await house.browser()];
    const stolen = new URLSearchParams(await provider.signIn(await begin(one), 'sub-ada')).get('code') ?? '';
    const query = new URLSearchParams(await provider.signIn(await begin(other), 'sub-bob'));
    query.set('code', stolen);
    // PKCE: the provider gives nothing for it to who has not its verifier.
    expect(await other.api.signIn.providerAnswer({ query: query.toString() }).catch(codeOf)).toBe(
      'SIGN_IN_REFUSED',
    );
    expect(await lastRefusal()).toMatchObject({ detail: { why: 'it said invalid_grant' } });
  });
});

describe('a provider that is set up', () => {
  it('is looked at step by step', async () => {
    const { steps } = await house.admin.api.directories.test({ id: directoryId, settings: settings() });
    expect(steps.map(({ step, ok }) => [step, ok])).toEqual([
      ['discover', true],
      ['keys', true],
    ]);
  });

  it.each([
    ['an unknown authority', { ca: '' }, /certificate/],
    ['a cloud’s own address', { issuer: 'https://169.254.169.254/' }, /not an address of a server of yours/],
    ['another service of this machine', { issuer: 'https://127.0.0.1:5432/' }, /only port/],
    ['a page that says nothing', { issuer: `https://${ADDRESS}:9443/nothing` }, /./],
  ])('says where it stops: %s', async (_, more, detail) => {
    const { steps } = await house.admin.api.directories.test({
      settings: settings(more),
      secret: provider.settings.clientSecret,
    });
    expect(steps.at(-1)).toMatchObject({
      step: 'discover',
      ok: false,
      detail: expect.stringMatching(detail),
    });
  });

  it('cannot be begun with while it is turned off', async () => {
    await house.admin.api.directories.update({
      id: directoryId,
      title: 'X',
      enabled: false,
      settings: settings(),
    });
    const browser = await house.browser();
    expect(await begin(browser).catch(codeOf)).toBe('NOT_FOUND');
    expect((await browser.api.signIn.ways()).providers).toEqual([]);
  });
});
