import { CAPABILITY_WORDS_MAX, CHUNK_DATA_BYTES_MAX, MONITORS_MAX } from './limits.ts';
import {
  CAPABILITY,
  type Capability,
  CHUNK_HEADER_BYTES,
  MESSAGE,
  MESSAGE_HEADER_BYTES,
  type MessageName,
  MONITORS_USE_POSITION,
  PORT,
  PROTOCOL,
} from './tables.ts';

export type Monitor = { width: number; height: number; x: number; y: number; depth: number };

/**
 * What agent and client say to each other. The clipboard's messages carry a selection when both ends announced
 * `clipboardSelection`; without it the selection is the clipboard.
 */
export type AgentMessage =
  | { name: 'announceCapabilities'; request: boolean; capabilities: ReadonlySet<Capability> }
  | { name: 'monitorsConfig'; monitors: Monitor[] }
  | { name: 'reply'; to: number; error: number }
  | { name: 'clipboardGrab'; selection: number; types: number[] }
  | { name: 'clipboardRequest'; selection: number; type: number }
  | { name: 'clipboard'; selection: number; type: number; data: Buffer }
  | { name: 'clipboardRelease'; selection: number }
  | { name: 'maxClipboard'; bytes: number }
  | { name: 'clientDisconnected' }
  | { name: 'fileXferStart'; id: number; data: Buffer }
  | { name: 'fileXferStatus'; id: number; result: number; data: Buffer }
  | { name: 'fileXferData'; id: number; data: Buffer }
  /** Known, and nothing that is used here. */
  | { name: 'mouseState' | 'displayConfig' | 'audioVolumeSync' | 'graphicsDeviceInfo'; data: Buffer };

export type Malformed = { name: 'malformed'; type: number; reason: string };

const NAMES = new Map<number, MessageName>(
  Object.entries(MESSAGE).map(([name, type]) => [type, name as MessageName]),
);

/** @param selections whether clipboard messages carry one */
export function decodeMessage(type: number, data: Buffer, selections: boolean): AgentMessage | Malformed {
  const name = NAMES.get(type);
  if (name === undefined) return { name: 'malformed', type, reason: 'its type is not known' };
  try {
    return decode(name, data, selections);
  } catch (thrown) {
    if (!(thrown instanceof RangeError)) throw thrown;
    return { name: 'malformed', type, reason: `${data.length} bytes are too few for ${name}` };
  }
}

/** Reads beyond the end throw Node's RangeError, which means that the message is too short. */
function decode(name: MessageName, data: Buffer, selections: boolean): AgentMessage | Malformed {
  const at = selections ? 4 : 0;
  const selection = selections && data.length > 0 ? data.readUInt8(0) : 0;
  switch (name) {
    case 'announceCapabilities':
      return {
        name,
        request: data.readUInt32LE(0) !== 0,
        capabilities: decodeCapabilities(data.subarray(4)),
      };
    case 'monitorsConfig':
      return decodeMonitors(data);
    case 'reply':
      return { name, to: data.readUInt32LE(0), error: data.readUInt32LE(4) };
    case 'clipboardGrab': {
      const types: number[] = [];
      for (let next = at; next + 4 <= data.length; next += 4) types.push(data.readUInt32LE(next));
      return { name, selection, types };
    }
    case 'clipboardRequest':
      return { name, selection, type: data.readUInt32LE(at) };
    case 'clipboard':
      return { name, selection, type: data.readUInt32LE(at), data: data.subarray(at + 4) };
    case 'clipboardRelease':
      // The daemon has two writers of this message, and one of them sends the selection alone, in 1 byte.
      return { name, selection };
    case 'maxClipboard':
      return { name, bytes: data.readInt32LE(0) };
    case 'clientDisconnected':
      return { name };
    case 'fileXferStart':
      return { name, id: data.readUInt32LE(0), data: data.subarray(4) };
    case 'fileXferStatus':
      return { name, id: data.readUInt32LE(0), result: data.readUInt32LE(4), data: data.subarray(8) };
    case 'fileXferData':
      return {
        name,
        id: data.readUInt32LE(0),
        data: data.subarray(12, 12 + Number(data.readBigUInt64LE(4))),
      };
    case 'mouseState':
    case 'displayConfig':
    case 'audioVolumeSync':
    case 'graphicsDeviceInfo':
      return { name, data };
  }
}

