import { systemClock } from '@orangery/std';
import type { Page } from 'playwright-core';

/** Both run in the page, which has a DOM; this file's program has none, so they are text. */
const COLOURS = `(() => {
  const canvas = document.querySelector('[data-testid=viewer] canvas');
  if (canvas === null || canvas.width === 0) return 0;
  const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
  const colours = new Set();
  for (let at = 0; at < data.length; at += 4 * 97) colours.add((data[at] << 16) | (data[at + 1] << 8) | data[at + 2]);
  return colours.size;
})()`;
const WIDTH = `document.querySelector('[data-testid=viewer] canvas')?.width ?? 0`;

/** A dark or blank picture has few. */
const COLOURS_MIN = 100;
const PAINT_TIMEOUT_MS = 60_000;

/** Until the desktop's canvas shows a picture. */
export async function untilPainted(page: Page): Promise<void> {
  const deadline = systemClock.monotonicMs() + PAINT_TIMEOUT_MS;
  while ((await page.evaluate<number>(COLOURS)) < COLOURS_MIN) {
    if (systemClock.monotonicMs() > deadline) throw new Error('the desktop was not painted');
    await systemClock.sleep(50);
  }
}

export const widthOf = (page: Page): Promise<number> => page.evaluate<number>(WIDTH);
