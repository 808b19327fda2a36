import type { DB } from '@orangery/database';
import type { HostDriver, NicDescription, ResourceLimits } from '@orangery/hypervisor';
import { invariant } from '@orangery/std';
import type { Updateable } from 'kysely';
import type { Context } from '../context.ts';
import { goldenVolume, machineDisk, templateDisk, templateMemory } from '../names.ts';
import { describeMachine } from './describe.ts';

/** What a machine is made of, from its row and its pool's. */
export type Making = {
  id: string;
  name: string;
  cpus: number;
  memoryMib: number;
  accelerator: string;
  limits: ResourceLimits;
};

const MIB = 2 ** 20;
const GIB = 2 ** 30;

/** The pool's columns as the hypervisor's limits; what the pool leaves open stays open. */
export function limitsOf(pool: {
  cpu_shares: number | null;
  cpu_cap_percent: number | null;
  memory_locked: boolean;
  memory_mib: number;
  read_mib_per_s: number | null;
  write_mib_per_s: number | null;
  iops: number | null;
}): ResourceLimits {
  return {
    ...(pool.cpu_shares === null ? {} : { cpuShares: pool.cpu_shares }),
    ...(pool.cpu_cap_percent === null ? {} : { cpuCap: pool.cpu_cap_percent / 100 }),
    ...(pool.memory_locked ? { memoryReservedMib: pool.memory_mib } : {}),
    ...(pool.read_mib_per_s === null ? {} : { readBytesPerSecond: pool.read_mib_per_s * MIB }),
    ...(pool.write_mib_per_s === null ? {} : { writeBytesPerSecond: pool.write_mib_per_s * MIB }),
    ...(pool.iops === null ? {} : { iopsPerSecond: pool.iops }),
  };
}

/** Forks a template into the machine: it runs, with a disk of its own, and a person's picture is there. */
export async function fork(
  context: Context,
  driver: HostDriver,
  pool: string,
  making: Making,
  template: { id: string; head: Buffer | null },
  signal: AbortSignal,
): Promise<void> {
  const { step, locks } = context;
  const { templates } = driver;
  const { head } = template;
  invariant(templates !== undefined, 'a template row exists only for hosts that can fork');
  invariant(head !== null, 'a template that is ready has its head');
  const volume = machineDisk(making.id);
  await step('machine.createDisk', async () => {
    // What a fork that was cut off left behind was never written to by anybody.
    await driver.storage.delete(pool, volume);
    await driver.storage.createOverlay(pool, { name: volume, backing: templateDisk(template.id) });
  });
  const parts = { pool, diskVolume: templateDisk(template.id), memoryVolume: templateMemory(template.id) };
  await locks.with(`template-file:${template.id}`, signal, () =>
    step('machine.fork', () => templates.fork(parts, head, describe(context, pool, making))),
  );
}

/** The disk of a machine that is a person's own, on the image's or a copy of it. A linked one that is there is left alone. */
export async function createOwnDisk(
  { db, step, locks }: Context,
  driver: HostDriver,
  pool: string,
  machine: { id: string; hostId: string; versionId: string; diskKind: 'linked' | 'full' },
  signal: AbortSignal,
): Promise<void> {
  const volume = machineDisk(machine.id);
  const golden = goldenVolume(machine.versionId);
  const set = (values: Updateable<DB['machine']>): Promise<unknown> =>
    db.updateTable('machine').set(values).where('id', '=', machine.id).execute();
  if (machine.diskKind === 'linked') {
    await step('machine.createDisk', async () => {
      if ((await driver.storage.find(pool, volume)) !== undefined) return;
      await driver.storage.createOverlay(pool, { name: volume, backing: golden });
    });
    return;
  }
  await set({ reason: 'its disk is copied from the image, which takes a while' });
  // One after the other: each reads and writes as much as the host's disks give.
  await locks.with(`copy-disk:${machine.hostId}`, signal, () =>
    step('machine.copyDisk', async () => {
      // Whatever a copy that was cut off left is begun anew: until its size is known, it is no disk.
      const { virtualBytes } = await driver.storage.flatten(pool, { name: volume, from: golden }, signal);
      await set({ disk_gib: Math.ceil(virtualBytes / GIB), reason: null });
    }),
  );
}

/** Switches a machine on that is a person's own. */
export async function boot(
  context: Context,
  driver: HostDriver,
  pool: string,
  making: Making,
  nic: NicDescription,
): Promise<void> {
  const description = { ...describe(context, pool, making), nics: [nic] };
  await context.step('machine.boot', () => driver.machines.start(description));
}

function describe(context: Context, pool: string, making: Making): ReturnType<typeof describeMachine> {
  return {
    ...describeMachine({
      installation: context.installation,
      kind: 'machine',
      id: making.id,
      name: making.name,
      cpus: making.cpus,
      memoryMib: making.memoryMib,
      disk: { pool, volume: machineDisk(making.id) },
      accelerator: making.accelerator === 'kvm' ? 'kvm' : 'tcg',
    }),
    ...(Object.keys(making.limits).length === 0 ? {} : { limits: making.limits }),
  };
}
