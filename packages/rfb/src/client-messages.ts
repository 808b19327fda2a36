import {
  CUT_TEXT_BYTES_MAX,
  ENCODINGS_MAX,
  FENCE_BYTES_MAX,
  FRAME_PIXELS_MAX,
  FRAME_SIDE_MAX,
  SCREENS_MAX,
} from './limits.ts';
import { CLIENT_MESSAGE, QEMU_AUDIO, QEMU_SUBTYPE } from './tables.ts';

export type Rect = { x: number; y: number; width: number; height: number };
export type Screen = Rect & { id: number; flags: number };

/** What a client may say after the handshake, decoded. */
export type ClientMessage =
  | { name: 'setPixelFormat'; bitsPerPixel: number; depth: number; bigEndian: boolean; trueColour: boolean }
  | { name: 'setEncodings'; encodings: number[] }
  | ({ name: 'framebufferUpdateRequest'; incremental: boolean } & Rect)
  | { name: 'keyEvent'; down: boolean; keysym: number }
  | { name: 'pointerEvent'; buttons: number; x: number; y: number }
  | { name: 'clientCutText'; extended: boolean; length: number }
  | ({ name: 'enableContinuousUpdates'; enable: boolean } & Rect)
  | { name: 'clientFence'; flags: number; payload: Buffer }
  | { name: 'xvp'; version: number; code: number }
  | { name: 'setDesktopSize'; width: number; height: number; screens: Screen[] }
  | { name: 'qemuExtendedKeyEvent'; down: boolean; keysym: number; keycode: number }
  | { name: 'qemuAudio'; operation: 'enable' | 'disable' | 'setFormat' };

export type Refusal = { code: 'rfbUnknownMessage' | 'rfbTooLong' | 'rfbMalformed'; reason: string };

/**
 * One kind of client message: how many bytes tell its length, what its whole length then is, and what it
 * says. `bodySkipped` messages are counted off the wire and never kept.
 */
export type ClientStruct = {
  section: string;
  headBytes: number;
  totalBytes: (head: Buffer) => number | Refusal;
  bodySkipped?: true;
  decode: (bytes: Buffer) => ClientMessage | Refusal;
};

const rectAt = (bytes: Buffer, at: number): Rect => ({
  x: bytes.readUInt16BE(at),
  y: bytes.readUInt16BE(at + 2),
  width: bytes.readUInt16BE(at + 4),
  height: bytes.readUInt16BE(at + 6),
});

const tooLong = (what: string, found: number, max: number): Refusal => ({
  code: 'rfbTooLong',
  reason: `${what} announces ${found}, at most ${max} are taken`,
});

/** "ExtendedDesktopSize": SCREEN, 16 bytes. */
const screenAt = (bytes: Buffer, at: number): Screen => ({
  id: bytes.readUInt32BE(at),
  ...rectAt(bytes, at + 4),
  flags: bytes.readUInt32BE(at + 12),
});

const AUDIO_OPERATIONS = ['enable', 'disable', 'setFormat'] as const;

const QEMU_STRUCT: ClientStruct = {
  section: 'rfbproto: QEMU Client Message',
  // The longest head that any of its kinds needs: type, sub-type, u16 (down flag or audio operation).
  headBytes: 4,
  totalBytes: (head) => {
    const subtype = head.readUInt8(1);
    if (subtype === QEMU_SUBTYPE.extendedKeyEvent) return 12;
    if (subtype !== QEMU_SUBTYPE.audio) {
      return { code: 'rfbUnknownMessage', reason: `QEMU sub-type ${subtype} is not known` };
    }
    const operation = head.readUInt16BE(2);
    if (operation === QEMU_AUDIO.setFormat) return 10;
    if (operation in AUDIO_OPERATIONS) return 4;
    return { code: 'rfbUnknownMessage', reason: `QEMU audio operation ${operation} is not known` };
  },
  decode: (bytes) => {
    const word = bytes.readUInt16BE(2);
    if (bytes.readUInt8(1) === QEMU_SUBTYPE.audio) {
      return { name: 'qemuAudio', operation: AUDIO_OPERATIONS[word] ?? 'disable' };
    }
    const keysym = bytes.readUInt32BE(4);
    return { name: 'qemuExtendedKeyEvent', down: word !== 0, keysym, keycode: bytes.readUInt32BE(8) };
  },
};

