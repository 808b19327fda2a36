import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { OrangeryError } from '@orangery/std';

const TAIL_LINES = 15;

/** Runs a program to its end; a failure tells its last lines. */
export function run(
  command: string,
  args: string[],
  options: { env?: NodeJS.ProcessEnv; cwd?: string; onOutput?: (line: string) => void } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const tail: string[] = [];
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on('line', (line) => {
        if (stream === child.stdout) output += `${line}\n`;
        tail.push(line);
        if (tail.length > TAIL_LINES) tail.shift();
        options.onOutput?.(line);
      });
    }
    child.once('error', (cause) =>
      reject(
        new OrangeryError('commandFailed', `${command} could not be started: ${cause.message}`, { cause }),
      ),
    );
    child.once('close', (code) => {
      if (code === 0) resolve(output);
      else {
        const what = [command, ...args.slice(0, 3)].join(' ');
        reject(new OrangeryError('commandFailed', `${what} ended with ${code}:\n${tail.join('\n')}`));
      }
    });
  });
}

/** Runs a program with our own terminal; resolves with its exit code. */
export function passThrough(
  command: string,
  args: string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { stdio: 'inherit', env });
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
