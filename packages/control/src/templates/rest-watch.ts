import { describePicture, type HostDriver } from '@orangery/hypervisor';
import type { Clock } from '@orangery/std';
import type { RestSigns } from './policy.ts';

const EXEC_TIMEOUT_MS = 20_000;

/**
 * Looks at a booting machine from outside and asks its agent. Keeps the last CPU reading of each, as a share needs two
 * looks: losing it costs one more look.
 */
export function createRestWatch(
  clock: Clock,
): (driver: HostDriver, machineId: string, signal: AbortSignal) => Promise<RestSigns> {
  const last = new Map<string, { cpuTimeNs: bigint; diskBytes: bigint; atMs: number; movedMs: number }>();
  return async (driver, machineId, signal) => {
    const usage = (await driver.machines.usage()).find(({ id }) => id === machineId);
    const atMs = clock.monotonicMs();
    const before = last.get(machineId);
    const diskBytes = (usage?.diskReadBytes ?? 0n) + (usage?.diskWriteBytes ?? 0n);
    const movedMs = before?.diskBytes === diskBytes ? before.movedMs : atMs;
    const stillMs = atMs - movedMs;
    if (usage === undefined) last.delete(machineId);
    else last.set(machineId, { cpuTimeNs: usage.cpuTimeNs, diskBytes, atMs, movedMs });
    const cpuShare =
      usage === undefined || before === undefined
        ? undefined
        : Number(usage.cpuTimeNs - before.cpuTimeNs) / 1e6 / Math.max(1, atMs - before.atMs);
    const agentAnswers = await driver.machines.agentAnswers(machineId);
    const silent = { agentAnswers, session: undefined, picture: undefined, cpuShare, stillMs };
    if (!agentAnswers) return silent;
    const asked = await driver.machines
      .exec(machineId, { path: '/usr/lib/orangery/at-rest', timeoutMs: EXEC_TIMEOUT_MS }, signal)
      .catch(() => undefined);
    if (asked === undefined) return silent;
    const ready = asked.exitCode === 0;
    const session = { ready, reason: ready ? '' : reasonOf(asked.stdout) };
    const picture = ready ? describePicture(await driver.machines.screenshot(machineId)) : undefined;
    return { agentAnswers, session, picture, cpuShare, stillMs };
  };
}

function reasonOf(stdout: string): string {
  try {
    const answer: unknown = JSON.parse(stdout);
    if (typeof answer === 'object' && answer !== null && 'reason' in answer) return String(answer.reason);
  } catch {
    // An image of somebody else's making may answer anything.
  }
  return 'the session is not ready';
}
