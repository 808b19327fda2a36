import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, signIn } from '../journeys/browser.ts';
import { shot } from '../screenshots.ts';
import { look, present } from './pages.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
let browser: Awaited<ReturnType<typeof openBrowser>>;
let machines: string[];
const complaints: string[] = [];

beforeAll(async () => {
  two = await makeTwoTenants();
  const { world, founder, of } = two;
  machines = await world.machines(130);
  const { id: principalId } = await of('person').api.me.show();
  await founder.api.entitlements.add({ poolId: world.poolId, principalId });
  await of('person').api.desktops.open({ id: world.poolId });
  await furnish();
  browser = await openBrowser();
  await browser.page.goto(`${two.origin}/login`);
  await signIn(browser.page, { email: 'founder@example.org', password: 'a long enough one' });
  await present(browser.page.getByTestId('user-menu'), 'who signed in');
});
afterAll(async () => {
  await browser?.close();
  await two?.close();
});

/** What an installation at work has to show. */
async function furnish(): Promise<void> {
  const { db, hostId, poolId, imageVersionId, templateId } = two.world;
  const { image_id } = await db
    .selectFrom('image_version')
    .select('image_id')
    .where('id', '=', imageVersionId)
    .executeTakeFirstOrThrow();
  const version = { image_id };
  const progress = JSON.stringify({ step: 'Packages', fraction: 0.42, detail: 'firefox-esr' });
  await db
    .insertInto('image_version')
    .values([
      { ...version, version: 2, recipe_hash: 'b', phase: 'building', progress },
      {
        ...version,
        version: 3,
        recipe_hash: 'c',
        phase: 'failed',
        reason: 'deb.debian.org could not be reached',
      },
    ])
    .execute();
  await db
    .updateTable('template')
    .set({ phase: 'failed', reason: 'it never came to rest' })
    .where('id', '=', templateId)
    .execute();
  await db
    .insertInto('rollout')
    .values({
      pool_id: poolId,
      to_version_id: imageVersionId,
      phase: 'stopped',
      reason: 'two machines in a row never answered',
    })
    .execute();
  await db
    .updateTable('machine')
    .set({ name: 'small-0b77fe', mac_address: '52:54:00:3a:91:0c' })
    .where('id', '=', machines[0] ?? '')
    .execute();
  const now = Date.now();
  const machine = machines[0] ?? '';
  const points = Array.from({ length: 360 }, (_, index) => {
    const wave = Math.sin(index / 20) + 1;
    return {
      host_id: hostId,
      coarse: false,
      at: new Date(now - (360 - index) * 10_000),
      host: JSON.stringify([
        0.2 + wave / 4,
        (3 + wave) * 2 ** 30,
        1 + wave,
        5e6 * wave,
        2e6 * wave,
        1e6,
        3e5,
      ]),
      machines: JSON.stringify({
        [machine]: [
          0.3 + wave / 3,
          3e8 + wave * 4e7,
          1e6 * wave,
          4e5,
          2e5 * wave,
          5e4,
          index > 100 ? 20 + wave * 15 : null,
        ],
      }),
    };
  });
  await db.insertInto('host_sample').values(points).execute();
}

async function open(path: string): Promise<void> {
  await browser.page.goto(`${two.origin}/admin${path}`);
}

it('tasks are one list: how far each is, why it failed; what failed is tried again from here and from the overview', async () => {
  const { page } = browser;
  await open('/tasks');
  const tasks = page.getByTestId('tasks');
  await present(tasks.getByText('deb.debian.org could not be reached'), 'why it failed');
  await present(tasks.getByText('42 %'), 'how far it is');
  await browser.quiet();
  complaints.push(...(await look(page, 'tasks')));
  await shot(page, 'tasks');
  await tasks.getByRole('button', { name: 'Log of Build of Small, version 3' }).click();
  await present(page.getByRole('dialog').getByTestId('history'), 'its log');
  expect(page.url()).toContain('id=');
  complaints.push(...(await look(page, 'task-log')));
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Try again: Small, version 3' }).click();
  await tasks.getByText('deb.debian.org could not be reached').waitFor({ state: 'detached' });
  await open('');
  await page.getByRole('button', { name: /Try again: .*roll-out stopped/ }).click();
  await page.getByText(/roll-out stopped/).waitFor({ state: 'detached' });
  const rollout = await two.world.db.selectFrom('rollout').select('phase').executeTakeFirst();
  expect(rollout?.phase).toBe('rolling');
});

