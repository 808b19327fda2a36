import type { Rect } from './client-messages.ts';
import { CLIENT_MESSAGE, PIXEL_FORMAT_BYTES, QEMU_AUDIO, QEMU_SUBTYPE } from './tables.ts';

/** RFC 6143 7.4: 32 bits a pixel, little endian, so that memory holds B, G, R and one unused byte. */
export function pixelFormatBgrx(): Buffer {
  const format = Buffer.alloc(PIXEL_FORMAT_BYTES);
  format.writeUInt8(32, 0);
  format.writeUInt8(24, 1);
  format.writeUInt8(0, 2);
  format.writeUInt8(1, 3);
  for (const at of [4, 6, 8]) format.writeUInt16BE(255, at);
  format.writeUInt8(16, 10);
  format.writeUInt8(8, 11);
  format.writeUInt8(0, 12);
  return format;
}

/** RFC 6143 7.5.1. */
export function encodeSetPixelFormat(format: Buffer): Buffer {
  return Buffer.concat([Buffer.from([CLIENT_MESSAGE.setPixelFormat, 0, 0, 0]), format]);
}

/** RFC 6143 7.5.2. */
export function encodeSetEncodings(encodings: readonly number[]): Buffer {
  const bytes = Buffer.alloc(4 + 4 * encodings.length);
  bytes.writeUInt8(CLIENT_MESSAGE.setEncodings, 0);
  bytes.writeUInt16BE(encodings.length, 2);
  for (const [index, encoding] of encodings.entries()) bytes.writeInt32BE(encoding, 4 + 4 * index);
  return bytes;
}

/** RFC 6143 7.5.3. */
export function encodeUpdateRequest(incremental: boolean, rect: Rect): Buffer {
  const bytes = Buffer.alloc(10);
  bytes.writeUInt8(CLIENT_MESSAGE.framebufferUpdateRequest, 0);
  bytes.writeUInt8(incremental ? 1 : 0, 1);
  bytes.writeUInt16BE(rect.x, 2);
  bytes.writeUInt16BE(rect.y, 4);
  bytes.writeUInt16BE(rect.width, 6);
  bytes.writeUInt16BE(rect.height, 8);
  return bytes;
}

/** RFC 6143 7.5.4. */
export function encodeKeyEvent(down: boolean, keysym: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt8(CLIENT_MESSAGE.keyEvent, 0);
  bytes.writeUInt8(down ? 1 : 0, 1);
  bytes.writeUInt32BE(keysym, 4);
  return bytes;
}

/** rfbproto "QEMU Extended Key Event Message"; `keycode` is an XT scan code (set 1, 0xe0 as bit 7). */
export function encodeQemuKeyEvent(down: boolean, keysym: number, keycode: number): Buffer {
  const bytes = Buffer.alloc(12);
  bytes.writeUInt8(CLIENT_MESSAGE.qemu, 0);
  bytes.writeUInt8(QEMU_SUBTYPE.extendedKeyEvent, 1);
  bytes.writeUInt16BE(down ? 1 : 0, 2);
  bytes.writeUInt32BE(keysym, 4);
  bytes.writeUInt32BE(keycode, 8);
  return bytes;
}

/** rfbproto "QEMU Audio Client Message": sound is not wanted. It also sets QEMU's refresh timer back to its shortest. */
export function encodeQemuAudioOff(): Buffer {
  return Buffer.from([CLIENT_MESSAGE.qemu, QEMU_SUBTYPE.audio, 0, QEMU_AUDIO.disable]);
}

/** RFC 6143 7.5.5. */
export function encodePointerEvent(x: number, y: number, buttons: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUInt8(CLIENT_MESSAGE.pointerEvent, 0);
  bytes.writeUInt8(buttons, 1);
  bytes.writeUInt16BE(x, 2);
  bytes.writeUInt16BE(y, 4);
  return bytes;
}

/** rfbproto "SetDesktopSize": one screen that covers the desktop. */
export function encodeSetDesktopSize(width: number, height: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt8(CLIENT_MESSAGE.setDesktopSize, 0);
  bytes.writeUInt16BE(width, 2);
  bytes.writeUInt16BE(height, 4);
  bytes.writeUInt8(1, 6);
  bytes.writeUInt16BE(width, 16);
  bytes.writeUInt16BE(height, 18);
  return bytes;
}
