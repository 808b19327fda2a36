import { buildXml, element } from './xml.ts';

export function poolXml(name: string, path: string): string {
  return buildXml([
    element('pool', { type: 'dir' }, [
      element('name', {}, [name]),
      // Others may pass through, so that QEMU's account reaches its disks, but not list.
      element('target', {}, [
        element('path', {}, [path]),
        element('permissions', {}, [element('mode', {}, ['0711'])]),
      ]),
    ]),
  ]);
}

/** @param bytes what the guest sees; a raw volume without backing is a sparse file of that size */
export function volumeXml(volume: {
  name: string;
  bytes: number | bigint;
  format: 'raw' | 'qcow2';
  backing?: string;
}): string {
  const { name, bytes, format, backing } = volume;
  return buildXml([
    element('volume', {}, [
      element('name', {}, [name]),
      element('capacity', {}, [String(bytes)]),
      format === 'raw' ? element('allocation', {}, ['0']) : undefined,
      element('target', {}, [element('format', { type: format })]),
      backing === undefined
        ? undefined
        : element('backingStore', {}, [element('path', {}, [backing]), element('format', { type: 'qcow2' })]),
    ]),
  ]);
}
