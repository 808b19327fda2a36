import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@orangery/std';
import { type BrowserContext, chromium, type Page, type Request } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A page follows what changes for as long as it is shown, and ends that when it goes. */
const isLive = (request: Request): boolean => new URL(request.url()).pathname === '/api/live';

/** A browser with an empty profile of its own: another device, as far as the product can tell. */
export async function openBrowser(viewport = { width: 1280, height: 800 }): Promise<{
  context: BrowserContext;
  page: Page;
  close: () => Promise<void>;
  problems: string[];
  /** Resolves when nothing has been asked for or answered for half a second. */
  quiet: () => Promise<void>;
}> {
  const profile = await mkdtemp(join(tmpdir(), 'orangery-browser-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: '/usr/bin/chromium',
    headless: true,
    args: ARGUMENTS,
    viewport,
    // The installation's own authority is not in the browser's store.
    ignoreHTTPSErrors: true,
  });
  const page = context.pages()[0] ?? (await context.newPage());
  // What a person would only find in the browser's tools: a page that looks right may still have lost something.
  const problems: string[] = [];
  const asked = new Set<Request>();
  let changedMs = systemClock.monotonicMs();
  const note = (request: Request, is: boolean): void => {
    if (isLive(request)) return;
    if (is) asked.add(request);
    else asked.delete(request);
    changedMs = systemClock.monotonicMs();
  };
  context.on('request', (request) => note(request, true));
  context.on('requestfinished', (request) => note(request, false));
  context.on('requestfailed', (request) => {
    note(request, false);
    const reason = request.failure()?.errorText;
    // What a page gives up itself: it is left while it still asks, or asks anew for what has changed meanwhile.
    if (!isLive(request) && reason !== 'net::ERR_ABORTED') problems.push(`${request.url()}: ${reason}`);
  });
  // What a page's own policy refuses says so here.
  context.on('console', (message) => {
    if (/Content Security Policy/.test(message.text())) problems.push(message.text());
  });
  context.on('response', (answer) => {
    if (answer.status() >= 500 || (answer.status() >= 400 && answer.url().includes('/assets/'))) {
      problems.push(`${answer.url()}: ${answer.status()}`);
    }
  });
  return {
    context,
    page,
    problems,
    async quiet() {
      const beganMs = systemClock.monotonicMs();
      while (asked.size > 0 || systemClock.monotonicMs() - changedMs < QUIET_MS) {
        if (systemClock.monotonicMs() - beganMs > QUIET_MAX_MS)
          throw new Error(`still asked for: ${[...asked].map((each) => each.url()).join(', ')}`);
        await systemClock.sleep(QUIET_LOOK_MS);
      }
    },
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

/** Signs in, on the page that asks for it. */
export async function signIn(page: Page, account: { email: string; password: string }): Promise<void> {
  await page.getByLabel('E-mail').fill(account.email);
  await page.getByLabel('Password').first().fill(account.password);
  await page.getByTestId('login-submit').click();
}

/** Chromium's word for an interface that came or went while it asked; see docs/flakes.md. */
const NETWORK_CHANGED = /ERR_NETWORK_CHANGED/;
const LOADS_MAX = 6;
const QUIET_MS = 500;
const QUIET_MAX_MS = 30_000;
const QUIET_LOOK_MS = 50;

/** Loads a page with everything on it. */
export async function visit(
  { page, problems, quiet }: { page: Page; problems: string[]; quiet: () => Promise<void> },
  address: string,
): Promise<void> {
  for (let loads = 0; loads < LOADS_MAX; loads += 1) {
    problems.length = 0;
    // From elsewhere, as an address that differs only in its fragment would load nothing.
    await page.goto('about:blank');
    const failure = await page
      .goto(address)
      .then(quiet)
      .then(
        () => undefined,
        (error: unknown) => String(error),
      );
    const reasons = failure === undefined ? problems : [...problems, failure];
    if (reasons.length === 0) return;
    if (!reasons.every((reason) => NETWORK_CHANGED.test(reason))) throw new Error(reasons.join('\n'));
  }
  throw new Error(`${address} was cut off ${LOADS_MAX} times:\n${problems.join('\n')}`);
}
