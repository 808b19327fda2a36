import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { OrangeryError } from '@orangery/std';

/** flock's exit code when somebody else holds the lock. */
const TAKEN = 75;

type Holder = ChildProcessByStdio<Writable, Readable, Readable>;

/**
 * Waits until nobody else holds the lock on the file `path`, then holds it. The lock is the kernel's (flock)
 * and hangs on a child that ends when our end of its input closes: however this process dies, it is free.
 *
 * @param onWait called when somebody else holds it
 * @returns how to let go
 * @throws OrangeryError `lockFailed`, or the signal's reason
 */
export async function lockFile(
  path: string,
  onWait: () => void,
  signal?: AbortSignal,
): Promise<() => Promise<void>> {
  const atOnce = await hold(path, ['--nonblock', '--conflict-exit-code', String(TAKEN)], signal);
  if (atOnce !== 'taken') return atOnce;
  onWait();
  const later = await hold(path, [], signal);
  if (later === 'taken') throw new OrangeryError('lockFailed', `flock gave up waiting for ${path}`);
  return later;
}

async function hold(
  path: string,
  options: readonly string[],
  signal: AbortSignal | undefined,
): Promise<(() => Promise<void>) | 'taken'> {
  signal?.throwIfAborted();
  const child: Holder = spawn('flock', [...options, path, 'sh', '-c', 'echo held; exec cat >/dev/null'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  child.stdin.on('error', () => {});
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint += text;
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('close', (code) => resolve(code));
    child.once('error', reject);
  });
  const held = new Promise<'held'>((resolve) => {
    child.stdout.once('data', () => resolve('held'));
  });
  const onAbort = (): void => {
    child.stdin.end();
    child.kill('SIGKILL');
  };
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const outcome = await Promise.race([held, ended]);
    signal?.throwIfAborted();
    if (outcome === TAKEN) return 'taken';
    if (outcome !== 'held') {
      throw new OrangeryError('lockFailed', `cannot lock ${path}: ${complaint.trim()}`);
    }
    return async () => {
      child.stdin.end();
      await ended;
    };
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}
