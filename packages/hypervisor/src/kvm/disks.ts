import { OrangeryError } from '@orangery/std';
import type { ResourceLimits } from '../description.ts';
import { ioTune } from './domain-xml.ts';
import { attribute, childrenOf, element, find, textOf, type XmlNode } from './xml.ts';

/** virtio-blk hands 20 bytes of it to the guest. */
const SERIAL = /^[A-Za-z0-9._-]{1,20}$/;
/** vda is the machine's own; its spare ports allow no more than these. */
const TARGETS = ['vdb', 'vdc', 'vdd', 'vde', 'vdf', 'vdg', 'vdh'] as const;

export type DefinedDisk = { target: string; path: string; serial: string | undefined };

/** The disks of a domain's definition. */
export function disksOf(definition: XmlNode): DefinedDisk[] {
  return childrenOf(find(definition, 'devices'), 'disk').map((disk) => ({
    target: attribute(find(disk, 'target'), 'dev') ?? '',
    path: attribute(find(disk, 'source'), 'file') ?? '',
    serial: textOf(find(disk, 'serial')) || undefined,
  }));
}

/** A second disk, as it is plugged in; throws `refused` when the serial is none or no place is free. */
export function diskElement(
  disk: { path: string; serial: string; limits?: ResourceLimits },
  there: readonly DefinedDisk[],
): XmlNode {
  if (!SERIAL.test(disk.serial)) {
    throw new OrangeryError('refused', `${JSON.stringify(disk.serial)} is no serial number of a disk`);
  }
  const target = TARGETS.find((name) => !there.some((each) => each.target === name));
  if (target === undefined) throw new OrangeryError('refused', 'The machine has no place for another disk');
  return element('disk', { type: 'file', device: 'disk' }, [
    element('driver', { name: 'qemu', type: 'qcow2', discard: 'unmap' }),
    element('source', { file: disk.path }),
    element('target', { dev: target, bus: 'virtio' }),
    element('serial', {}, [disk.serial]),
    ioTune(disk.limits),
  ]);
}
