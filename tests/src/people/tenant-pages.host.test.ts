import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import { openBrowser, signIn } from '../journeys/browser.ts';
import type { Account, Person } from '../person.ts';
import { look as lookAt, present } from './pages.ts';

let installation: Installation;
let founder: Person & { account: Account; id: string };
let helper: Person & { account: Account; id: string };
let browser: Awaited<ReturnType<typeof openBrowser>>;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  installation = await Installation.create({ ORANGERY_RECIPES: '' });
  expect(await installation.start()).toBe('runs');
  founder = await installation.person();
  helper = await installation.person('person');
  browser = await openBrowser();
  page = browser.page;
});

afterAll(async () => {
  await browser?.close();
  await founder?.close();
  await helper?.close();
  await installation?.purge();
});

const look = async (name: string): Promise<unknown> => complaints.push(...(await lookAt(page, name)));
const go = (path: string): Promise<unknown> => page.goto(`${installation.origin}${path}`);
const click = (testId: string): Promise<void> => page.getByTestId(testId).click();
const fill = (testId: string, text: string): Promise<void> => page.getByTestId(testId).fill(text);
const shown = (text: string): Promise<void> => present(page.getByText(text).first(), `“${text}”`);
const inConsole = (): Promise<string[]> =>
  page.getByRole('navigation', { name: 'Console' }).getByRole('link').allInnerTexts();

it('an operator makes a tenant, looks into it, and makes its administrator', async () => {
  await go('/login');
  await signIn(page, founder.account);
  await page.getByTestId('user-menu').waitFor();
  await go('/admin/tenants');
  await click('tenant-new');
  await fill('group-name', 'Faculty of Physics');
  await click('group-save');
  await shown('Faculty of Physics');
  await look('tenants');
  await page.getByRole('button', { name: 'Look into Faculty of Physics' }).click();
  await page.getByTestId('tenant-banner').waitFor();
  await go('/admin/users');
  await shown('Nobody yet');
  await click('user-add');
  await page.getByLabel('Name').fill('Marie Curie');
  await page.getByLabel('E-mail').fill('marie@physics.example.org');
  await page.getByLabel('First password').fill('a long enough one');
  await page.getByTestId('role-administrator').check();
  await look('user-add');
  await click('user-save');
  await shown('Marie Curie');
  await look('users-of-tenant');
  await click('tenant-home');
  await page.getByTestId('tenant-banner').waitFor({ state: 'detached' });
  await go('/admin/users');
  await shown(founder.account.email);
  expect(await page.getByText('Marie Curie').count()).toBe(0);
});

it('quotas are set and shown with bars, to administrators and to who is limited', async () => {
  await go('/admin/quotas');
  await click('quota-tenant');
  await fill('limit-sessions', '40');
  await fill('limit-memoryMib', '65536');
  await click('quota-save');
  await shown('0 of 40');
  await click('quota-each');
  await fill('limit-sessions', '2');
  await click('quota-save');
  await shown('at most 2');
  await click('quota-new');
  await fill('quota-who', helper.account.name);
  await page.getByRole('option', { name: helper.account.name }).click();
  await fill('limit-vcpus', '8');
  await look('quota-new');
  await click('quota-save');
  await shown('0 of 8');
  await look('quotas');
  await go('/');
  await shown('What default may have');
  await look('portal-quotas');
});

it('a tenant that is suspended says so, and lets its administrator in no more', async () => {
  await go('/admin/tenants');
  await page.getByRole('button', { name: 'Suspend Faculty of Physics' }).click();
  await fill('suspend-reason', 'moving to another building');
  await look('suspend');
  await click('confirm');
  await page.getByText('Suspended', { exact: true }).waitFor();
  await click('user-menu');
  await click('sign-out');
  await page.getByTestId('login-submit').waitFor();
  await signIn(page, { email: 'marie@physics.example.org', password: 'a long enough one' });
  await shown('moving to another building');
  await look('suspended');
  await click('failure-sign-out');
  await page.getByTestId('login-submit').waitFor();
});

it('helpdesk has the pages of what helpdesk may, and no others', async () => {
  await founder.api.users.setRoles({ id: helper.id, roles: ['helpdesk'] });
  await signIn(page, helper.account);
  await page.getByTestId('user-menu').waitFor();
  await go('/admin/users');
  await shown(founder.account.email);
  expect(await inConsole()).toEqual([
    'Overview',
    'Tasks',
    'Help somebody',
    'Pools',
    'Applications',
    'Machines',
    'Sessions',
    'Users',
    'Groups',
    'Quotas',
  ]);
  expect(await page.getByTestId('user-add').count()).toBe(0);
  await look('users-helpdesk');
  await go('/admin');
  await shown('Nobody works now');
  await look('overview-helpdesk');
});

it('nothing that was shown violates a rule of axe', () => expect(complaints).toEqual([]));
