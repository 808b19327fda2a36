import { execFile } from 'node:child_process';
import { messageOf, OrangeryError } from '@orangery/std';

/** Nothing that the lab calls takes longer on an idle machine than a second; a busy one gets patience. */
const TIMEOUT_MS = 60_000;
const OUTPUT_BYTES_MAX = 4 << 20;

/**
 * Runs a program to its end and returns its standard output.
 *
 * @throws OrangeryError `commandFailed`, with what it wrote to standard error
 */
export function run(
  program: string,
  args: readonly string[],
  options: { timeoutMs?: number } = {},
): Promise<string> {
  return new Promise((resolve, reject) => {
    const limits = { timeout: options.timeoutMs ?? TIMEOUT_MS, maxBuffer: OUTPUT_BYTES_MAX };
    execFile(program, args, { ...limits, killSignal: 'SIGKILL' }, (error, stdout, stderr) => {
      if (error === null) {
        resolve(stdout);
        return;
      }
      const said = stderr.trim() === '' ? messageOf(error) : stderr.trim();
      reject(
        new OrangeryError('commandFailed', `${program} ${args.join(' ')}: ${said}`, {
          cause: error,
          fix: 'The lab needs root, iproute2, util-linux, libvirt-daemon, qemu-system-x86 and openssh-server.',
        }),
      );
    });
  });
}

/** Runs a program; says whether it succeeded. For taking down what may be gone already. */
export async function tried(program: string, args: readonly string[]): Promise<boolean> {
  return run(program, args).then(
    () => true,
    () => false,
  );
}
