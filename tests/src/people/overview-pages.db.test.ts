import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, signIn } from '../journeys/browser.ts';
import { shot } from '../screenshots.ts';
import { look, present } from './pages.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
let browser: Awaited<ReturnType<typeof openBrowser>>;
const complaints: string[] = [];

beforeAll(async () => {
  two = await makeTwoTenants();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
  await two?.close();
});

async function enter(name: string): Promise<void> {
  await browser.context.clearCookies();
  await browser.page.goto(`${two.origin}/login`);
  await signIn(browser.page, { email: `${name}@example.org`, password: 'a long enough one' });
  await present(browser.page.getByTestId('user-menu'), 'who signed in');
  await browser.page.goto(`${two.origin}/admin`);
}

it('the console begins with what needs somebody, what to do, and the way there', async () => {
  const { page } = browser;
  const { db, hostId, poolId, tenantId } = two.world;
  await two.world.machines(2);
  await enter('founder');
  await present(page.getByTestId('check-hosts'), 'the overview');
  const storage = { path: '/nowhere', capacityBytes: 100e9, availableBytes: 5e9 };
  await db
    .updateTable('host')
    .set({ phase: 'unreachable', reason: 'no route to it', storage: JSON.stringify(storage) })
    .where('id', '=', hostId)
    .execute();
  await db
    .insertInto('rollout')
    .values({
      pool_id: poolId,
      to_version_id: two.world.imageVersionId,
      phase: 'stopped',
      reason: 'the first froze',
    })
    .execute();
  await db
    .insertInto('machine_failure')
    .values({
      tenant_id: tenantId,
      pool_id: poolId,
      machine_id: crypto.randomUUID(),
      machine: 'small-7f3a',
      was_ready: false,
      reason: 'its guest never answered',
    })
    .execute();
  await db
    .insertInto('loop_status')
    .values({
      loop: 'machines',
      key: crypto.randomUUID(),
      outcome: 'failed',
      detail: 'no space left on the device',
    })
    .execute();

  const wants = page.getByTestId('overview-wants');
  for (const text of [
    'local is unreachable: no route to it',
    'local is 95 % full',
    'roll-out stopped: the first froze',
    'no space left',
  ])
    await present(wants.getByText(text), text);
  await browser.quiet();
  complaints.push(...(await look(page, 'overview')));
  await shot(page, 'overview');
  await page.getByRole('link', { name: /^Open Pools: .*roll-out stopped/ }).click();
  await page.waitForURL(`**/admin/pools/${poolId}`);
});

it('what one may not see is not on it', async () => {
  const { page } = browser;
  await enter('helpdesk');
  await present(page.getByTestId('check-sessions'), 'the overview of who helps people');
  for (const name of ['hosts', 'storage', 'server', 'loops', 'mail', 'images'])
    expect([name, await page.getByTestId(`check-${name}`).count()]).toEqual([name, 0]);
  complaints.push(...(await look(page, 'overview-helpdesk')));
});

it('axe finds nothing', () => {
  expect(complaints).toEqual([]);
});
