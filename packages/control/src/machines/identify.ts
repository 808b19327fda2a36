import type { HostDriver } from '@orangery/hypervisor';
import { OrangeryError } from '@orangery/std';
import type { Context } from '../context.ts';

const IDENTIFY_TIMEOUT_MS = 60_000;
const SEED_BYTES = 64;

/**
 * Gives a fork what it must not share with its template: host name, machine-id, SSH host keys, time, random seed. The
 * guest's program may be run again: it ends in the same state but for a newer seed.
 */
export async function identify(
  { clock, rng }: Context,
  driver: HostDriver,
  machine: { id: string; name: string },
  signal: AbortSignal,
): Promise<void> {
  const input = JSON.stringify({
    hostname: machine.name,
    machineId: machine.id.replaceAll('-', ''),
    seed: rng.bytes(SEED_BYTES).toString('base64'),
    timeMs: clock.now(),
  });
  const result = await driver.machines.exec(
    machine.id,
    { path: '/usr/lib/orangery/identify', input, timeoutMs: IDENTIFY_TIMEOUT_MS },
    signal,
  );
  if (result.exitCode !== 0) {
    throw new OrangeryError(
      'identifyFailed',
      `${machine.name} could not be given an identity: its program ended with ${result.exitCode}: ${result.stderr.slice(0, 500)}`,
    );
  }
}
