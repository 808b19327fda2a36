import { open } from 'node:fs/promises';
import { messageOf, OrangeryError } from '@orangery/std';
import { isQcow2, QCOW2_HEAD_BYTES, readQcow2 } from './qcow2.ts';
import { run, type RunOptions } from './run.ts';

export type Inspected = { kind: 'qcow2' | 'raw'; virtualBytes: number } | { kind: 'iso'; bytes: number };

const SECTOR_BYTES = 512;
/** ISO 9660: the first volume descriptor is the 17th sector of 2048 bytes; its name begins at the second byte. */
const ISO_NAME_AT = 16 * 2048 + 1;
const HEAD_BYTES = Math.max(QCOW2_HEAD_BYTES, ISO_NAME_AT + 5);

/** Formats of others, by what they begin with: told by name, as they look like raw disks otherwise. */
const FOREIGN: readonly { at: number; magic: string; name: string }[] = [
  { at: 0, magic: 'KDMV', name: 'a VMDK' },
  { at: 0, magic: '# Disk DescriptorFile', name: 'a VMDK' },
  { at: 0, magic: 'conectix', name: 'a VHD' },
  { at: 0, magic: 'vhdxfile', name: 'a VHDX' },
  { at: 0x40, magic: '\x7f\x10\xda\xbe', name: 'a VDI' },
  { at: 0, magic: 'QED\0', name: 'a QED' },
  { at: 0, magic: '\x1f\x8b', name: 'a gzip' },
  { at: 0, magic: '\xfd7zXZ', name: 'an xz' },
  { at: 0, magic: '\x28\xb5\x2f\xfd', name: 'a zstd' },
  { at: 0, magic: 'PK\x03\x04', name: 'a ZIP' },
  { at: 257, magic: 'ustar', name: 'a tar (or OVA)' },
];

/** Memory and processor time of a program that reads a file of somebody else's making. */
const MEMORY_BYTES_MAX = 1 << 30;
const CPU_SECONDS_MAX = 3_600;

/** Runs qemu-img within bounds: what is in a file must not cost the machine more than that. */
export function boundedQemuImg(args: readonly string[], options: RunOptions): Promise<string[]> {
  const limits = [`--as=${MEMORY_BYTES_MAX}`, `--cpu=${CPU_SECONDS_MAX}`, '--core=0', '--nofile=64'];
  return run('prlimit', [...limits, '--', 'qemu-img', ...args], options);
}

/**
 * What kind of disk a file is, that somebody brought along.
 *
 * @throws OrangeryError `imageRefused` when it is none that can be used, with the reason
 */
export async function inspectFile(path: string, signal?: AbortSignal): Promise<Inspected> {
  const { head, bytes } = await headOf(path);
  if (isQcow2(head)) {
    const { virtualBytes } = readQcow2(head);
    await check(path, signal);
    return { kind: 'qcow2', virtualBytes };
  }
  const found = FOREIGN.find(
    ({ at, magic }) => head.subarray(at, at + magic.length).toString('latin1') === magic,
  );
  if (found !== undefined) {
    throw new OrangeryError('imageRefused', `This is ${found.name} file, neither qcow2 nor a raw disk`, {
      fix: 'Unpack it, or convert it first: qemu-img convert -O qcow2 OLD NEW.',
    });
  }
  if (head.subarray(ISO_NAME_AT, ISO_NAME_AT + 5).toString('latin1') === 'CD001')
    return { kind: 'iso', bytes };
  const hasTable = head.length >= SECTOR_BYTES && head.readUInt16LE(SECTOR_BYTES - 2) === 0xaa55;
  if (!hasTable || bytes % SECTOR_BYTES !== 0) {
    throw new OrangeryError(
      'imageRefused',
      `This is neither a qcow2 file nor a raw disk: ${hasTable ? 'its size is no multiple of a sector' : 'it has no boot sector'}`,
      { fix: 'Import a whole disk, as qcow2 or raw.' },
    );
  }
  return { kind: 'raw', virtualBytes: bytes };
}

async function headOf(path: string): Promise<{ head: Buffer; bytes: number }> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return { head: buffer.subarray(0, bytesRead), bytes: size };
  } finally {
    await handle.close();
  }
}

/** Exit code 3 is lost space, which does no harm. */
async function check(path: string, signal: AbortSignal | undefined): Promise<void> {
  try {
    await boundedQemuImg(['check', '-f', 'qcow2', path], { signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (/ended with code 3:/.test(messageOf(error))) return;
    throw new OrangeryError(
      'imageRefused',
      `The qcow2 file is damaged: ${messageOf(error).split('\n').slice(1).join('; ').slice(0, 400)}`,
      { fix: 'Repair it (qemu-img check -r all FILE), or export it again.', cause: error },
    );
  }
}
