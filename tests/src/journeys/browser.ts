import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContext, chromium, type Page } from 'playwright-core';

const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** A browser with an empty profile of its own: another device, as far as the product can tell. */
export async function openBrowser(
  viewport = { width: 1280, height: 800 },
): Promise<{ context: BrowserContext; page: Page; close: () => Promise<void>; problems: string[] }> {
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
  context.on('requestfailed', (request) =>
    problems.push(`${request.url()}: ${request.failure()?.errorText}`),
  );
  context.on('response', (answer) => {
    if (answer.status() >= 500 || (answer.status() >= 400 && answer.url().includes('/assets/'))) {
      problems.push(`${answer.url()}: ${answer.status()}`);
    }
  });
  return {
    context,
    page,
    problems,
    async close() {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}
