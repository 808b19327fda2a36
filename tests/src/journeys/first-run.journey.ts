import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { systemClock, systemRng } from '@orangery/std';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IMAGE_CACHE } from '../installation.ts';
import { shot as shotOf } from '../screenshots.ts';
import { violationsOf } from './accessibility.ts';
import { openBrowser, signIn, visit } from './browser.ts';
import { untilPainted, widthOf } from './canvas.ts';
import { orangery, sessionMachine } from './command.ts';
import {
  addPerson,
  endSessionOf,
  giveDesktop,
  makeGroup,
  makePool,
  takeDesktop,
  walkConsole,
} from './console.ts';
import { Guest } from './guest.ts';
import { openLine } from './line.ts';

/**
 * What a newcomer does, from `./orangery up` to the log-off, in a real browser and a real guest. With
 * ORANGERY_SCREENSHOTS set, the pictures of the README are made anew.
 */
const IMAGE = process.env['ORANGERY_JOURNEY_IMAGE'] ?? 'debian-openbox';
const state = `/var/lib/orangery-j-${systemRng.uuid().slice(0, 6)}`;
const env = { ORANGERY_IMAGES: IMAGE_CACHE };
const grace = { name: 'Grace Member', email: 'grace@example.org', password: 'another phrase of hers' };
const account = { name: 'Ada Newcomer', email: 'ada@example.org', password: 'a pass phrase of hers' };

let browser: Awaited<ReturnType<typeof openBrowser>>;
let line: Awaited<ReturnType<typeof openLine>>;
let page: Page;
let link = '';
let guest: Guest;

const shot = (name: string): Promise<void> => shotOf(page, name);
const viewerState = (expected: string, timeout = 60_000): Promise<unknown> =>
  page.locator(`[data-testid=viewer-state][data-state=${expected}]`).waitFor({ timeout });
const tile = (): ReturnType<Page['locator']> => page.getByTestId(`desktop-tile-${IMAGE}`);
/** Whether everybody can use what is shown now. */
const look = async (shown: string, at = page): Promise<void> =>
  expect.soft(await violationsOf(at, shown)).toEqual([]);

const openTools = async (): Promise<void> => {
  const handle = page.getByTestId('viewer-handle');
  if ((await handle.getAttribute('aria-expanded')) !== 'true') await handle.click();
};

