import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@orangery/std';
import { alone, type Row } from '../document.ts';
import { watch } from './watcher.ts';

const SETTLE_MS = 3_000;
const MEASURE_MS = 10_000;
/** What nobody feels. */
const LOOP_DELAY_MS_MAX = 5;
const CORES_MAX = 2;
const NANOSECONDS = 1e6;

/**
 * Many desktops in one gateway, each playing one of the recordings again and again, with viewers that take all at once: what of the
 * processors it takes, and how long the event loop keeps others waiting. The consoles are other processes.
 */
export async function benchSessions(
  name: string,
  recordings: readonly string[],
  count: number,
): Promise<Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'orangery-bench-'));
  const consoles: ChildProcess[] = [];
  const ends: (() => void)[] = [];
  try {
    const sockets = await Promise.all(
      recordings.map(async (recording, index) => {
        const socket = join(folder, `${index}.sock`);
        const program = fileURLToPath(new URL('./console.ts', import.meta.url));
        const child = spawn(process.execPath, [program, recording, socket], {
          stdio: ['pipe', 'pipe', 'inherit'],
        });
        consoles.push(child);
        await once(child.stdout, 'data');
        return socket;
      }),
    );
    let bytes = 0;
    for (let index = 0; index < count; index += 1) {
      const socket = sockets[index % sockets.length] ?? '';
      ends.push(watch(connect(socket), (message) => (bytes += message.length)).close);
    }
    await systemClock.sleep(SETTLE_MS);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    bytes = 0;
    const before = process.cpuUsage();
    const start = performance.now();
    await systemClock.sleep(MEASURE_MS);
    const tookMs = performance.now() - start;
    const used = process.cpuUsage(before);
    delay.disable();
    const p99 = Math.max(0, delay.percentile(99) / NANOSECONDS - 1);
    return [
      alone(`${name} loop p99`, 'ms', p99, LOOP_DELAY_MS_MAX),
      alone(`${name} loop longest`, 'ms', delay.max / NANOSECONDS),
      alone(`${name} processors`, 'cores', (used.user + used.system) / 1000 / tookMs, CORES_MAX),
      alone(`${name} sent`, 'kB/s', bytes / tookMs),
    ];
  } finally {
    for (const end of ends) end();
    for (const each of consoles) each.stdin?.end();
    await rm(folder, { recursive: true, force: true });
  }
}
