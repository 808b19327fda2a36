import { readFile } from 'node:fs/promises';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { systemClock, systemRng } from '@orangery/std';
import type { Installation } from '@orangery/tests';
import type { House } from './house.ts';

const REQUESTS_PER_S = 200;
const SECONDS = Number(process.env['BENCH_S'] ?? 30);
const WARM_S = 5;
const SOCKETS = 64;

/** What a console and its people ask for: pages of every list, some far down, some searched; every other one a single thing. */
const LISTS = [
  '/api/machines',
  '/api/machines?limit=50&sort=name&order=asc',
  '/api/machines?sort=state',
  '/api/machines?search=bench-77',
  '/api/sessions',
  '/api/users',
  '/api/users?search=person%2012',
  '/api/audit',
  '/api/audit?search=person%209999',
];

export type Measured = { listMs: number[]; showMs: number[]; failures: number };

/** Requests come when they come: who has to wait is counted from when he came, not from when a socket was free. */
export async function measureApi(installation: Installation, house: House): Promise<Measured> {
  const ca = await readFile(join(installation.folder, 'tls', 'ca.crt'), 'utf8');
  const agent = new Agent({ keepAlive: true, maxSockets: SOCKETS, ca });
  const cookie = `__Host-orangery.session_token=${house.administrator.cookie}`;
  const get = (path: string): Promise<string> =>
    new Promise((resolve, reject) => {
      const asked = request(
        { agent, host: 'localhost', port: installation.port, path, headers: { cookie } },
        (answer) => {
          const parts: Buffer[] = [];
          answer.on('data', (part: Buffer) => parts.push(part));
          answer.once('error', reject);
          answer.once('end', () => {
            const text = Buffer.concat(parts).toString();
            if (answer.statusCode === 200) resolve(text);
            else reject(new Error(`${path}: ${answer.statusCode} ${text.slice(0, 200)}`));
          });
        },
      );
      asked.once('error', reject);
      asked.end();
    });
  let far = '/api/machines';
  for (let page = 0; page < 20; page += 1) {
    const { nextCursor } = JSON.parse(await get(far)) as { nextCursor: string };
    far = `/api/machines?cursor=${encodeURIComponent(nextCursor)}`;
  }
  const lists = [...LISTS, far];
  const measured: Measured = { listMs: [], showMs: [], failures: 0 };
  const startMs = systemClock.monotonicMs();
  const going: Promise<void>[] = [];
  for (let index = 0; index < REQUESTS_PER_S * (WARM_S + SECONDS); index += 1) {
    const dueMs = startMs + ((index + systemRng.fraction()) * 1000) / REQUESTS_PER_S;
    const waitMs = dueMs - systemClock.monotonicMs();
    if (waitMs > 1) await systemClock.sleep(waitMs);
    const isList = index % 2 === 0;
    const id = house.machineIds[Math.floor(systemRng.fraction() * house.machineIds.length)] ?? '';
    const path = isList ? (lists[(index / 2) % lists.length] ?? '') : `/api/machines/${id}`;
    going.push(
      get(path).then(
        () => {
          if (index >= REQUESTS_PER_S * WARM_S)
            measured[isList ? 'listMs' : 'showMs'].push(systemClock.monotonicMs() - dueMs);
        },
        () => {
          measured.failures += 1;
        },
      ),
    );
  }
  await Promise.all(going);
  agent.destroy();
  return measured;
}
