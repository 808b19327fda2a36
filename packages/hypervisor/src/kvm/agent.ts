import type { Domain, Libvirt } from '@orangery/libvirt';
import { type Clock, OrangeryError } from '@orangery/std';
import type { GuestResult } from '../driver.ts';
import { telling } from './errors.ts';

const POLL_FIRST_MS = 20;
const POLL_MAX_MS = 250;
const COMMAND_TIMEOUT_S = 10;

/** One command of the guest agent's protocol (QEMU docs/interop/qemu-ga-ref), with its answer's `return`. */
async function command(client: Libvirt, dom: Domain, execute: string, args: object = {}): Promise<unknown> {
  const cmd = JSON.stringify({ execute, arguments: args });
  const { result } = await client.call('qemuDomainAgentCommand', {
    dom,
    cmd,
    timeout: COMMAND_TIMEOUT_S,
    flags: 0,
  });
  const answer: unknown = JSON.parse(result ?? '{}');
  if (typeof answer === 'object' && answer !== null && 'return' in answer) return answer.return;
  throw new OrangeryError('agentUnavailable', `the guest agent answered ${execute} with something else`);
}

export async function agentAnswers(client: Libvirt, dom: Domain): Promise<boolean> {
  return command(client, dom, 'guest-ping').then(
    () => true,
    () => false,
  );
}

/** Runs a program in the guest and waits for its end. */
export async function exec(
  client: Libvirt,
  dom: Domain,
  clock: Clock,
  run: { path: string; args?: string[]; input?: string; timeoutMs: number },
  signal?: AbortSignal,
): Promise<GuestResult> {
  return telling(`${dom.name}: ${run.path} in the guest`, async () => {
    const started = await command(client, dom, 'guest-exec', {
      path: run.path,
      arg: run.args ?? [],
      'capture-output': true,
      ...(run.input === undefined ? {} : { 'input-data': Buffer.from(run.input).toString('base64') }),
    });
    const pid = field(started, 'pid');
    const deadline = clock.monotonicMs() + run.timeoutMs;
    for (let waitMs = POLL_FIRST_MS; ; waitMs = Math.min(POLL_MAX_MS, waitMs * 1.5)) {
      await clock.sleep(waitMs, signal);
      const status = await command(client, dom, 'guest-exec-status', { pid });
      if (field(status, 'exited') === true) {
        return {
          exitCode: Number(field(status, 'exitcode') ?? -1),
          stdout: decode(field(status, 'out-data')),
          stderr: decode(field(status, 'err-data')),
        };
      }
      if (clock.monotonicMs() > deadline) {
        throw new OrangeryError(
          'agentUnavailable',
          `${run.path} still runs in the guest after ${run.timeoutMs} ms`,
        );
      }
    }
  });
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function decode(data: unknown): string {
  return typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : '';
}
