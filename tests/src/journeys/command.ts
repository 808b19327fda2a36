import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../../orangery', import.meta.url));

/** Runs `./orangery …` as a person would. `killWhen` ends it by SIGKILL at the first output that fits. */
export async function orangery(
  args: string[],
  options: { env?: Record<string, string>; killWhen?: RegExp } = {},
): Promise<{ code: number | null; output: string }> {
  const child = spawn(COMMAND, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...options.env },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (options.killWhen?.test(output) === true) child.kill('SIGKILL');
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}

/** Which machine the newest session of an installation has. */
export async function sessionMachine(state: string): Promise<{ installationId: string; machineId: string }> {
  const ask = async (...args: string[]): Promise<unknown> =>
    JSON.parse((await orangery(['--state', state, ...args, '--json'])).output);
  const { installationId } = (await ask('status')) as { installationId: string };
  const sessions = (await ask('session', 'list')) as { machine: { id: string } | null }[];
  return { installationId, machineId: sessions[0]?.machine?.id ?? '' };
}
