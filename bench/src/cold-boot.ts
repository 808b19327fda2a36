import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { chmod, copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type HostDriver, openKvmDriver } from '@orangery/hypervisor';
import { LocalChannel } from '@orangery/libvirt';
import { type Frame, RfbClient } from '@orangery/rfb';
import { silentLog, systemClock, systemRng } from '@orangery/std';

const BOOT_TIMEOUT_MS = 300_000;
const AGENT_LOOK_MS = 250;
/** The unit of st_blocks, whatever the file system's own is (stat(2)). */
const STAT_BLOCK_BYTES = 512;

export type ColdBoot = {
  /** The disk's making counts; the golden image is there. */
  ms: number;
  /** Before its first write. */
  newDiskBytes: number;
  /** Once its picture is there. */
  diskBytes: number;
  /** Of the host, then too. */
  memoryBytes: number;
};

/**
 * What every peer does: a disk from the golden image, and a boot. `linked` is a copy-on-write disk, `full` a copy of it
 * all by qemu-img, as virt-clone makes it. Done when `isDone` says so of its picture and its agent answers. In a storage
 * pool of its own, on this machine.
 */
export async function coldBoot(
  golden: string,
  disk: 'linked' | 'full',
  { cpus, memoryMib }: { cpus: number; memoryMib: number },
  isDone: (frame: Frame) => boolean,
): Promise<ColdBoot> {
  const installationId = systemRng.uuid();
  const name = `bench-${installationId.slice(0, 8)}`;
  const path = await mkdtemp('/var/lib/orangery-bench-');
  await chmod(path, 0o711);
  const driver = await openKvmDriver({
    channel: new LocalChannel(),
    installationId,
    clock: systemClock,
    rng: systemRng,
    log: silentLog,
  });
  const id = systemRng.uuid();
  const clone = join(path, 'clone.qcow2');
  try {
    const base = join(path, 'golden.qcow2');
    // Where QEMU's account may read it; not counted.
    if (disk === 'linked') await copyFile(golden, base, constants.COPYFILE_FICLONE);
    await driver.storage.ensurePool({ name, path });
    const makeMs = await timed(() =>
      disk === 'linked'
        ? driver.storage.createOverlay(name, { name: 'clone.qcow2', backing: 'golden.qcow2' })
        : promisify(execFile)('qemu-img', copying(golden, clone)),
    );
    const { blocks } = await stat(clone);
    const { accelerator } = await driver.inspect(name);
    const bootMs = await timed(async () => {
      await driver.machines.start({
        id,
        name,
        mark: { installationId, generation: 1, kind: 'machine', rowId: id },
        cpus,
        memoryMib,
        firmware: 'bios',
        disk: { pool: name, volume: 'clone.qcow2' },
        nics: [],
        accelerator,
        cpu: accelerator === 'kvm' ? { mode: 'hostModel' } : { mode: 'maximum' },
        display: { width: 1280, height: 800 },
      });
      await painted(driver, id, isDone);
    });
    const volume = await driver.storage.find(name, 'clone.qcow2');
    const usage = (await driver.machines.usage()).find((each) => each.id === id);
    return {
      ms: makeMs + bootMs,
      newDiskBytes: blocks * STAT_BLOCK_BYTES,
      diskBytes: volume?.allocatedBytes ?? Number.NaN,
      memoryBytes: usage?.memoryBytes ?? Number.NaN,
    };
  } finally {
    await driver.machines.destroy(id);
    for (const volume of ['clone.qcow2', 'golden.qcow2'])
      await driver.storage.delete(name, volume).catch(() => {});
    await driver.storage.deletePool(name).catch(() => {});
    await driver.close();
    await rm(path, { recursive: true, force: true });
  }
}

const copying = (golden: string, clone: string): string[] => [
  'convert',
  '-f',
  'qcow2',
  '-O',
  'qcow2',
  golden,
  clone,
];

async function painted(driver: HostDriver, id: string, isDone: (frame: Frame) => boolean): Promise<void> {
  const rfb = await RfbClient.connect(await driver.machines.dialConsole(id), { clock: systemClock });
  try {
    let whole = true;
    do {
      rfb.requestUpdate(!whole);
      await rfb.nextUpdate(BOOT_TIMEOUT_MS);
      whole = false;
    } while (!isDone(rfb.frame));
  } finally {
    rfb.close();
  }
  while (!(await driver.machines.agentAnswers(id))) await systemClock.sleep(AGENT_LOOK_MS);
}

export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
