import { OrangeryError } from '@orangery/std';

/** "QFI" and 0xfb: docs/interop/qcow2.txt of QEMU, as all offsets here. */
const MAGIC = 0x514649fb;
const HEADER_BYTES_V2 = 72;
const HEADER_BYTES_V3 = 104;
/** More than any header with its extensions needs: they lie in the first cluster, before the backing file's name. */
export const QCOW2_HEAD_BYTES = 65_536;
const CLUSTER_BITS = { min: 9, max: 21 } as const;
const VIRTUAL_BYTES_MAX = 64 * 2 ** 40;

const DIRTY = 1n << 0n;
const CORRUPT = 1n << 1n;
const EXTERNAL_DATA = 1n << 2n;
const COMPRESSION_TYPE = 1n << 3n;
const EXTENDED_L2 = 1n << 4n;
const KNOWN = DIRTY | CORRUPT | EXTERNAL_DATA | COMPRESSION_TYPE | EXTENDED_L2;

const EXTENSION_END = 0;
const EXTENSION_DATA_FILE = 0x44415441;

export function isQcow2(head: Buffer): boolean {
  return head.length >= 4 && head.readUInt32BE(0) === MAGIC;
}

/**
 * Reads a qcow2 header that somebody sent us, before any program opens the file: an image may name other files, of this
 * machine, as its backing or its data, and programs read those.
 *
 * @param head the file's first bytes, up to `QCOW2_HEAD_BYTES`
 * @throws OrangeryError `imageRefused` with the reason
 */
export function readQcow2(head: Buffer): { virtualBytes: number } {
  const refuse = (
    why: string,
    fix = 'Export it again as a whole, single qcow2 file: qemu-img convert -O qcow2 OLD NEW.',
  ): never => {
    throw new OrangeryError('imageRefused', `The qcow2 file cannot be used: ${why}`, { fix });
  };
  if (!isQcow2(head) || head.length < HEADER_BYTES_V2) return refuse('it is cut off in its header');
  const version = head.readUInt32BE(4);
  if (version !== 2 && version !== 3) return refuse(`it is of version ${version}, which is unknown`);
  if (head.readBigUInt64BE(8) !== 0n || head.readUInt32BE(16) !== 0)
    return refuse('it names a backing file, so it is only a part of an image');
  const clusterBits = head.readUInt32BE(20);
  if (clusterBits < CLUSTER_BITS.min || clusterBits > CLUSTER_BITS.max)
    return refuse(`its clusters have 2^${clusterBits} bytes`);
  const virtualBytes = head.readBigUInt64BE(24);
  if (virtualBytes === 0n || virtualBytes > BigInt(VIRTUAL_BYTES_MAX))
    return refuse(`its disk has ${virtualBytes} bytes`);
  if (head.readUInt32BE(32) !== 0) return refuse('it is encrypted');
  if (head.readUInt32BE(60) !== 0) return refuse('it holds snapshots');
  if (version === 3) readV3(head, refuse);
  return { virtualBytes: Number(virtualBytes) };
}

function readV3(head: Buffer, refuse: (why: string, fix?: string) => never): void {
  if (head.length < HEADER_BYTES_V3) refuse('it is cut off in its header');
  const incompatible = head.readBigUInt64BE(72);
  if ((incompatible & EXTERNAL_DATA) !== 0n) refuse('its data are in another file, which it names');
  const repair = 'Repair it first: qemu-img check -r all FILE.';
  if ((incompatible & CORRUPT) !== 0n) refuse('it is marked as corrupt', repair);
  if ((incompatible & DIRTY) !== 0n) refuse('it was not closed cleanly', repair);
  if ((incompatible & ~KNOWN) !== 0n) refuse('it uses features that are unknown');
  const headerBytes = head.readUInt32BE(100);
  if (headerBytes < HEADER_BYTES_V3 || headerBytes > head.length || headerBytes % 8 !== 0)
    refuse(`its header claims ${headerBytes} bytes`);
  for (let at = headerBytes; ;) {
    if (at + 8 > head.length) return refuse('its header has no end');
    const type = head.readUInt32BE(at);
    const bytes = head.readUInt32BE(at + 4);
    if (type === EXTENSION_END) return undefined;
    if (type === EXTENSION_DATA_FILE) return refuse('its data are in another file, which it names');
    at += 8 + Math.ceil(bytes / 8) * 8;
  }
}
