import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openBrowser } from '../journeys/browser.ts';
import { look, present } from './pages.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let places: Record<string, string>;

beforeAll(async () => {
  two = await makeTwoTenants();
  const { world, founder, of } = two;
  await world.machines(3);
  const { id: principalId } = await of('person').api.me.show();
  await founder.api.entitlements.add({ poolId: world.poolId, principalId });
  await of('person').api.desktops.open({ id: world.poolId });
  const group = await founder.api.groups.create({ name: 'Class 3b' });
  await founder.api.groups.addMember({ id: group.id, personId: principalId });
  places = { pool: world.poolId, group: group.id };
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await two?.close();
});

/** Every page of the console that no test of its own looks at. */
const CONSOLE = [
  'tenants',
  'storage',
  'images',
  'images/import',
  'pools',
  'pools/new',
  'pools/{pool}',
  'applications',
  'groups',
  'groups/{group}',
  'directories',
  'directories/new',
  'quotas',
  'audit',
  'mail',
];
const PORTAL = ['', 'account'];
const LANGUAGES = ['en', 'de'] as const;

async function enter(email: string, language: string): Promise<void> {
  const { page, context } = browser;
  await context.clearCookies();
  await page.goto(`${two.origin}/login`);
  await page.evaluate(`localStorage.setItem('orangery.language', '${language}')`);
  await page.reload();
  await page.getByLabel(language === 'de' ? 'E-Mail' : 'E-mail').fill(email);
  await page
    .getByLabel(/^(Password|Passwort)/)
    .first()
    .fill('a long enough one');
  await page.getByTestId('login-submit').click();
  await present(page.getByTestId('user-menu'), 'who signed in');
}

/** Each page four times: in light and dark, on a phone and on a desk. */
const TIMEOUT_MS = 300_000;

for (const language of LANGUAGES) {
  const isRun = language === 'en' || inject('longParts').includes('every page in German');
  it.runIf(isRun)(`axe finds nothing on any page, in ${language}`, { timeout: TIMEOUT_MS }, async () => {
    const { page } = browser;
    const complaints: string[] = [];
    const see = async (path: string, name: string): Promise<void> => {
      await page.goto(`${two.origin}/${path}`);
      await present(page.locator('h1').first(), path);
      await browser.quiet();
      complaints.push(...(await look(page, `${name}-${language}`)));
    };
    await enter('person@example.org', language);
    for (const path of PORTAL) await see(path, path === '' ? 'my-desktops' : path);
    await enter('founder@example.org', language);
    for (const path of CONSOLE) {
      const filled = path.replaceAll(/\{(\w+)\}/g, (_, what: string) => places[what] ?? '');
      await see(`admin/${filled}`, path.replaceAll(/[/{}]+/g, '-'));
    }
    expect(complaints).toEqual([]);
  });
}