export const CLIENT_STRUCTS: Readonly<Record<number, ClientStruct>> = {
  [CLIENT_MESSAGE.setPixelFormat]: {
    section: 'RFC 6143 7.5.1',
    headBytes: 20,
    totalBytes: () => 20,
    decode: (bytes) => {
      const bitsPerPixel = bytes.readUInt8(4);
      if (![8, 16, 32].includes(bitsPerPixel)) {
        return { code: 'rfbMalformed', reason: `${bitsPerPixel} bits per pixel; 8, 16 or 32 exist` };
      }
      const [depth, bigEndian, trueColour] = [bytes.readUInt8(5), bytes.readUInt8(6), bytes.readUInt8(7)];
      const flags = { bigEndian: bigEndian !== 0, trueColour: trueColour !== 0 };
      return { name: 'setPixelFormat', bitsPerPixel, depth, ...flags };
    },
  },
  [CLIENT_MESSAGE.setEncodings]: {
    section: 'RFC 6143 7.5.2',
    headBytes: 4,
    totalBytes: (head) => {
      const count = head.readUInt16BE(2);
      return count > ENCODINGS_MAX ? tooLong('SetEncodings', count, ENCODINGS_MAX) : 4 + 4 * count;
    },
    decode: (bytes) => {
      const encodings: number[] = [];
      for (let at = 4; at < bytes.length; at += 4) encodings.push(bytes.readInt32BE(at));
      return { name: 'setEncodings', encodings };
    },
  },
  [CLIENT_MESSAGE.framebufferUpdateRequest]: {
    section: 'RFC 6143 7.5.3',
    headBytes: 10,
    totalBytes: () => 10,
    decode: (bytes) => {
      const incremental = bytes.readUInt8(1) !== 0;
      return { name: 'framebufferUpdateRequest', incremental, ...rectAt(bytes, 2) };
    },
  },
  [CLIENT_MESSAGE.keyEvent]: {
    section: 'RFC 6143 7.5.4',
    headBytes: 8,
    totalBytes: () => 8,
    decode: (bytes) => ({
      name: 'keyEvent',
      down: bytes.readUInt8(1) !== 0,
      keysym: bytes.readUInt32BE(4),
    }),
  },
  [CLIENT_MESSAGE.pointerEvent]: {
    section: 'RFC 6143 7.5.5',
    headBytes: 6,
    totalBytes: () => 6,
    decode: (bytes) => ({
      name: 'pointerEvent',
      buttons: bytes.readUInt8(1),
      x: bytes.readUInt16BE(2),
      y: bytes.readUInt16BE(4),
    }),
  },
  [CLIENT_MESSAGE.clientCutText]: {
    // A negative length is "Extended Clipboard Pseudo-encoding": its magnitude counts 4 bytes of flags too.
    section: 'RFC 6143 7.5.6',
    headBytes: 8,
    bodySkipped: true,
    totalBytes: (head) => {
      const signed = head.readInt32BE(4);
      const length = Math.abs(signed);
      if (length > CUT_TEXT_BYTES_MAX) return tooLong('ClientCutText', length, CUT_TEXT_BYTES_MAX);
      if (signed < 0 && length < 4) {
        return {
          code: 'rfbMalformed',
          reason: `an extended cut text of ${length} bytes has no room for flags`,
        };
      }
      return 8 + length;
    },
    decode: (head) => {
      const length = head.readInt32BE(4);
      return { name: 'clientCutText', extended: length < 0, length: Math.abs(length) };
    },
  },
  [CLIENT_MESSAGE.enableContinuousUpdates]: {
    section: 'rfbproto: EnableContinuousUpdates',
    headBytes: 10,
    totalBytes: () => 10,
    decode: (bytes) => {
      const enable = bytes.readUInt8(1) !== 0;
      return { name: 'enableContinuousUpdates', enable, ...rectAt(bytes, 2) };
    },
  },
  [CLIENT_MESSAGE.clientFence]: {
    section: 'rfbproto: ClientFence',
    headBytes: 9,
    totalBytes: (head) => {
      const length = head.readUInt8(8);
      return length > FENCE_BYTES_MAX ? tooLong('ClientFence', length, FENCE_BYTES_MAX) : 9 + length;
    },
    decode: (bytes) => ({
      name: 'clientFence',
      flags: bytes.readUInt32BE(4),
      payload: Buffer.from(bytes.subarray(9)),
    }),
  },
  [CLIENT_MESSAGE.xvp]: {
    section: 'rfbproto: xvp Client Message',
    headBytes: 4,
    totalBytes: () => 4,
    decode: (bytes) => ({ name: 'xvp', version: bytes.readUInt8(2), code: bytes.readUInt8(3) }),
  },
  [CLIENT_MESSAGE.setDesktopSize]: {
    section: 'rfbproto: SetDesktopSize',
    headBytes: 8,
    totalBytes: (head) => {
      const count = head.readUInt8(6);
      return count > SCREENS_MAX ? tooLong('SetDesktopSize', count, SCREENS_MAX) : 8 + 16 * count;
    },
    decode: (bytes) => {
      const screens: Screen[] = [];
      for (let at = 8; at < bytes.length; at += 16) screens.push(screenAt(bytes, at));
      return { name: 'setDesktopSize', width: bytes.readUInt16BE(2), height: bytes.readUInt16BE(4), screens };
    },
  },
  [CLIENT_MESSAGE.qemu]: QEMU_STRUCT,
};

/** Whether a desktop of this size can be kept in a frame buffer of ours. */
export function isFrameSize(width: number, height: number): boolean {
  const whole = Number.isInteger(width) && Number.isInteger(height);
  const sides = width >= 1 && height >= 1 && width <= FRAME_SIDE_MAX && height <= FRAME_SIDE_MAX;
  return whole && sides && width * height <= FRAME_PIXELS_MAX;
}
