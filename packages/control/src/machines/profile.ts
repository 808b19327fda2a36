import type { HostDriver } from '@orangery/hypervisor';
import { codeOf, OrangeryError } from '@orangery/std';
import type { Context } from '../context.ts';
import { profileSerial, profileVolume } from '../names.ts';
import { reasonOf } from '../reason.ts';

const GIB = 2 ** 30;
/** A large disk that was not closed is checked first: its journal is replayed in seconds, a whole check takes longer. */
const ADOPT_TIMEOUT_MS = 300_000;
/** Programs get eight seconds to write down what they hold; a guest that hangs must not keep the next one waiting. */
const LEAVE_TIMEOUT_MS = 30_000;

export type ProfileDisk = { id: string; sizeGib: number };
export type Locale = {
  language?: string | undefined;
  timeZone?: string | undefined;
  keyboard?: string | undefined;
};

/** What the row holds: written by the contract's own schema, so anything else is nothing. */
export function localeOf(column: unknown): Locale {
  return typeof column === 'object' && column !== null ? column : {};
}

/** Makes the person's volume, if it is their first time, and plugs it in. */
export async function plugProfile(
  { step }: Context,
  driver: HostDriver,
  pool: string,
  machineId: string,
  disk: ProfileDisk,
): Promise<void> {
  const volume = profileVolume(disk.id);
  const virtualBytes = disk.sizeGib * GIB;
  await step('machine.createProfile', async () => {
    await driver.storage.createEmpty(pool, { name: volume, virtualBytes });
    // Where it is in use it was made larger before it was plugged in.
    await driver.storage.grow(pool, volume, virtualBytes);
  });
  await step('machine.attachProfile', () =>
    driver.machines.attachDisk(machineId, { pool, volume, serial: profileSerial(disk.id) }),
  );
}

/**
 * Makes the machine's running session the person's: home, name, language, time zone. Again is harmless. An image of
 * others, that cannot, still serves who brings no disk.
 */
export async function adopt(
  { db, step, clock }: Context,
  driver: HostDriver,
  machine: { id: string; name: string },
  person: { name: string; locale: Locale; disk: ProfileDisk | undefined },
  signal: AbortSignal,
): Promise<void> {
  const { disk } = person;
  const input = JSON.stringify({
    ...(disk === undefined ? {} : { serial: profileSerial(disk.id) }),
    name: person.name,
    ...person.locale,
  });
  await step('machine.adopt', async () => {
    // From now on a guest may write to it.
    if (disk !== undefined) await setDisk(disk.id, { clean: false });
    const command = { path: '/usr/lib/orangery/adopt', input, timeoutMs: ADOPT_TIMEOUT_MS };
    const result = await driver.machines.exec(machine.id, command, signal).catch((error: unknown) => {
      if (disk !== undefined || codeOf(error) !== 'refused') throw error;
      return { exitCode: -1, stdout: '', stderr: '' };
    });
    if (result.exitCode !== 0 && disk !== undefined) {
      const why =
        errorOf(result.stdout) ?? `it ended with ${result.exitCode}: ${result.stderr.slice(0, 300)}`;
      await setDisk(disk.id, { reason: why });
      throw new OrangeryError('adoptFailed', `${machine.name} could not take in ${person.name}: ${why}`);
    }
    const used = numberOf(result.stdout, 'usedBytes');
    const now = new Date(clock.now());
    if (disk !== undefined) {
      await setDisk(disk.id, {
        reason: null,
        attached_at: now,
        ...(used === undefined ? {} : { used_bytes: used }),
      });
    }
    await db
      .updateTable('machine')
      .set({ adopted_at: now, attempts: 0 })
      .where('id', '=', machine.id)
      .execute();
  });

  function setDisk(id: string, values: object): Promise<unknown> {
    return db.updateTable('profile_disk').set(values).where('id', '=', id).execute();
  }
}

/**
 * Has the guest close the person's disk before the machine ends. A guest that cannot is ended all the same: the next
 * one checks the disk first. Rejects only when the host is away.
 */
export async function leave(
  { db, step }: Context,
  driver: HostDriver,
  machineId: string,
  disk: ProfileDisk,
  signal: AbortSignal,
): Promise<void> {
  await step('machine.leave', async () => {
    const outcome = await driver.machines
      .exec(machineId, { path: '/usr/lib/orangery/leave', timeoutMs: LEAVE_TIMEOUT_MS }, signal)
      .catch((error: unknown) => {
        if (signal.aborted || codeOf(error) === 'hostUnreachable') throw error;
        return { exitCode: -1, stdout: '', stderr: reasonOf(error) };
      });
    const used = numberOf(outcome.stdout, 'usedBytes');
    const values =
      outcome.exitCode === 0
        ? { clean: true, reason: null, ...(used === undefined ? {} : { used_bytes: used }) }
        : { clean: false, reason: `was not closed at log-off: ${errorOf(outcome.stdout) ?? outcome.stderr}` };
    await db.transaction().execute(async (trx) => {
      await trx.updateTable('profile_disk').set(values).where('id', '=', disk.id).execute();
      // Its session is over: there is nobody to leave a second time.
      await trx.updateTable('machine').set({ adopted_at: null }).where('id', '=', machineId).execute();
    });
  });
}

/** Gives the disk back. The machine no longer runs: nobody can write to it any more. */
export async function releaseProfile({ db, step, clock }: Context, machineId: string): Promise<void> {
  await step('machine.releaseProfile', () =>
    db
      .updateTable('profile_disk')
      .set({ machine_id: null, claimed_at: null, released_at: new Date(clock.now()) })
      .where('machine_id', '=', machineId)
      .execute(),
  );
}

function parsed(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function errorOf(text: string): string | undefined {
  const { error } = parsed(text);
  return typeof error === 'string' ? error.slice(0, 500) : undefined;
}

function numberOf(text: string, name: string): number | undefined {
  const value = parsed(text)[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
