import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { OrangeryError, systemClock } from '@orangery/std';
import type { Installation } from '@orangery/tests';
import { sql } from 'kysely';
import type { House } from './house.ts';

/** A person has at most so many browsers that follow. */
const EACH = 16;
const BROWSERS = 500;
const CHANGES = 20;
const PAUSE_MS = 500;
const WAIT_MS = 10_000;

/** How long 500 browsers that follow one server wait to be told of a change: of each change, the last of them. */
export async function measureLive(installation: Installation, { followers }: House): Promise<number[]> {
  const ca = await readFile(join(installation.folder, 'tls', 'ca.crt'), 'utf8');
  const agent = new Agent({ ca, maxSockets: BROWSERS + 1 });
  const heard: (() => void)[] = [];
  const open = (browser: number): Promise<void> =>
    new Promise((resolve, reject) => {
      const cookie = `__Host-orangery.session_token=${followers[Math.floor(browser / EACH)]?.cookie ?? ''}`;
      const asked = request(
        { agent, host: 'localhost', port: installation.port, path: '/api/live', headers: { cookie } },
        (answer) => {
          if (answer.statusCode !== 200)
            reject(new OrangeryError('refused', `a stream: ${answer.statusCode}`));
          answer.on('data', (part: Buffer) => {
            resolve();
            if (part.includes('desktops')) heard[browser]?.();
          });
          answer.once('error', () => {});
        },
      );
      asked.once('error', reject);
      asked.end();
    });
  await Promise.all(Array.from({ length: BROWSERS }, (_, browser) => open(browser)));
  await systemClock.sleep(PAUSE_MS * 4);
  const toldMs: number[] = [];
  for (let change = 0; change < CHANGES; change += 1) {
    const all = Promise.all(
      Array.from(
        { length: BROWSERS },
        (_, browser) => new Promise<void>((resolve) => (heard[browser] = resolve)),
      ),
    );
    const startMs = systemClock.monotonicMs();
    await sql`update pool set title = title || '.' where name = 'pool-1'`.execute(installation.db);
    const late = systemClock.sleep(WAIT_MS).then(() => 'late' as const);
    if ((await Promise.race([all, late])) === 'late')
      throw new OrangeryError('timedOut', 'not all browsers were told of a change');
    toldMs.push(systemClock.monotonicMs() - startMs);
    await systemClock.sleep(PAUSE_MS);
  }
  agent.destroy();
  return toldMs;
}
