import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import { openBrowser, signIn } from '../journeys/browser.ts';
import type { Account, Person } from '../person.ts';
import { CODE_LIFE_MS, totp } from './authenticator.ts';
import { linkOf, MailServer } from './mail-server.ts';
import { look as lookAt, present } from './pages.ts';

const MAIL_ACCOUNT = { user: 'orangery', password: 'the mail server’s own' };
const MAIL_PORT = 2525;

let installation: Installation;
let administrator: Person & { account: Account };
let mails: MailServer;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  installation = await Installation.create({ ORANGERY_RECIPES: '' });
  expect(await installation.start()).toBe('runs');
  administrator = await installation.person();
  const read = (name: string): Promise<string> => readFile(join(installation.folder, 'tls', name), 'utf8');
  const tls = { key: await read('server.key'), cert: await read('server.crt') };
  mails = await MailServer.start(tls, MAIL_ACCOUNT, '127.0.0.1', MAIL_PORT);
  browser = await openBrowser();
  page = browser.page;
});

afterAll(async () => {
  await browser?.close();
  await administrator?.close();
  await mails?.close();
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

it('an administrator says how mails are sent, and tries it', async () => {
  await go('/login');
  await signIn(page, administrator.account);
  await shown('user-menu');
  await go('/admin/mail');
  await page.getByTestId('mail-host').fill('localhost');
  await page.getByLabel('Port').fill(String(MAIL_PORT));
  await page.getByLabel('User').fill(MAIL_ACCOUNT.user);
  await page.getByLabel('Password').first().fill('not this one');
  await page.getByTestId('mail-from').fill('orangery@example.org');
  await page.getByLabel('Authority of its certificate').fill(await installation.ca());
  await click('mail-save');
  await shown('mail-test');
  await click('mail-test-send');
  await shown('mail-test-failed');
  await look('mail-refused');
  await page.getByLabel('Password').first().fill(MAIL_ACCOUNT.password);
  await click('mail-save');
  await page.getByText('Saved. Send yourself a test mail.').first().waitFor();
  await click('mail-test-send');
  await shown('mail-test-done');
  await look('mail');
  expect(await page.getByLabel('Password').first().inputValue()).toBe('');
});

it('a person sees and changes how they sign in, with nothing that not everybody can use', async () => {
  const person = await installation.person('person');
  await person.close();
  await leave();
  await shown('login-forgot');
  await look('login');
  await signIn(page, person.account);
  await click('user-menu');
  await click('my-account');
  await shown('account-sign-ins');
  await page.getByTestId('sign-in-end').first().waitFor();
  await look('account');

  await click('factor-begin');
  await page.getByLabel('Your password').fill(person.account.password);
  await click('password-given');
  await shown('factor-code');
  await look('authenticator');
  const secret = (await page.getByText('Scan this').locator('code').innerText()).replaceAll(' ', '');
  // The next code is good as well: so there are two within a test's time.
  const now = Date.now();
  await page.getByTestId('factor-code').fill(totp(secret, now));
  await click('factor-confirm');
  await shown('factor-end');

  await click('api-key-add');
  await look('api-key');
  await page.getByLabel('What it is for').fill('Inventory');
  await click('api-key-save');
  expect(await page.getByTestId('api-key').innerText()).toMatch(/^orangery_/);
  await page.getByText('I have it').click();

  await leave();
  await signIn(page, person.account);
  await shown('code');
  await look('code');
  await page.getByTestId('code').fill('000000');
  await click('code-submit');
  await shown('code-error');
  await page.getByTestId('code').fill(totp(secret, now + CODE_LIFE_MS));
  await click('code-submit');
  await shown('user-menu');
});

it('an administrator reads, searches and checks the audit log', async () => {
  await leave();
  await signIn(page, administrator.account);
  await shown('user-menu');
  await go('/admin/audit');
  await page.getByTestId('audit-search').fill('second factor');
  await page.getByRole('button', { name: 'signIn' }).first().waitFor();
  await look('audit');
  await page.getByRole('button', { name: 'signIn' }).first().click();
  await page.getByText('of the chain').waitFor();
  await look('audit-event');
  await page.getByLabel('Close').click();
  await click('audit-verify');
  await shown('audit-holds');
  await look('audit-verified');
  await click('audit-settings');
  await page.getByLabel('Send events to a log server').check();
  await look('audit-settings');
  await page.getByLabel('Log server', { exact: true }).fill('169.254.169.254');
  await click('audit-save');
  await page.getByText('is not an address of a server of yours').waitFor();
  await page.getByRole('button', { name: 'Cancel' }).click();
});

it('a passkey of the browser signs in by itself', async () => {
  const tools = await browser.context.newCDPSession(page);
  await tools.send('WebAuthn.enable');
  await tools.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await go('/account');
  await click('passkey-add');
  await page.getByLabel('What it is called').fill('Test key');
  await page.getByLabel('Your password').fill(administrator.account.password);
  await click('password-given');
  await page.getByText('Test key').first().waitFor();
  await look('passkeys');
  await leave();
  await click('login-passkey');
  await shown('user-menu');
});

it('a forgotten password is replaced by a link', async () => {
  const person = await installation.person('person');
  await person.close();
  await leave();
  await click('login-forgot');
  await look('forgot');
  await page.getByLabel('E-mail').fill(person.account.email);
  await click('forgot-submit');
  await shown('forgot-done');
  await look('forgot-done');
  const find = () => mails.received.find(({ raw }) => raw.includes('Subject: Choose a new password'));
  await installation.until('the mail', async () => find() !== undefined, 20_000);
  const token = linkOf(find()?.raw ?? '', 'reset');
  await go(`/reset#token=${token}`);
  await shown('reset-submit');
  expect(page.url()).not.toContain(token);
  await look('reset');
  const password = `new-${crypto.randomUUID()}`;
  await page.getByLabel('Password').first().fill(password);
  await page.getByLabel('Password again').fill(password);
  await click('reset-submit');
  await shown('reset-done');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await signIn(page, { ...person.account, password });
  await shown('user-menu');
});

it('passes all rules of axe, in light and dark, on a phone and on a desk', () => {
  expect(complaints).toEqual([]);
  expect(browser.problems).toEqual([]);
});
