import { spawn } from 'node:child_process';
import { OrangeryError } from '@orangery/std';

/** Lines kept to show when a program fails. */
const TAIL_LINES_MAX = 40;
const LINE_CHARACTERS_MAX = 4096;

export type RunOptions = {
  cwd?: string;
  env?: Record<string, string>;
  /** Written to the program's standard input. */
  input?: string;
  /** Called for each line of standard output and standard error. */
  onLine?: (line: string) => void;
  signal?: AbortSignal | undefined;
  /** A private mount and process namespace: what it mounts and starts is gone when it ends. */
  contained?: boolean;
};

/**
 * Runs a program to its end. It dies with this process, whatever kills this process (the kernel sends it
 * SIGKILL), so that a build that is started again never meets the remains of the last one at work.
 *
 * @returns the lines of standard output
 * @throws OrangeryError `commandFailed` (the message carries the last lines), or the signal's reason
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Promise<string[]> {
  options.signal?.throwIfAborted();
  const contained = options.contained
    ? [
        'unshare',
        '--mount',
        '--propagation',
        'private',
        '--pid',
        '--fork',
        '--kill-child',
        '--mount-proc',
        '--',
      ]
    : [];
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', ...contained, program, ...args], {
    cwd: options.cwd,
    env: { ...process.env, LC_ALL: 'C.UTF-8', DEBIAN_FRONTEND: 'noninteractive', ...options.env },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const onAbort = (): void => {
    child.kill('SIGKILL');
  };
  options.signal?.addEventListener('abort', onAbort, { once: true });
  const tail: string[] = [];
  const output: string[] = [];
  const keep = (line: string): void => {
    tail.push(line);
    if (tail.length > TAIL_LINES_MAX) tail.shift();
    options.onLine?.(line);
  };
  splitLines(child.stdout, (line) => {
    output.push(line);
    keep(line);
  });
  splitLines(child.stderr, keep);
  // A program that ends without reading its input is judged by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(options.input ?? '');
  try {
    const { code, killedBy } = await new Promise<{ code: number | null; killedBy: string | null }>(
      (resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code, killedBy) => resolve({ code, killedBy }));
      },
    );
    options.signal?.throwIfAborted();
    if (code === 0) return output;
    const end = code === null ? `was ended by ${killedBy}` : `ended with code ${code}`;
    throw new OrangeryError('commandFailed', `${program} ${end}:\n${tail.join('\n')}`, {
      fix: 'Read its last lines above; `hostPackages` lists what must be installed.',
    });
  } finally {
    options.signal?.removeEventListener('abort', onAbort);
  }
}

/** Calls `onLine` for each line; longer ones are cut, so that no program can fill our memory with one. */
function splitLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split(/[\r\n]/);
    rest = (lines.pop() ?? '').slice(0, LINE_CHARACTERS_MAX);
    for (const line of lines) if (line !== '') onLine(line.slice(0, LINE_CHARACTERS_MAX));
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}
