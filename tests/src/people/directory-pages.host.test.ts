import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import { openBrowser, signIn } from '../journeys/browser.ts';
import type { Account, Person } from '../person.ts';
import { TestProvider } from './provider.ts';
import { BASE, LDAPS_PORT, LOOKER, passwordOf, Slapd } from './slapd.ts';
import { look as lookAt, present } from './pages.ts';

const [LDAP_ADDRESS, PROVIDER_ADDRESS] = ['127.0.45.1', '127.0.45.2'];

let installation: Installation;
let administrator: Person & { account: Account };
let slapd: Slapd;
let provider: TestProvider;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  installation = await Installation.create({ ORANGERY_RECIPES: '' });
  const starts = installation.start();
  [slapd, provider, browser] = await Promise.all([
    Slapd.start(LDAP_ADDRESS),
    TestProvider.start(PROVIDER_ADDRESS, installation.origin, {
      'sub-eve': { name: 'Eve', preferred_username: 'eve', groups: ['staff'] },
    }),
    openBrowser(),
  ]);
  expect(await starts).toBe('runs');
  administrator = await installation.person();
  page = browser.page;
});

afterAll(async () => {
  await browser?.close();
  await administrator?.close();
  await provider?.close();
  await slapd?.close();
  await installation?.purge();
});

const look = async (name: string): Promise<unknown> => complaints.push(...(await lookAt(page, name)));
const go = (path: string): Promise<unknown> => page.goto(`${installation.origin}${path}`);
const click = (testId: string): Promise<void> => page.getByTestId(testId).click();
const shown = (testId: string): Promise<void> => present(page.getByTestId(testId), testId);

async function leave(): Promise<void> {
  await click('user-menu');
  await click('sign-out');
  await shown('login-submit');
}

it('an administrator tries a directory, sees where it stops, and adds it once it is right', async () => {
  await go('/login');
  await signIn(page, administrator.account);
  await shown('user-menu');
  await go('/admin/directories');
  await page.getByText('No directories yet.').waitFor();
  await look('directories-empty');
  await click('directory-new');
  await page.getByText('LDAP', { exact: true }).click();
  await page.getByTestId('directory-title').fill('Example University');
  expect(await page.getByTestId('directory-name').inputValue()).toBe('example-university');
  await page.getByTestId('directory-servers').fill(`${LDAP_ADDRESS}:${LDAPS_PORT}`);
  await page.getByTestId('directory-account').fill(LOOKER.dn);
  await page.getByTestId('directory-secret').fill('not this one');
  await page.getByTestId('directory-base').fill(BASE);
  await page.getByTestId('directory-ca').fill(slapd.ca);
  await page.getByTestId('directory-login').fill('ada');
  await click('directory-look');
  await page.getByText('its name or password is not right').waitFor();
  await look('directory-refused');
  await page.getByTestId('directory-secret').fill(LOOKER.password);
  await click('directory-look');
  await shown('directory-person');
  await page.getByLabel('Who forgot it').check();
  await look('directory-found');
  await click('directory-save');
  await shown('directory-groups');
  await look('directory-new');
});

it('groups are searched in the directory, taken in, and give a role', async () => {
  await page.getByTestId('directory-groups').getByTestId('directory-group').fill('staff');
  await page.getByRole('option', { name: 'staff' }).click();
  await click('directory-group-add');
  await page.getByTestId('directory-groups-list').getByText('staff').waitFor();
  await page.getByTestId('directory-roles').getByTestId('directory-group').fill('admins');
  await page.getByRole('option', { name: 'admins' }).click();
  await click('directory-role-add');
  await page.getByTestId('directory-roles-list').getByText('admins').waitFor();
  await look('directory');
  await administrator.api.directories.create({
    name: 'login',
    title: 'Sign in with Example',
    settings: {
      kind: 'openIdConnect',
      issuer: provider.settings.issuer,
      clientId: provider.settings.clientId,
      ca: provider.ca,
    },
    secret: provider.settings.clientSecret,
  });
  await go('/admin/directories');
  await page.getByText('Sign in with Example').waitFor();
  await look('directories');
  await page.getByText('Sign in with Example').click();
  await shown('directory-issuer');
  await look('directory-provider');
});

it('people sign in by the name that the directory knows, and find what is theirs', async () => {
  await leave();
  await shown('login-provider');
  await look('login-directories');
  await page.getByLabel('Name or e-mail').fill('bob');
  await page.getByLabel('Password').first().fill(passwordOf('bob'));
  await click('login-submit');
  await shown('user-menu');
  // The role came with the group.
  await go('/admin/users');
  await page.getByText('from example-university').first().waitFor();
  await look('users');
  await go('/account');
  await page.getByText('You sign in by Example University').waitFor();
  await look('account-of-directory');
});

it('people sign in at a provider, and come back to what they wanted', async () => {
  await leave();
  await go('/account');
  await click('login-provider');
  await page.getByPlaceholder('Enter any login').fill('sub-eve');
  await page.getByPlaceholder('and password').fill('any');
  await page.getByRole('button', { name: 'Sign-in' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await shown('account-sign-ins');
  expect(new URL(page.url()).pathname).toBe('/account');
  await page.getByText('You sign in by Sign in with Example').waitFor();
  await go('/sign-in/back?error=access_denied&state=nothing');
  await shown('provider-trouble');
  expect(new URL(page.url()).search).toBe('');
  await look('provider-trouble');
});

it('a link of a mail also only unlocks', async () => {
  await go('/reset#token=a-token-that-nobody-has-made');
  await shown('reset-unlock');
  await look('reset-unlock');
  await click('reset-unlock');
  await shown('reset-error');
});

it('passes all rules of axe, in light and dark, on a phone and on a desk', () => {
  expect(complaints).toEqual([]);
  // What the provider's pages ask for is theirs.
  const ours = browser.problems.filter((problem) => problem.includes(installation.origin));
  expect(ours).toEqual([]);
});
