import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { violationsOf } from '../journeys/accessibility.ts';

const PICTURES = process.env['ORANGERY_TEST_PICTURES'];

/** What axe says of what is shown now. Leaves pictures of it where ORANGERY_TEST_PICTURES names a folder. */
export async function look(page: Page, name: string): Promise<string[]> {
  const complaints = await violationsOf(page, name);
  if (PICTURES === undefined) return complaints;
  await mkdir(PICTURES, { recursive: true });
  for (const width of [360, 820, 1440]) {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.setViewportSize({ width, height: 800 });
      await page.emulateMedia({ colorScheme });
      await page.screenshot({
        path: join(PICTURES, `${name}-${width}-${colorScheme}.png`),
        fullPage: true,
        // Colours that fade are shown as they come to be.
        animations: 'disabled',
      });
    }
  }
  await page.setViewportSize({ width: 1280, height: 800 });
  await page.emulateMedia({ colorScheme: null });
  return complaints;
}

/** Waits until it is there; else tells what is there instead. */
export async function present(what: Locator, name: string): Promise<void> {
  await what.waitFor({ timeout: 15_000 }).catch(async (error: unknown) => {
    const page = what.page();
    const text = await page.locator('body').innerText();
    throw new Error(`${name} is not shown at ${page.url()}:\n${text.slice(0, 2_000)}`, { cause: error });
  });
}
