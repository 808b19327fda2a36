import type { Rect } from './client-messages.ts';
import { pixelFormatBgrx } from './client-encode.ts';
import { ENCODING, PROTOCOL_VERSION, SERVER_MESSAGE } from './tables.ts';

/**
 * What a server says, for the gateway's delivery engine, for tests and for benches.
 *
 * `greeting` opens, then after the client's version `securityTypes`, after its choice and init `securityResult`
 * and `init`.
 */
export const SERVER_HANDSHAKE = {
  greeting: (): Buffer => Buffer.from(PROTOCOL_VERSION, 'latin1'),
  /** RFC 6143 7.1.2: type None alone. */
  securityTypes: (): Buffer => Buffer.from([1, 1]),
  /** RFC 6143 7.1.3: OK. */
  securityResult: (): Buffer => Buffer.alloc(4),
  /** RFC 6143 7.3.2. */
  init: (width: number, height: number, name: string): Buffer => {
    const size = Buffer.alloc(4);
    size.writeUInt16BE(width, 0);
    size.writeUInt16BE(height, 2);
    const text = Buffer.from(name, 'utf8');
    const length = Buffer.alloc(4);
    length.writeUInt32BE(text.length, 0);
    return Buffer.concat([size, pixelFormatBgrx(), length, text]);
  },
} as const;

/** RFC 6143 7.6.1: the head of an update; 0xffff rectangles means "until LastRect". */
export function encodeUpdateHead(rectangles: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt8(SERVER_MESSAGE.framebufferUpdate, 0);
  bytes.writeUInt16BE(rectangles, 2);
  return bytes;
}

/** rfbproto "EndOfContinuousUpdates": said first to tell that they can be asked for. */
export function encodeEndOfContinuousUpdates(): Buffer {
  return Buffer.from([SERVER_MESSAGE.endOfContinuousUpdates]);
}

/** RFC 6143 7.6.1: the head of a rectangle. */
export function encodeRectHead(rect: Rect, encoding: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt16BE(rect.x, 0);
  bytes.writeUInt16BE(rect.y, 2);
  bytes.writeUInt16BE(rect.width, 4);
  bytes.writeUInt16BE(rect.height, 6);
  bytes.writeInt32BE(encoding, 8);
  return bytes;
}

/** RFC 6143 7.7.1: a Raw rectangle; `pixels` are width x height x 4 bytes. */
export function encodeRawRect(rect: Rect, pixels: Buffer): Buffer {
  return Buffer.concat([encodeRectHead(rect, ENCODING.raw), pixels]);
}

/** rfbproto "ServerFence": asks to be answered with the same number once all before it is done. */
export function encodeServerFence(number: number): Buffer {
  const bytes = Buffer.alloc(13);
  bytes.writeUInt8(SERVER_MESSAGE.serverFence, 0);
  bytes.writeUInt32BE(FENCE_REQUEST, 4);
  bytes.writeUInt8(4, 8);
  bytes.writeUInt32BE(number, 9);
  return bytes;
}

/** The highest bit: an answer is wanted. */
const FENCE_REQUEST = 0x80_00_00_00;

/** rfbproto "QEMU Audio Pseudo-encoding": a rectangle that says that QEMU's audio messages are understood. */
export function encodeQemuAudioAcknowledged(): Buffer {
  return encodeRectHead({ x: 0, y: 0, width: 0, height: 0 }, ENCODING.qemuAudio);
}

/** rfbproto "ExtendedDesktopSize": one screen. `why` 1 answers the client's own request. */
export function encodeExtendedDesktopSize(width: number, height: number, why = 0, status = 0): Buffer {
  const screens = Buffer.alloc(20);
  screens.writeUInt8(1, 0);
  screens.writeUInt16BE(width, 12);
  screens.writeUInt16BE(height, 14);
  const rect = { x: why, y: status, width, height };
  return Buffer.concat([encodeRectHead(rect, ENCODING.extendedDesktopSize), screens]);
}
