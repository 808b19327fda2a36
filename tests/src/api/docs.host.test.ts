import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import { openBrowser, visit } from '../journeys/browser.ts';
import type { Account, Person } from '../person.ts';

/** Pictures of the page are left here, for who wants to look at them. */
const PICTURES = process.env['ORANGERY_TEST_PICTURES'];

let installation: Installation;
let administrator: Person & { account: Account };
let browser: Awaited<ReturnType<typeof openBrowser>>;
beforeAll(async () => {
  installation = await Installation.create({ ORANGERY_RECIPES: '' });
  expect(await installation.start()).toBe('runs');
  administrator = await installation.person();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await administrator?.close();
  await installation?.purge();
});

describe('the API in a browser', () => {
  it('shows every operation under the policy of all pages, and calls one as who is signed in', async () => {
    const { page, problems } = browser;
    const origin = `https://localhost:${installation.port}`;
    await page.request.post(`${origin}/api/sign-in`, { data: administrator.account, headers: { origin } });
    await visit(browser, `${origin}/api/docs`);
    await page.getByRole('link', { name: 'groups', exact: true }).click();
    const list = page.locator('.opblock', { hasText: 'Groups by name' });
    await list.getByRole('button').first().click();
    await list.getByRole('button', { name: 'Try it out' }).click();
    await list.getByRole('button', { name: 'Execute' }).click();
    const answer = list.locator('.live-responses-table .response');
    await answer.getByText('200', { exact: true }).waitFor();
    expect(problems).toEqual([]);
    const asked = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => new URL(name).origin),
    );
    expect(new Set(asked)).toEqual(new Set([origin]));
    const headers = (await page.request.get(`${origin}/api/docs`)).headers();
    expect(headers['content-security-policy']).toContain("style-src 'self';");
    await takePictures();
  });
});

async function takePictures(): Promise<void> {
  if (PICTURES === undefined) return;
  for (const colorScheme of ['light', 'dark'] as const) {
    await browser.page.emulateMedia({ colorScheme });
    for (const width of [360, 820, 1440]) {
      await browser.page.setViewportSize({ width, height: 900 });
      const place = (part: string): string => join(PICTURES, `api-docs${part}-${width}-${colorScheme}.png`);
      await browser.page.screenshot({ path: place('') });
      await browser.page.keyboard.press('Home');
      await browser.page.screenshot({ path: place('-top') });
    }
  }
}
