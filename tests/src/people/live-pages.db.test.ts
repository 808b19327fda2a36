import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, signIn } from '../journeys/browser.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let context: BrowserContext;
let page: Page;
/** The tabs that asked to follow, each time they did. */
const followed: Page[] = [];

beforeAll(async () => {
  two = await makeTwoTenants();
  browser = await openBrowser();
  ({ context, page } = browser);
  context.on('request', (request) => {
    if (new URL(request.url()).pathname === '/api/live') followed.push(request.frame().page());
  });
});
afterAll(async () => {
  await browser?.close();
  await two?.close();
});

/** Sooner than any page would ask by itself. */
const SOON = { timeout: 15_000 };

async function begin(reason: string): Promise<void> {
  const { id } = await two.of('auditor').api.me.show();
  const { tenantId: tenant_id, poolId: pool_id, db } = two.world;
  await db
    .updateTable('session')
    .set({ phase: 'ended', ended_at: new Date() })
    .where('principal_id', '=', id)
    .execute();
  await db.insertInto('session').values({ tenant_id, pool_id, principal_id: id, reason }).execute();
}

it('a page shows what changes, and all tabs of a browser share one stream', async () => {
  await page.goto(`${two.origin}/login`);
  await signIn(page, { email: 'administrator@example.org', password: 'a long enough one' });
  await page.getByTestId('user-menu').waitFor();
  await page.goto(`${two.origin}/admin/sessions`);
  await page.getByText('Nobody uses a desktop now.').waitFor();
  const other = await context.newPage();
  await other.goto(`${two.origin}/admin/sessions`);
  await other.getByText('Nobody uses a desktop now.').waitFor();
  await browser.quiet();
  expect(followed.filter((each) => each === other)).toEqual([]);

  await begin('the first in the queue');
  await page.getByText('the first in the queue').waitFor(SOON);
  await other.getByText('the first in the queue').waitFor(SOON);
});

it('another tab follows when the one that did is closed', async () => {
  const [, other] = context.pages();
  if (other === undefined) throw new Error('there are two');
  await page.close();
  page = other;
  await expect.poll(() => followed.at(-1) === other, SOON).toBe(true);
  await begin('the next in the queue');
  await page.getByText('the next in the queue').waitFor(SOON);
});

it('who is signed out from elsewhere is asked to sign in', async () => {
  await two.founder.api.users.signOut({ id: (await two.of('administrator').api.me.show()).id });
  await page.getByTestId('login-submit').waitFor(SOON);
});