describe('a newcomer', () => {
  beforeAll(async () => {
    browser = await openBrowser();
    page = browser.page;
    await browser.context.grantPermissions([]);
  });

  afterAll(async () => {
    await guest?.close();
    await line?.close();
    await browser?.close();
    const { code, output } = await orangery(['down', '--state', state, '--purge']);
    expect(output).toContain('✓ Server');
    expect(code).toBe(0);
  });

  it('runs one command, is interrupted at each step, runs it again, and is given an address and a link', async () => {
    // Killed as soon as each step begins; the next run finds what is done and goes on from there.
    for (const step of ['Debian packages', 'libvirt', 'Database', 'Web pages', 'Server', 'Template']) {
      const killWhen = new RegExp(`▸ ${step}`);
      const interrupted = await orangery(['up', '--state', state, '--image', IMAGE], { env, killWhen });
      expect({ step, code: interrupted.code }).toEqual({ step, code: null });
    }
    const { code, output } = await orangery(['up', '--state', state, '--image', IMAGE], { env });
    expect(output).toContain('Orangery is ready');
    expect(code).toBe(0);
    link = /https:\/\/\S+\/setup#token=\S+/.exec(output)?.[0] ?? '';
    const port = Number(new URL(link).port);
    // The browser's line can be cut; to the server it is just another name of its own.
    line = await openLine(port);
    link = link.replace(`:${port}/`, `:${line.port}/`);
  });

  it('sets an administrator by the link, once', async () => {
    await visit(browser, link);
    await page.getByTestId('setup-submit').click();
    await look('setup, with faults');
    await page.getByLabel('Name').fill(account.name);
    await page.getByLabel('E-mail').fill(account.email);
    await page
      .getByLabel(/^Password/)
      .first()
      .fill(account.password);
    const again = page.getByLabel(/again|repeat|confirm/i);
    if ((await again.count()) > 0) await again.first().fill(account.password);
    await shot('setup');
    await page.getByTestId('setup-submit').click();
    await tile().waitFor({ timeout: 30_000 });
    // The token is out of the address bar, and the link is used up.
    expect(page.url()).not.toContain('token');
    const second = await browser.context.newPage();
    await second.goto(link);
    await expect.poll(() => second.textContent('body')).toMatch(/already|used|sign in/i);
    await look('setup, too late', second);
    await second.close();
  });

  it('sees a desktop that is ready, and clicks', async () => {
    await page.locator(`[data-testid=desktop-tile-${IMAGE}][data-state=ready]`).waitFor({ timeout: 60_000 });
    await shot('portal');
    await look('portal');
    for (const menu of ['color-scheme', 'user-menu']) {
      await page.getByTestId(menu).click();
      await page.getByRole('menu').waitFor();
      await look(`portal, ${menu}`);
      await page.keyboard.press('Escape');
      await page.getByRole('menu').waitFor({ state: 'detached' });
    }
    await page.getByTestId(`desktop-open-${IMAGE}`).click();
    await viewerState('connected');
    await untilPainted(page);
    await shot('desktop');
    const { installationId, machineId } = await sessionMachine(state);
    guest = await Guest.of(installationId, machineId);
  });

  it('types in it', async () => {
    // A window that takes what is typed and keeps it.
    await guest.run('setsid xterm -T typing -e sh -c "cat > /tmp/typed" >/dev/null 2>&1 &');
    await guest.until('xdotool search --name typing getwindowname', (output) => output.includes('typing'));
    await guest.run('xdotool search --name typing windowactivate --sync windowfocus --sync');
    await page.locator('[data-testid=viewer] canvas').focus();
    await page.keyboard.press('Shift+KeyT');
    await page.keyboard.type('yped by hand 42', { delay: 60 });
    await page.keyboard.press('Shift+Digit1');
    await page.keyboard.press('Enter');
    await guest.until('cat /tmp/typed', (output) => output.includes('Typed by hand 42!'));
  });

  it('resizes the window, and the desktop follows', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await guest.until('xrandr | grep "\\*"', (output) => output.includes('1440x900'));
    await expect.poll(() => widthOf(page), { timeout: 30_000 }).toBe(1440);
    await page.setViewportSize({ width: 1280, height: 800 });
    await guest.until('xrandr | grep "\\*"', (output) => output.includes('1280x800'));
  });

  it('copies text both ways', async () => {
    await look('viewer');
    await openTools();
    await look('viewer, tools');
    await page.getByTestId('viewer-clipboard').click();
    await look('viewer, clipboard');
    await page.getByTestId('viewer-clipboard-text').fill('from the browser: ä ö 漢');
    await page.getByTestId('viewer-clipboard-send').click();
    await guest.until(
      'timeout 5 xclip -o -selection clipboard',
      (output) => output === 'from the browser: ä ö 漢',
    );
    await guest.run(
      'printf "from the desktop: ß €" | setsid xclip -i -selection clipboard >/dev/null 2>&1 &',
    );
    await expect
      .poll(() => page.getByTestId('viewer-clipboard-text').inputValue(), { timeout: 30_000 })
      .toBe('from the desktop: ß €');
    await page.getByTestId('viewer-logoff').click();
    await page.getByTestId('confirm').waitFor();
    await look('viewer, log off?');
    await page.getByTestId('confirm-cancel').click();
    await page.keyboard.press('Escape');
    await guest.until('xrandr | grep "\\*"', (output) => output.includes('1280x800'));
  });

  it('loses the network for ten seconds and goes on where it was', async () => {
    line.cut();
    await viewerState('reconnecting', 30_000);
    await look('viewer, reconnecting');
    await systemClock.sleep(10_000);
    line.mend();
    await viewerState('connected', 30_000);
    await untilPainted(page);
    await page.locator('[data-testid=viewer] canvas').focus();
    await guest.run('xdotool search --name typing windowactivate --sync windowfocus --sync');
    await page.keyboard.type('after the gap', { delay: 60 });
    await page.keyboard.press('Enter');
    await guest.until('cat /tmp/typed', (output) => output.includes('after the gap'));
  });

  it('closes the tab and finds the session from another browser', async () => {
    await page.goto('about:blank');
    const other = await openBrowser({ width: 1280, height: 800 });
    try {
      await visit(other, `https://localhost:${line.port}/`);
      await look('sign-in', other.page);
      await signIn(other.page, account);
      const open = other.page.getByTestId(`desktop-open-${IMAGE}`);
      await open.filter({ hasText: 'Go on' }).click();
      await other.page
        .locator('[data-testid=viewer-state][data-state=connected]')
        .waitFor({ timeout: 60_000 });
      expect(await guest.run('cat /tmp/typed')).toContain('after the gap');
    } finally {
      await other.close();
    }
  });

  it('finds everything in the console, lets somebody else in, and out again', async () => {
    await visit(browser, `https://localhost:${line.port}/`);
    await walkConsole(page, look);
    await addPerson(page, look, grace);
    await giveDesktop(page, look, grace.name);
    const hers = await openBrowser();
    try {
      await visit(hers, `https://localhost:${line.port}/`);
      await signIn(hers.page, grace);
      await hers.page.getByTestId(`desktop-open-${IMAGE}`).click();
      const connected = hers.page.locator('[data-testid=viewer-state][data-state=connected]');
      await connected.waitFor({ timeout: 60_000 });
      await takeDesktop(page, look, grace.name);
      // What she looks at stays; what she has left she cannot enter again.
      expect(await connected.count()).toBe(1);
      await hers.page.reload();
      await hers.page.locator('[data-testid=viewer-end][data-code=refused]').waitFor();
      await look('viewer, refused', hers.page);
      await endSessionOf(page, grace.name);
      await makeGroup(page, look, 'Compilers', grace.name);
    } finally {
      await hers.close();
    }
  });

  it('makes a pool of its own, closes it, and deletes it again', async () => {
    const { output } = await orangery(['pool', 'list', '--json', '--state', state]);
    const [{ cpus, memoryMib }] = JSON.parse(output) as [{ cpus: number; memoryMib: number }];
    await visit(browser, `https://localhost:${line.port}/`);
    await page.getByRole('link', { name: 'Console' }).click();
    await makePool(page, look, { title: 'Of her own', cpus, memoryGib: memoryMib / 1_024 });
  });

  it('logs off, and the machine is gone', async () => {
    await visit(browser, `https://localhost:${line.port}/`);
    await page.getByTestId(`desktop-logoff-${IMAGE}`).click();
    await page.getByTestId('confirm').click();
    await page.getByTestId(`desktop-logoff-${IMAGE}`).waitFor({ state: 'detached', timeout: 30_000 });
    await expect
      .poll(async () => (await orangery(['--state', state, 'session', 'list', '--json'])).output.trim(), {
        timeout: 60_000,
      })
      .toBe('[]');
  });

  it('leaves no secret in the server’s log', async () => {
    const log = await readFile(join(state, 'log', 'server.log'), 'utf8');
    expect(log).not.toContain(account.password);
    expect(log).not.toContain(link.split('token=')[1] ?? 'no link');
  });
});
