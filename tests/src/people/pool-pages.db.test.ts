import { openDesktop } from '@orangery/control';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser, signIn } from '../journeys/browser.ts';
import { look, present } from './pages.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

/** The pages of pools and storage, with all on them that they can show. */
let two: TwoTenants;
let browser: Awaited<ReturnType<typeof openBrowser>>;
const complaints: string[] = [];
const DAY = 86_400_000;

beforeAll(async () => {
  two = await makeTwoTenants();
  browser = await openBrowser();
  const { page } = browser;
  await page.goto(`${two.origin}/login`);
  await signIn(page, { email: 'founder@example.org', password: 'a long enough one' });
  await present(page.getByTestId('user-menu'), 'who signed in');
});
afterAll(async () => {
  await browser?.close();
  await two?.close();
});

const { max, min, round } = Math;

/** Who came in the weeks before, most of them around eight in the morning. */
async function weeksBefore(): Promise<void> {
  const { db, poolId, tenantId } = two.world;
  const people = await two.world.people(12);
  await db
    .updateTable('pool')
    .set({ created_at: new Date(Date.now() - 60 * DAY), time_zone: 'UTC' })
    .execute();
  const midnight = new Date().setUTCHours(0, 0, 0, 0);
  const rows = [0, 1, 2, 3, 4].flatMap((week) =>
    people.map((person, index) => {
      const at = new Date(midnight - week * 7 * DAY + (440 + index * 7 + week * 5) * 60_000);
      return {
        tenant_id: tenantId,
        pool_id: poolId,
        principal_id: person.id,
        phase: 'ended' as const,
        created_at: at,
        ended_at: at,
      };
    }),
  );
  await db.insertInto('session').values(rows).execute();
}

it('a pool’s page tells how a new version comes to it, what failed and what is kept ready, also on a phone', async () => {
  const { page } = browser;
  const { db, hostId, poolId, tenantId, imageVersionId } = two.world;
  await two.world.machines(3);
  await weeksBefore();
  const { image_id } = await db
    .selectFrom('image_version')
    .select('image_id')
    .where('id', '=', imageVersionId)
    .executeTakeFirstOrThrow();
  const next = await db
    .insertInto('image_version')
    .values({ image_id, version: 2, recipe_hash: 'b', phase: 'ready', path: '/nowhere/2' })
    .returning('id')
    .executeTakeFirstOrThrow();
  await db.updateTable('pool').set({ serves_version_id: imageVersionId, profile_gib: 10 }).execute();
  await db
    .insertInto('rollout')
    .values({ pool_id: poolId, from_version_id: imageVersionId, to_version_id: next.id, wave: 'quarter' })
    .execute();
  await db
    .insertInto('machine_failure')
    .values({
      tenant_id: tenantId,
      pool_id: poolId,
      host_id: hostId,
      machine_id: crypto.randomUUID(),
      machine: 'small-7f3a',
      was_ready: false,
      reason: 'its guest never answered',
      picture: await page.screenshot({ type: 'png' }),
    })
    .execute();
  await db
    .insertInto('host_network')
    .values({
      host_id: hostId,
      pool_id: poolId,
      name: 'org-shared',
      phase: 'ready',
      bridge: 'virbr9',
      subnet: '10.64.16.1/20',
      room: 4_077,
    })
    .execute();
  await page.goto(`${two.origin}/admin/pools/${poolId}`);
  await present(page.getByTestId('rollout'), 'the roll-out');
  await present(page.getByTestId('pool-demand'), 'who came');
  await present(page.getByText('its guest never answered'), 'the failure');
  await browser.quiet();
  complaints.push(...(await look(page, 'pool')));

  await page.setViewportSize({ width: 360, height: 800 });
  const open = page.getByRole('button', { name: 'Sessions' });
  await present(open, 'a group that is folded');
  expect(await page.getByTestId('pool-idle').isVisible()).toBe(false);
  expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
  // Folded, all of it is a few screens.
  expect(await page.evaluate<number>('document.documentElement.scrollHeight')).toBeLessThan(4_000);
  await open.click();
  expect(await page.getByTestId('pool-idle').isVisible()).toBe(true);
  complaints.push(...(await look(page, 'pool-unfolded')));
  await page.setViewportSize({ width: 360, height: 800 });
  await page.getByTestId('pool-idle').selectOption({ label: '30 minutes' });
  await page.getByTestId('pool-sessions-save').click();
  await expect.poll(async () => (await two.founder.api.pools.show({ id: poolId })).idleTimeoutS).toBe(1_800);
});