function decodeCapabilities(words: Buffer): ReadonlySet<Capability> {
  const found = new Set<Capability>();
  const bits = 8 * Math.min(words.length - (words.length % 4), 4 * CAPABILITY_WORDS_MAX);
  for (const [name, bit] of Object.entries(CAPABILITY)) {
    if (bit < bits && ((words[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0) found.add(name as Capability);
  }
  return found;
}

function decodeMonitors(data: Buffer): AgentMessage | Malformed {
  const count = data.readUInt32LE(0);
  if (count > MONITORS_MAX)
    return { name: 'malformed', type: MESSAGE.monitorsConfig, reason: `${count} monitors` };
  const monitors: Monitor[] = [];
  for (let index = 0; index < count; index += 1) {
    const at = 8 + 20 * index;
    const [height, width] = [data.readUInt32LE(at), data.readUInt32LE(at + 4)];
    const depth = data.readUInt32LE(at + 8);
    monitors.push({ width, height, depth, x: data.readInt32LE(at + 12), y: data.readInt32LE(at + 16) });
  }
  return { name: 'monitorsConfig', monitors };
}

type Spoken =
  | 'announceCapabilities'
  | 'monitorsConfig'
  | 'reply'
  | 'clipboardGrab'
  | 'clipboardRequest'
  | 'clipboard'
  | 'clipboardRelease'
  | 'maxClipboard'
  | 'clientDisconnected';

/** The messages that are written here; the others are only understood. */
export type SpokenMessage = Extract<AgentMessage, { name: Spoken }>;

/** The data of a message, without its header. */
export function encodeData(message: SpokenMessage, selections: boolean): Buffer {
  const select = (selection: number): number[] => (selections ? [selection] : []);
  switch (message.name) {
    case 'announceCapabilities': {
      let bits = 0;
      for (const name of message.capabilities) bits |= 1 << CAPABILITY[name];
      return words(message.request ? 1 : 0, bits >>> 0);
    }
    case 'monitorsConfig': {
      const { monitors } = message;
      const each = monitors.flatMap(({ height, width, depth, x, y }) => [height, width, depth, x, y]);
      return words(monitors.length, MONITORS_USE_POSITION, ...each);
    }
    case 'reply':
      return words(message.to, message.error);
    case 'clipboardGrab':
      return words(...select(message.selection), ...message.types);
    case 'clipboardRequest':
      return words(...select(message.selection), message.type);
    case 'clipboard':
      return Buffer.concat([words(...select(message.selection), message.type), message.data]);
    case 'clipboardRelease':
      return words(...select(message.selection));
    case 'maxClipboard':
      return words(message.bytes);
    case 'clientDisconnected':
      return Buffer.alloc(0);
  }
}

function words(...values: number[]): Buffer {
  const bytes = Buffer.alloc(4 * values.length);
  for (const [index, value] of values.entries()) bytes.writeInt32LE(value | 0, 4 * index);
  return bytes;
}

/** A message in chunks. Each message begins a chunk of its own: the daemon refuses a chunk with two in it. */
export function encodeMessage(
  type: number,
  data: Buffer,
  port: number = PORT.client,
  chunkBytes: number = CHUNK_DATA_BYTES_MAX,
): Buffer {
  const head = Buffer.alloc(MESSAGE_HEADER_BYTES);
  head.writeUInt32LE(PROTOCOL, 0);
  head.writeUInt32LE(type, 4);
  head.writeUInt32LE(data.length, 16);
  const whole = Buffer.concat([head, data]);
  const parts: Buffer[] = [];
  for (let at = 0; at < whole.length; at += chunkBytes) {
    const part = whole.subarray(at, at + chunkBytes);
    const chunk = Buffer.alloc(CHUNK_HEADER_BYTES);
    chunk.writeUInt32LE(port, 0);
    chunk.writeUInt32LE(part.length, 4);
    parts.push(chunk, part);
  }
  return Buffer.concat(parts);
}
