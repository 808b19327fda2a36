import { type Installation, openBrowser } from '@orangery/tests';
import { OrangeryError, systemClock } from '@orangery/std';
import type { House } from './house.ts';

export type ListFigures = {
  /** Of scrolling from the first machine to the last: how long each frame took. */
  frameMs: number[];
  /** Until what was typed last is what is shown, with the pause that waits for more. */
  filterMs: number;
  /** Of presses: from each until the page has drawn what it does. */
  interactionMs: number[];
  /** How many rows were in the page at the end. */
  rowsDrawn: number;
};

const STEP_PX = 600;
const SCROLLS_MAX = 4_000;

/** Scrolls through all machines of the console's list, filters, sorts and chooses, in Chromium. */
export async function measureList(
  installation: Installation,
  { administrator, machineIds }: House,
): Promise<ListFigures> {
  const browser = await openBrowser({ width: 1440, height: 900 });
  try {
    const { context, page } = browser;
    const origin = `https://localhost:${installation.port}`;
    const name = '__Host-orangery.session_token';
    await context.addCookies([
      { name, value: administrator.cookie, url: origin, httpOnly: true, secure: true, sameSite: 'Lax' },
    ]);
    await page.goto(`${origin}/admin/machines`);
    const rows = page.locator('[data-testid="machines"] tr[data-row]');
    await rows.first().waitFor();
    await browser.quiet();
    await page.evaluate(`(() => {
      window.benchFrames = [];
      window.benchPresses = [];
      new PerformanceObserver((list) => {
        for (const { interactionId, duration } of list.getEntries())
          if (interactionId > 0) benchPresses.push(duration);
      }).observe({ type: 'event', durationThreshold: 16, buffered: true });
      let before = performance.now();
      const frame = (now) => { benchFrames.push(now - before); before = now; requestAnimationFrame(frame); };
      requestAnimationFrame(frame);
    })()`);
    const count = page.getByTestId('machines-count');
    const whole = `${machineIds.length} in all.`;
    for (let scroll = 0; !(await count.innerText()).includes(whole); scroll += 1) {
      if (scroll > SCROLLS_MAX) throw new OrangeryError('timedOut', `it ends at ${await count.innerText()}`);
      await page.mouse.move(700, 500);
      await page.mouse.wheel(0, STEP_PX);
      await page.evaluate(`new Promise((done) => requestAnimationFrame(() => done()))`);
    }
    const frameMs = await page.evaluate<number[]>(`benchFrames.slice(2)`);
    const rowsDrawn = await rows.count();
    await page.evaluate(`scrollTo(0, 0)`);
    const search = page.getByTestId('machines-search');
    await search.fill('bench-77');
    const typedMs = systemClock.monotonicMs();
    await count.getByText('111 in all.').waitFor();
    const filterMs = systemClock.monotonicMs() - typedMs;
    for (let press = 0; press < 5; press += 1) {
      await page.getByTestId('sort-name').click();
      await browser.quiet();
      await page.getByTestId('choose').nth(press).click();
    }
    const interactionMs = await page.evaluate<number[]>(`benchPresses`);
    return { frameMs, filterMs, interactionMs, rowsDrawn };
  } finally {
    await browser.close();
  }
}