it('a pool of people’s own machines says which are switched on ahead, and what their disks are', async () => {
  const { page } = browser;
  const { db, poolId, hostId, tenantId } = two.world;
  await db.deleteFrom('rollout').execute();
  await db
    .updateTable('pool')
    .set({ kind: 'persistent', machine_name: '{person}-{random}', ready_count: 0, profile_gib: null })
    .where('id', '=', poolId)
    .execute();
  const [machine] = await two.world.machines(1);
  const run = { tenant_id: tenantId, pool_id: poolId, host_id: hostId, machine_id: machine!, limit_s: 3_600 };
  const from = new Date(Date.now() - DAY);
  await db
    .insertInto('machine_maintenance')
    .values({
      ...run,
      machine: 'ada-4f11',
      window_from: from,
      until: new Date(from.getTime() + 7 * 3_600_000),
      due_at: new Date(from.getTime() + 3_600_000),
      phase: 'ended',
      outcome: 'failed',
      reason: '20-updates: the mirror did not answer',
      started_at: new Date(from.getTime() + 3_600_000),
      ended_at: new Date(from.getTime() + 3_900_000),
      items: JSON.stringify([
        { name: '20-updates', outcome: 'failed', exitCode: 1, seconds: 300, detail: 'no answer' },
      ]),
    })
    .execute();
  const maintenance = {
    weekdays: [1, 2, 3, 4, 5, 6, 7],
    fromMinute: 1_320,
    lastsMinutes: 420,
    timeZone: 'UTC',
  };
  await two.founder.api.pools.update({ id: poolId, maintenance });
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${two.origin}/admin/pools/${poolId}`);
  await present(page.getByRole('heading', { name: 'Switched on ahead' }), 'what is on before people come');
  await page.getByTestId('pool-disk-kind').selectOption('full');
  await page.getByTestId('pool-machines-save').click();
  await page.getByTestId('pool-ready-count').fill('3');
  await page.getByTestId('pool-ready-save').click();
  await page.getByTestId('pool-clipboard').selectOption('toMachine');
  await page.getByTestId('pool-screen').selectOption('1920x1080');
  await page.getByTestId('pool-display-save').click();
  await expect
    .poll(() => two.founder.api.pools.show({ id: poolId }))
    .toMatchObject({
      diskKind: 'full',
      readyCount: 3,
      display: { clipboard: 'toMachine', screenMax: { width: 1_920, height: 1_080 } },
    });
  await browser.quiet();
  complaints.push(...(await look(page, 'pool-own')));
  await page.goto(`${two.origin}/admin/pools/new`);
  await present(page.getByTestId('pool-form'), 'the form');
  await page.getByTestId('pool-kind').getByText('A machine of one’s own').click();
  await page.getByTestId('pool-more').click();
  await browser.quiet();
  complaints.push(...(await look(page, 'pool-new')));
});

it('the storage page shows what is stored once', async () => {
  const { page } = browser;
  const { db, hostId } = two.world;
  const storage = { path: '/srv/orangery', capacityBytes: 2e12, availableBytes: 0.7e12 };
  await db
    .updateTable('host')
    .set({ storage: JSON.stringify(storage) })
    .where('id', '=', hostId)
    .execute();
  await db.insertInto('storage_dedupe').values({ host_id: hostId, enabled: true }).execute();
  for (let day = 1; day <= 14; day += 1) {
    const used = 1.4e12 + day * 5e9;
    const at = Date.now() - day * DAY;
    await db
      .insertInto('storage_dedupe_run')
      .values({
        host_id: hostId,
        started_at: new Date(at),
        ended_at: new Date(at + 3_600_000),
        outcome: day === 4 ? 'cut' : 'done',
        used_before: round(used),
        used_after: round(used - max(2e9, min(30e9, 40e9 / day))),
      })
      .execute();
  }
  await page.goto(`${two.origin}/admin/storage`);
  await present(page.getByTestId('storage'), 'the storage');
  await browser.quiet();
  complaints.push(...(await look(page, 'storage')));
});

it('who waits for a host that is away may open their desktop without their files', async () => {
  const { page } = browser;
  const { db, hostId, poolId, tenantId } = two.world;
  await db
    .updateTable('pool')
    .set({ kind: 'pooled', profile_gib: 10, machine_name: '{pool}-{random}', disk_kind: 'linked' })
    .execute();
  const { id } = await two.founder.api.me.show();
  await db
    .insertInto('profile_disk')
    .values({ tenant_id: tenantId, principal_id: id, host_id: hostId, size_gib: 10 })
    .execute();
  await db.updateTable('host').set({ phase: 'unreachable' }).where('id', '=', hostId).execute();
  const control = await two.world.server();
  const { sessionId } = await openDesktop(control, { id, tenantId }, poolId);
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.goto(`${two.origin}/session/${sessionId}`);
  await present(page.getByTestId('viewer-without'), 'the choice');
  complaints.push(...(await look(page, 'viewer-files-away')));
  await page.getByTestId('viewer-without').click();
  await expect
    .poll(
      async () => (await db.selectFrom('session').select('profile').where('id', '=', sessionId).execute())[0],
    )
    .toEqual({ profile: 'none' });
});

it('axe finds nothing', () => {
  expect(complaints).toEqual([]);
});
