import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../journeys/browser.ts';
import { look, present } from './pages.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let page: Page;
const complaints: string[] = [];
const SUBJECTS = ['Astronomy', 'Biology', 'Chemistry', 'Drawing', 'English', 'French', 'Geography'];

beforeAll(async () => {
  two = await makeTwoTenants();
  const { db, tenantId, poolId } = two.world;
  const { id: principalId } = await two.of('person').api.me.show();
  const { image_id } = await db
    .selectFrom('pool')
    .select('image_id')
    .where('id', '=', poolId)
    .executeTakeFirstOrThrow();
  for (const title of SUBJECTS) {
    const { id } = await db
      .insertInto('pool')
      .values({
        tenant_id: tenantId,
        name: title.toLowerCase(),
        title,
        image_id,
        kind: 'pooled',
        cpus: 1,
        memory_mib: 512,
      })
      .returning('id')
      .executeTakeFirstOrThrow();
    await two.founder.api.entitlements.add({ poolId: id, principalId });
  }
  browser = await openBrowser();
  ({ page } = browser);
});
afterAll(async () => {
  await browser?.close();
  await two?.close();
});

const titles = (): Promise<string[]> => page.locator('article h2').allInnerTexts();

/** Goes on by the keyboard until the element with this test id has the focus. */
async function tabTo(testId: string): Promise<void> {
  for (let steps = 0; steps < 60; steps += 1) {
    const focused = await page.evaluate<string>(`document.activeElement?.getAttribute('data-testid') ?? ''`);
    if (focused === testId) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`the keyboard does not come to ${testId}`);
}

it('who has no pointer signs in, puts a desktop first, finds one and opens it', async () => {
  // The page asks whether names are enough as well; who is faster than its answer loses nothing of what they type.
  const typed = Promise.withResolvers<void>();
  await page.route('**/api/sign-in', async (route) => {
    await typed.promise;
    await route.continue();
  });
  await page.goto(`${two.origin}/login`);
  await present(page.locator('input[autocomplete="username"]:focus'), 'the first field, with the focus');
  await page.keyboard.type('person@');
  typed.resolve();
  await present(page.getByLabel('Name or e-mail'), 'that a name is enough');
  await page.keyboard.type('example.org');
  expect(await page.getByLabel('Name or e-mail').inputValue()).toBe('person@example.org');
  await page.keyboard.press('Tab');
  await page.keyboard.type('a long enough one');
  await page.keyboard.press('Enter');
  await present(page.getByTestId('star-Geography'), 'the last desktop');
  expect(await titles()).toEqual(SUBJECTS);

  await tabTo('star-French');
  await page.keyboard.press('Enter');
  await expect.poll(titles).toEqual(['French', ...SUBJECTS.filter((title) => title !== 'French')]);
  await browser.quiet();
  complaints.push(...(await look(page, 'portal')));

  await page.getByTestId('portal-search').focus();
  await page.keyboard.type('geogr');
  await expect.poll(titles).toEqual(['Geography']);
  await tabTo('desktop-open-small');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/session/*');
  await page.goto(two.origin);
  await present(page.getByTestId('desktop-logoff-small'), 'what is open');
  expect((await titles()).slice(0, 2)).toEqual(['Geography', 'French']);
});

it('speaks German to who chooses it, from then on, with the page’s language said', async () => {
  await page.getByTestId('user-menu').click();
  await page.getByTestId('language-de').click();
  await present(page.getByRole('heading', { name: 'Meine Desktops' }), 'the portal in German');
  expect(await page.locator('html').getAttribute('lang')).toBe('de');
  await present(page.getByText('Hallo person.'), 'the greeting');
  await present(page.getByText('1 ist gerade offen.'), 'how many are open');
  await browser.quiet();
  complaints.push(...(await look(page, 'portal-german')));
  await page.getByTestId('user-menu').click();
  await page.getByTestId('sign-out').click();
  await present(page.getByRole('button', { name: 'Anmelden', exact: true }), 'the way in, in German');
  complaints.push(...(await look(page, 'login-german')));
  await page.getByTestId('language').click();
  await page.getByTestId('language-en').click();
  await present(page.getByRole('button', { name: 'Sign in', exact: true }), 'the way in, in English');
});

it('axe finds nothing', () => {
  expect(complaints).toEqual([]);
});
