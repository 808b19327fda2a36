import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostDriver } from '@orangery/hypervisor';
import { systemRng } from '@orangery/std';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openHost } from '../crash/order.ts';
import { Installation } from '../installation.ts';
import { openBrowser, signIn, visit } from '../journeys/browser.ts';
import { untilPainted } from '../journeys/canvas.ts';
import { startReady } from '../planted.ts';
import type { Person } from '../person.ts';

const PICTURES = process.env['ORANGERY_TEST_PICTURES'];
/** A cold start of Firefox under emulation. */
const FIREFOX_MS = 240_000;
const TITLE = `Orangenbaum-${systemRng.uuid().slice(0, 8)}`;

/** A whole desktop's browser as a published application, in a browser: what a person keeps in it comes with them. */
describe.skipIf(!inject('longParts').includes('bookmark'))('a browser that is published', () => {
  let installation: Installation;
  let host: HostDriver;
  let ada: Person & { id: string; account: { email: string; password: string } };
  let browser: Awaited<ReturnType<typeof openBrowser>>;
  let page: Page;
  let poolId: string;
  let firstVersion: string;

  beforeAll(async () => {
    installation = await Installation.create({ ORANGERY_RECIPES: 'debian-xfce' });
    await startReady(installation);
    host = await openHost(installation);
    ada = await installation.person('person');
    const [pool] = await installation.api.pools.list();
    poolId = pool?.id ?? '';
    firstVersion = pool?.versions[0]?.id ?? '';
    await installation.api.pools.update({ id: poolId, profileGib: 1 });
    const { id } = await installation.api.applications.create({
      name: 'firefox',
      poolId,
      program: 'firefox-esr.desktop',
    });
    await installation.api.applications.entitle({ id, principalId: ada.id });
    browser = await openBrowser();
    ({ page } = browser);
    await visit(browser, `${installation.origin}/login`);
    await signIn(page, ada.account);
    await page.getByTestId('user-menu').waitFor();
  }, 900_000);

  afterAll(async () => {
    await browser?.close();
    await host?.close();
    await ada?.close();
    await installation?.purge();
  }, 120_000);

  async function picture(name: string): Promise<void> {
    if (PICTURES === undefined) return;
    await mkdir(PICTURES, { recursive: true });
    await page.screenshot({ path: join(PICTURES, `${name}.png`) });
  }

  async function inGuest(machineId: string, script: string): Promise<string> {
    const session = 'DISPLAY=:0 XAUTHORITY=/run/user/1000/Xauthority XDG_RUNTIME_DIR=/run/user/1000';
    const { exitCode, stdout, stderr } = await host.machines.exec(machineId, {
      path: '/bin/sh',
      args: ['-c', `cd /home/desktop && exec runuser -u desktop -- env ${session} sh -c "$0"`, script],
      timeoutMs: 60_000,
    });
    expect(exitCode, `${script}: ${stdout} ${stderr}`).toBe(0);
    return stdout.trim();
  }

  const until = (machineId: string, script: string, wanted: RegExp): Promise<void> =>
    installation.until(script, async () => wanted.test(await inGuest(machineId, script)), FIREFOX_MS);

  /** By its tile, until its window is there. */
  async function open(): Promise<{ sessionId: string; machineId: string }> {
    await visit(browser, installation.origin);
    await page.getByTestId(/application-open-Firefox/).click();
    await untilPainted(page);
    const [session] = (await ada.api.sessions.list({})).items;
    const of = { sessionId: session?.id ?? '', machineId: session?.machine?.id ?? '' };
    await until(
      of.machineId,
      'xdotool search --onlyvisible --class firefox getwindowname || true',
      /Firefox/,
    );
    return of;
  }

  /** Of what the window shows, its whole screen; frames and panels are around none. */
  const WINDOW = 'xdotool getactivewindow getwindowgeometry --shell; xdotool getdisplaygeometry';

  async function close({ sessionId, machineId }: { sessionId: string; machineId: string }): Promise<void> {
    await inGuest(
      machineId,
      'xdotool search --onlyvisible --class firefox windowactivate key --window 0 ctrl+q',
    );
    await installation.until(
      'the end of the session',
      async () => (await ada.api.sessions.show({ id: sessionId })).endedAt !== null,
    );
    expect(await ada.api.sessions.show({ id: sessionId })).toMatchObject({
      reason: 'its last window was closed',
    });
    await installation.until('the end of the machine', async () => {
      const machines = await installation.db.selectFrom('machine').select('id').execute();
      return machines.every(({ id }) => id !== machineId);
    });
  }

  it('opens by its tile, alone and as large as the window, and its session ends with it', async () => {
    await visit(browser, installation.origin);
    await page.getByTestId(/application-open-Firefox/).waitFor();
    await picture('application-tile');
    const first = await open();
    const shown = await inGuest(first.machineId, WINDOW);
    const [, x = '', y = '', width = '', height = ''] =
      /X=(\d+)\nY=(\d+)\nWIDTH=(\d+)\nHEIGHT=(\d+)/.exec(shown) ?? [];
    expect([x, y, `${width} ${height}`]).toEqual(['0', '0', shown.split('\n').at(-1)]);
    expect(await inGuest(first.machineId, 'pgrep -x xfce4-panel || echo none')).toBe('none');
    await inGuest(
      first.machineId,
      `echo '<title>${TITLE}</title><h1>${TITLE}</h1>' >page.html && (firefox-esr file://$PWD/page.html >/dev/null 2>&1 &)`,
    );
    await until(first.machineId, 'xdotool getactivewindow getwindowname', new RegExp(TITLE));
    await picture('application-window');
    await inGuest(first.machineId, 'xdotool key ctrl+d && sleep 5 && xdotool key Return');
    await until(
      first.machineId,
      `find .mozilla -name 'places.sqlite*' -exec grep -al '${TITLE}' {} + || true`,
      /places/,
    );
    await close(first);
    await page.getByText('its last window was closed').waitFor();
    await picture('application-ended');
  }, 900_000);

  it('has the file and the bookmark on another machine, of a newer version of its image', async () => {
    const { db, api } = installation;
    const first = await db.selectFrom('image_version').selectAll().executeTakeFirstOrThrow();
    const { image_id, path, file_bytes, virtual_bytes } = first;
    const next = await db
      .insertInto('image_version')
      .values({ image_id, path, file_bytes, virtual_bytes, version: first.version + 1, phase: 'ready' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await api.images.makeCurrent({ id: next.id });
    await installation.until(
      'the roll-out',
      async () => {
        const { rollout, versions } = await api.pools.show({ id: poolId });
        return rollout?.phase === 'done' && versions.some(({ serves, ready }) => serves && ready > 0);
      },
      600_000,
    );
    const again = await open();
    const { image_version_id: version } = await db
      .selectFrom('machine')
      .select('image_version_id')
      .where('id', '=', again.machineId)
      .executeTakeFirstOrThrow();
    expect(version).toBe(next.id);
    expect(version).not.toBe(firstVersion);
    expect(await inGuest(again.machineId, 'cat page.html')).toContain(TITLE);
    expect(
      await inGuest(again.machineId, `find .mozilla -name 'places.sqlite*' -exec grep -al '${TITLE}' {} +`),
    ).toContain('places');
    await close(again);
  }, 1_200_000);
});
