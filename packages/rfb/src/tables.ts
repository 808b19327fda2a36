/**
 * Numbers of the wire. Sections are RFC 6143's; the others are the community's registry
 * (github.com/rfbproto/rfbproto, "rfbproto.rst"), named by their title there.
 */

/** 7.5 Client-to-Server Messages, and those that extensions added. */
export const CLIENT_MESSAGE = {
  setPixelFormat: 0,
  setEncodings: 2,
  framebufferUpdateRequest: 3,
  keyEvent: 4,
  pointerEvent: 5,
  clientCutText: 6,
  enableContinuousUpdates: 150,
  clientFence: 248,
  xvp: 250,
  setDesktopSize: 251,
  qemu: 255,
} as const;

/** 7.6 Server-to-Client Messages, and those that extensions added. */
export const SERVER_MESSAGE = {
  framebufferUpdate: 0,
  setColourMapEntries: 1,
  bell: 2,
  serverCutText: 3,
  endOfContinuousUpdates: 150,
  serverFence: 248,
} as const;

/** 7.7 Encodings and 7.8 Pseudo-Encodings: those that our own client asks for. */
export const ENCODING = {
  raw: 0,
  /** 7.7.2 CopyRect. */
  copyRect: 1,
  /** 7.8.2 DesktopSize. */
  desktopSize: -223,
  /** "LastRect Pseudo-encoding". */
  lastRect: -224,
  /** "JPEG Encoding": an image file, as it is. */
  jpeg: 21,
  /** "Open H.264 Encoding". */
  h264: 50,
  /** 7.8.1 Cursor. */
  cursor: -239,
  /** "QEMU Extended Key Event Pseudo-encoding". */
  qemuExtendedKey: -258,
  /** "ExtendedDesktopSize Pseudo-encoding". */
  extendedDesktopSize: -308,
  /** "QEMU Audio Pseudo-encoding". */
  qemuAudio: -259,
  /** "Fence Pseudo-encoding". */
  fence: -312,
  /** "ContinuousUpdates Pseudo-encoding". */
  continuousUpdates: -313,
} as const;

/** 7.2 Security Types. The consoles we dial are reached through a channel that is already authenticated. */
export const SECURITY_NONE = 1;

/** "QEMU Client Message": sub-types. */
export const QEMU_SUBTYPE = { extendedKeyEvent: 0, audio: 1 } as const;

/** "QEMU Audio Client Message": operations. */
export const QEMU_AUDIO = { enable: 0, disable: 1, setFormat: 2 } as const;

/** "ExtendedDesktopSize Pseudo-encoding": the status of an answer to SetDesktopSize. */
export const RESIZE_STATUS = {
  0: 'done',
  1: 'prohibited',
  2: 'outOfResources',
  3: 'invalidLayout',
  4: 'forwarded',
} as const;

export const PROTOCOL_VERSION = 'RFB 003.008\n';

/** 7.4 Pixel Format: bits per pixel, depth, big endian, true colour, maxima, shifts, padding. */
export const PIXEL_FORMAT_BYTES = 16;
