import { OrangeryError } from '@orangery/std';
import type { MachineDescription } from '../description.ts';
import { ioTune, limitElements } from './domain-xml.ts';
import { markElement } from './mark.ts';
import {
  attribute,
  attributesOf,
  buildXml,
  childrenOf,
  element,
  find,
  nameOf,
  parseXml,
  setText,
  type XmlNode,
} from './xml.ts';

/**
 * The head of a libvirt QEMU save file (libvirt src/qemu/qemu_saveimage.h, version 2), little-endian:
 *
 *     0   16  magic: "LibvirtQemudSave"; "LibvirtQemudPart" until the save is complete
 *    16    4  version
 *    20    4  length of the data that follows the header
 *    24    4  was running
 *    28    4  compressed
 *    32    4  offset of the cookie in the data
 *    36   56  unused
 *    92       data: domain XML, NUL, cookie, NUL, zeros
 *    92 + length: QEMU's stream, with the memory
 *
 * The data has 64 KiB of room, so a fork's XML takes the place of the template's and the memory stays where it is.
 */
export const HEADER_BYTES = 92;
const MAGIC = 'LibvirtQemudSave';
const VERSION = 2;
const DATA_BYTES_MAX = 8 << 20;

export type SaveFileHead = { dataBytes: number; xml: string; cookie: string; wasRunning: boolean };

/** How long the whole head is, from its first 92 bytes. */
export function headBytes(header: Buffer): number {
  if (header.length < HEADER_BYTES || header.toString('latin1', 0, 16) !== MAGIC) {
    throw new OrangeryError(
      'malformedSaveFile',
      'The template’s memory is no complete save file of libvirt',
      {
        fix: 'The save was cut off. The template is made anew.',
      },
    );
  }
  const version = header.readUInt32LE(16);
  const dataBytes = header.readUInt32LE(20);
  if (version !== VERSION || dataBytes === 0 || dataBytes > DATA_BYTES_MAX) {
    throw new OrangeryError(
      'malformedSaveFile',
      `The save file has version ${version} and ${dataBytes} bytes of data; version ${VERSION} is known`,
    );
  }
  return HEADER_BYTES + dataBytes;
}

export function parseHead(head: Buffer): SaveFileHead {
  const length = headBytes(head);
  if (head.length < length) throw new OrangeryError('malformedSaveFile', 'The save file’s head is cut off');
  const data = head.subarray(HEADER_BYTES, length);
  const xmlEnd = data.indexOf(0);
  const cookieOffset = head.readUInt32LE(32);
  if (xmlEnd < 0 || (cookieOffset !== 0 && (cookieOffset <= xmlEnd || cookieOffset >= data.length))) {
    throw new OrangeryError('malformedSaveFile', 'The save file’s XML or cookie has no end');
  }
  const cookieEnd = cookieOffset === 0 ? 0 : data.indexOf(0, cookieOffset);
  return {
    dataBytes: data.length,
    xml: data.toString('utf8', 0, xmlEnd),
    cookie:
      cookieOffset === 0 ? '' : data.toString('utf8', cookieOffset, cookieEnd < 0 ? data.length : cookieEnd),
    wasRunning: head.readUInt32LE(24) !== 0,
  };
}

/** A head of the same size with another XML; everything else as it was. */
export function replaceXml(head: Buffer, xml: string): Buffer {
  const { dataBytes, cookie } = parseHead(head);
  if (xml.includes('\0')) throw new OrangeryError('badXml', 'The fork’s XML holds a NUL, which would end it');
  const text = Buffer.from(`${xml}\0`);
  const tail = cookie === '' ? Buffer.alloc(0) : Buffer.from(`${cookie}\0`);
  if (text.length + tail.length > dataBytes) {
    throw new OrangeryError(
      'saveFileFull',
      `The fork's XML needs ${text.length + tail.length} bytes, the save file has room for ${dataBytes}`,
    );
  }
  const made = Buffer.alloc(HEADER_BYTES + dataBytes);
  head.copy(made, 0, 0, HEADER_BYTES);
  made.writeUInt32LE(tail.length === 0 ? 0 : text.length, 32);
  text.copy(made, HEADER_BYTES);
  tail.copy(made, HEADER_BYTES + text.length);
  return made;
}

/** What a fork has of its own, whatever its template had. */
const OWN_ELEMENTS = ['title', 'memoryBacking', 'cputune'];

/** The template's XML as the fork's: its own name, id, mark, limits and disk; sockets are left for libvirt to choose. */
export function forkXml(templateXml: string, fork: MachineDescription, diskPath: string): string {
  const nodes = parseXml(templateXml);
  const domain = nodes.find((node) => nameOf(node) === 'domain');
  const name = find(domain, 'name');
  const uuid = find(domain, 'uuid');
  const metadata = find(domain, 'metadata');
  const disk = childrenOf(find(domain, 'devices'), 'disk')[0];
  const source = find(disk, 'source');
  if (!domain || !name || !uuid || !metadata || !disk || !source) {
    throw new OrangeryError('malformedSaveFile', 'The save file’s XML lacks a name, UUID, metadata or disk');
  }
  setText(name, fork.name);
  setText(uuid, fork.id);
  metadata['metadata'] = [markElement(fork.mark)];
  source[':@'] = { '@file': diskPath };
  source['source'] = [];
  const tune = ioTune(fork.limits);
  disk['disk'] = [
    ...childrenOf(disk).filter((child) => !['backingStore', 'iotune'].includes(nameOf(child))),
    ...(tune === undefined ? [] : [tune]),
  ];
  domain['domain'] = [
    ...childrenOf(domain).filter((child) => !OWN_ELEMENTS.includes(nameOf(child))),
    ...(fork.title === undefined ? [] : [element('title', {}, [fork.title])]),
    ...limitElements(fork.limits),
  ];
  for (const device of childrenOf(find(domain, 'devices'))) forgetSockets(device);
  return buildXml(nodes);
}

/** Socket paths carry the old machine's name. */
function forgetSockets(device: XmlNode): void {
  const drop = (node: XmlNode | undefined, name: string): void => {
    if (node === undefined || attribute(node, name) === undefined) return;
    const { [`@${name}`]: _gone, ...rest } = attributesOf(node);
    node[':@'] = rest;
  };
  if (nameOf(device) === 'graphics') {
    drop(device, 'socket');
    for (const listen of childrenOf(device, 'listen')) drop(listen, 'socket');
  }
  if (nameOf(device) === 'channel' && attribute(device, 'type') === 'unix')
    drop(find(device, 'source'), 'path');
}
