import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { MachineDescription } from '../description.ts';
import { forkXml, headBytes, HEADER_BYTES, parseHead, replaceXml } from './save-file.ts';
import { attribute, childrenOf, find, root, textOf } from './xml.ts';

const ROOM = 4096;

/** A head as libvirt writes it: XML, NUL, cookie, NUL, zeros. */
function headOf(xml: string, cookie = '', room = ROOM): Buffer {
  const text = Buffer.from(`${xml}\0`);
  const tail = cookie === '' ? Buffer.alloc(0) : Buffer.from(`${cookie}\0`);
  const head = Buffer.alloc(HEADER_BYTES + text.length + tail.length + room);
  head.write('LibvirtQemudSave', 0, 'latin1');
  head.writeUInt32LE(2, 16);
  head.writeUInt32LE(head.length - HEADER_BYTES, 20);
  head.writeUInt32LE(1, 24);
  head.writeUInt32LE(tail.length === 0 ? 0 : text.length, 32);
  text.copy(head, HEADER_BYTES);
  tail.copy(head, HEADER_BYTES + text.length);
  return head;
}

const TEMPLATE = `<domain type='qemu'><name>template-1</name><uuid>11111111-1111-4111-8111-111111111111</uuid>
<title>Template</title><metadata><other:thing xmlns:other='urn:other'/></metadata>
<memoryBacking><locked/></memoryBacking><cputune><shares>9</shares></cputune><memory unit='KiB'>1048576</memory>
<devices><disk type='file' device='disk'><driver name='qemu' type='qcow2'/><source file='/pool/template.qcow2' index='1'>
<seclabel model='dac' relabel='no'/></source><backingStore type='file'><source file='/pool/golden.qcow2'/></backingStore>
<iotune><read_bytes_sec>5</read_bytes_sec></iotune><target dev='vda' bus='virtio'/></disk>
<channel type='unix'><source mode='bind' path='/var/lib/libvirt/qemu/channel/target/domain-4-template-1/agent'/>
<target type='virtio' name='org.qemu.guest_agent.0'/></channel>
<graphics type='vnc' socket='/var/lib/libvirt/qemu/domain-4-template-1/vnc.sock'>
<listen type='socket' socket='/var/lib/libvirt/qemu/domain-4-template-1/vnc.sock'/></graphics></devices></domain>`;

const FORK: MachineDescription = {
  id: '22222222-2222-4222-8222-222222222222',
  name: 'ada-desktop',
  title: 'Ada’s desktop <"&\'>',
  mark: { installationId: 'i-1', generation: 2, kind: 'machine', rowId: 'r-1' },
  cpus: 2,
  memoryMib: 1024,
  firmware: 'bios',
  disk: { pool: 'p', volume: 'v' },
  nics: [],
  accelerator: 'tcg',
  cpu: { mode: 'maximum' },
  display: { width: 1024, height: 768 },
};