it('machines: the address says what is shown, heads sort, arrows move, and a long list is read on by scrolling', async () => {
  const { page } = browser;
  await open('/machines');
  const table = page.getByTestId('machines');
  await present(table, 'machines');
  await browser.quiet();
  complaints.push(...(await look(page, 'machines')));
  // Of 130 only those in sight are in the page.
  expect(await table.locator('tr[data-row]').count()).toBeLessThan(60);
  await page.keyboard.press('/');
  await page.keyboard.type('ready');
  await page.waitForURL('**/admin/machines?search=ready');
  await page.getByTestId('sort-name').click();
  await page.waitForURL('**/admin/machines?search=ready&sort=name&order=asc');
  const names = [...machines].length;
  expect(names).toBe(130);
  await page.reload();
  await present(table, 'machines again');
  expect(await page.getByTestId('machines-search').inputValue()).toBe('ready');
  await expectSorted();
  await table.getByTestId('choose').first().focus();
  await page.keyboard.press('Space');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Space');
  await present(page.getByText('2 chosen'), 'how many are chosen');
  complaints.push(...(await look(page, 'machines-chosen')));
  await shot(page, 'machines');
  await page.getByTestId('bulk-delete').click();
  await page.getByTestId('confirm').click();
  await present(page.getByText('Delete: 2 done'), 'what was done');
  const { rows } = {
    rows: await two.world.db.selectFrom('machine').select('id').where('desired', '=', 'absent').execute(),
  };
  expect(rows).toHaveLength(2);

  async function expectSorted(): Promise<void> {
    await page.locator('th[aria-sort="ascending"]').waitFor();
    const shown = await table.locator('tr[data-row] a').allInnerTexts();
    expect(shown.length).toBeGreaterThan(5);
    expect(shown).toEqual(shown.toSorted());
  }
});

it('a machine has a page of its own: what it is, how it goes, what happened to it', async () => {
  const { page } = browser;
  await open(`/machines/${machines[0]}`);
  await present(page.getByTestId('machine-history').getByTestId('history'), 'its history');
  await present(
    page.getByTestId('chart-processors').getByRole('img', { name: /^Processors\. busy, of 1: now/ }),
    'its chart',
  );
  await browser.quiet();
  complaints.push(...(await look(page, 'machine')));
  await shot(page, 'machine');
  await open('/machines/00000000-0000-4000-8000-000000000000');
  await present(page.getByText('There is nothing here'), 'that there is none').catch(async () => {
    expect(await page.locator('body').innerText()).toMatch(/not found|nothing/i);
  });
});

it('a host has one, too', async () => {
  const { page } = browser;
  await open('/hosts');
  await page.getByTestId('hosts').getByRole('link', { name: 'local' }).click();
  await present(
    page.getByTestId('chart-processors').getByRole('img', { name: /^Processors\. busy: now/ }),
    'its chart',
  );
  await browser.quiet();
  complaints.push(...(await look(page, 'host')));
});

it('sessions and users are lists of the same kind', async () => {
  const { page } = browser;
  await open('/sessions');
  await present(page.getByTestId('sessions').getByText('person', { exact: true }), 'a session');
  complaints.push(...(await look(page, 'sessions')));
  await page.getByTestId('sessions').getByTestId('choose').first().click();
  await page.getByTestId('bulk-end').click();
  await page.getByTestId('confirm').click();
  await present(page.getByText('End: 1 done'), 'that it ended');
  await page.getByText('Ended', { exact: true }).first().click();
  await page.waitForURL('**/admin/sessions?show=ended');
  await present(page.getByTestId('sessions').getByText('ended by founder'), 'why it ended');
  await open('/users?search=help&sort=email&order=desc');
  await present(page.getByTestId('users').getByText('helpdesk@example.org'), 'who was searched for');
  complaints.push(...(await look(page, 'users')));
});

it('axe finds nothing', () => {
  expect(complaints).toEqual([]);
});
