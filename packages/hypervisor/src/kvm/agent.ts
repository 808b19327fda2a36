import type { Domain, Libvirt } from '@orangery/libvirt';
import { type Clock, codeOf, OrangeryError } from '@orangery/std';
import type { GuestResult } from '../driver.ts';
import { driverError, telling } from './errors.ts';

const POLL_FIRST_MS = 20;
const POLL_MAX_MS = 250;
/** For one answer of the agent; it answers at once or is not there. */
const COMMAND_TIMEOUT_S = 10;
/** libvirt asks the agent to synchronize first, within 5 s of its own. */
const CALL_TIMEOUT_MS = 20_000;

/** One command of the guest agent's protocol (QEMU docs/interop/qemu-ga-ref), with its answer's `return`. */
async function command(
  client: Libvirt,
  dom: Domain,
  execute: string,
  args: object = {},
  signal?: AbortSignal,
): Promise<unknown> {
  const cmd = JSON.stringify({ execute, arguments: args });
  const { result } = await client.call(
    'qemuDomainAgentCommand',
    { dom, cmd, timeout: COMMAND_TIMEOUT_S, flags: 0 },
    { timeoutMs: CALL_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) },
  );
  const answer = parsed(result);
  if (typeof answer === 'object' && answer !== null && 'return' in answer) return answer.return;
  throw new OrangeryError('agentUnavailable', `the guest agent answered ${execute} with something else`);
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? '{}');
  } catch {
    // What the guest sends is the guest's: it may be anything.
    return undefined;
  }
}

export async function agentAnswers(client: Libvirt, dom: Domain): Promise<boolean> {
  try {
    await command(client, dom, 'guest-ping');
    return true;
  } catch (error) {
    const told = driverError(error, `agent of machine ${dom.uuid}`);
    if (codeOf(told) === 'hostUnreachable' || codeOf(told) === 'accessDenied') throw told;
    return false;
  }
}

/** Runs a program in the guest and waits for its end. */
export async function exec(
  client: Libvirt,
  dom: Domain,
  clock: Clock,
  run: { path: string; args?: string[]; input?: string; timeoutMs: number },
  signal?: AbortSignal,
): Promise<GuestResult> {
  const deadline = clock.monotonicMs() + run.timeoutMs;
  return telling(
    `${run.path} in the guest of machine ${dom.uuid}`,
    async () => {
      const args = {
        path: run.path,
        arg: run.args ?? [],
        'capture-output': true,
        ...(run.input === undefined ? {} : { 'input-data': Buffer.from(run.input).toString('base64') }),
      };
      const pid = field(await command(client, dom, 'guest-exec', args, signal), 'pid');
      for (let waitMs = POLL_FIRST_MS; ; waitMs = Math.min(POLL_MAX_MS, waitMs * 1.5)) {
        await clock.sleep(Math.max(1, Math.min(waitMs, deadline - clock.monotonicMs())), signal);
        const status = await command(client, dom, 'guest-exec-status', { pid }, signal);
        if (field(status, 'exited') === true) {
          return {
            exitCode: Number(field(status, 'exitcode') ?? -1),
            stdout: decode(field(status, 'out-data')),
            stderr: decode(field(status, 'err-data')),
          };
        }
        if (clock.monotonicMs() >= deadline) {
          throw new OrangeryError(
            'timedOut',
            `${run.path} still runs in the guest of machine ${dom.uuid} after ${run.timeoutMs} ms`,
          );
        }
      }
    },
    signal,
  );
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

function decode(data: unknown): string {
  return typeof data === 'string' ? Buffer.from(data, 'base64').toString('utf8') : '';
}
