import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';

const FOLDER = fileURLToPath(new URL('../../docs/screenshots/', import.meta.url));

/** With ORANGERY_SCREENSHOTS set, the pictures of the guides are made anew. */
export async function shot(page: Page, name: string): Promise<void> {
  if (process.env['ORANGERY_SCREENSHOTS'] === undefined) return;
  await mkdir(FOLDER, { recursive: true });
  await page.screenshot({ path: join(FOLDER, `${name}.png`), animations: 'disabled' });
}
