import { type Installation, openBrowser } from '@orangery/tests';
import { systemClock } from '@orangery/std';
import type { House } from './house.ts';

/** A slow line of a phone: 1.6 Mbit/s, and 300 ms there and back. */
const BITS_PER_S = 1_600_000;
const ROUND_TRIP_MS = 300;

export type Portal = {
  /** Over the wire until the desktop can be opened, with all headers. */
  bytes: number;
  usableMs: number;
  /** The second time, with what the browser has kept. */
  againMs: number;
};

/** The portal's first load of who is signed in, with nothing kept, until their desktop can be opened. */
export async function measurePortal(installation: Installation, { person }: House): Promise<Portal> {
  const browser = await openBrowser();
  try {
    const { context, page } = browser;
    const origin = `https://localhost:${installation.port}`;
    const name = '__Host-orangery.session_token';
    await context.addCookies([
      { name, value: person.cookie, url: origin, httpOnly: true, secure: true, sameSite: 'Lax' },
    ]);
    const line = await context.newCDPSession(page);
    await line.send('Network.enable');
    await line.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: ROUND_TRIP_MS,
      downloadThroughput: BITS_PER_S / 8,
      uploadThroughput: BITS_PER_S / 8,
    });
    let bytes = 0;
    line.on('Network.loadingFinished', ({ encodedDataLength }) => {
      bytes += encodedDataLength;
    });
    const load = async (): Promise<number> => {
      const startMs = systemClock.monotonicMs();
      await page.goto(origin, { waitUntil: 'commit' });
      await page.locator('[data-testid^="desktop-open-"]:not([disabled])').first().waitFor();
      return systemClock.monotonicMs() - startMs;
    };
    const usableMs = await load();
    const first = bytes;
    const againMs = await load();
    return { bytes: first, usableMs, againMs };
  } finally {
    await browser.close();
  }
}