describe('the head of a save file', () => {
  test('gives back its XML and cookie', () => {
    const head = headOf('<domain/>', '<cookie/>');
    expect(headBytes(head.subarray(0, HEADER_BYTES))).toBe(head.length);
    expect(parseHead(head)).toEqual({
      dataBytes: head.length - HEADER_BYTES,
      xml: '<domain/>',
      cookie: '<cookie/>',
      wasRunning: true,
    });
    expect(parseHead(headOf('<domain/>')).cookie).toBe('');
  });

  test('takes another XML of any length that fits, and keeps its size, cookie and all else', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 400 }),
        fc.string({ unit: 'grapheme', maxLength: 400 }),
        fc.string({ minLength: 0, maxLength: 40 }),
        (before, after, cookie) => {
          const clean = (text: string): string => text.replaceAll('\0', '');
          const head = headOf(clean(before), clean(cookie));
          const made = replaceXml(head, clean(after));
          expect(made.length).toBe(head.length);
          expect(parseHead(made)).toEqual({ ...parseHead(head), xml: clean(after) });
          expect(made.subarray(0, 32)).toEqual(head.subarray(0, 32));
        },
      ),
    );
  });

  test('refuses an XML that does not fit, or that would end early', () => {
    const head = headOf('<domain/>', '<cookie/>', 10);
    expect(() => replaceXml(head, 'x'.repeat(30))).toThrow(/has room for/);
    expect(() => replaceXml(headOf('<domain/>'), '<a>\0</a>')).toThrow(/NUL/);
  });

  test('of a save that was cut off, of another version, or of another program is no head', () => {
    const changed = (change: (head: Buffer) => void): Buffer => {
      const head = headOf('<domain/>', '<cookie/>');
      change(head);
      return head;
    };
    const bad = [
      changed((head) => head.write('LibvirtQemudPart', 0, 'latin1')),
      changed((head) => head.writeUInt32LE(3, 16)),
      changed((head) => head.writeUInt32LE(0, 20)),
      changed((head) => head.writeUInt32LE(0xffffffff, 20)),
      changed((head) => head.writeUInt32LE(3, 32)),
      changed((head) => head.writeUInt32LE(0xffffff, 32)),
      changed((head) => head.fill(0x41, HEADER_BYTES)),
      headOf('<domain/>').subarray(0, HEADER_BYTES + 20),
      Buffer.alloc(0),
    ];
    for (const head of bad) expect(() => parseHead(head)).toThrow(/save file/i);
  });
});

describe('the XML of a fork', () => {
  const domain = root(forkXml(TEMPLATE, FORK, '/pool/machine.qcow2'), 'domain');
  const devices = find(domain, 'devices');

  test('has its own name, id, title, mark and disk', () => {
    expect(textOf(find(domain, 'name'))).toBe(FORK.name);
    expect(textOf(find(domain, 'uuid'))).toBe(FORK.id);
    expect(textOf(find(domain, 'title'))).toBe(FORK.title);
    expect(childrenOf(domain, 'title')).toHaveLength(1);
    expect(attribute(find(domain, 'metadata', 'orangery:mark'), 'row')).toBe('r-1');
    const disk = find(devices, 'disk');
    expect(attribute(find(disk, 'source'), 'file')).toBe('/pool/machine.qcow2');
    expect(childrenOf(find(disk, 'source'))).toEqual([]);
    expect(find(disk, 'backingStore')).toBeUndefined();
    expect(attribute(find(disk, 'target'), 'dev')).toBe('vda');
  });

  test('leaves the sockets for libvirt to choose', () => {
    expect(attribute(find(devices, 'channel', 'source'), 'path')).toBeUndefined();
    expect(attribute(find(devices, 'channel', 'source'), 'mode')).toBe('bind');
    expect(attribute(find(devices, 'graphics'), 'socket')).toBeUndefined();
    expect(attribute(find(devices, 'graphics', 'listen'), 'socket')).toBeUndefined();
  });

  test('has the limits of the fork, and none of its template', () => {
    expect(find(domain, 'cputune')).toBeUndefined();
    expect(find(domain, 'memoryBacking')).toBeUndefined();
    expect(find(devices, 'disk', 'iotune')).toBeUndefined();
    const limits = { cpuShares: 300, cpuCap: 1.5, memoryReservedMib: 1, writeBytesPerSecond: 7 };
    const limited = root(forkXml(TEMPLATE, { ...FORK, limits }, '/d'), 'domain');
    expect(textOf(find(limited, 'cputune', 'shares'))).toBe('300');
    expect(textOf(find(limited, 'cputune', 'global_quota'))).toBe('150000');
    expect(find(limited, 'memoryBacking', 'locked')).toBeDefined();
    expect(textOf(find(limited, 'devices', 'disk', 'iotune', 'write_bytes_sec'))).toBe('7');
    expect(childrenOf(limited, 'cputune')).toHaveLength(1);
  });

  test('is not made from something that is no machine', () => {
    for (const xml of [
      '<domain/>',
      '<network/>',
      '',
      'text',
      '<domain><name>a</name><uuid>b</uuid></domain>',
    ])
      expect(() => forkXml(xml, FORK, '/d')).toThrow();
  });
});
