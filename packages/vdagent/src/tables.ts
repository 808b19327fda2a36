/**
 * Numbers of the SPICE agent protocol, from spice-protocol's `spice/vd_agent.h`. Everything is little endian
 * and packed.
 */

/** VDIChunkHeader: u32 port, u32 size of the chunk's data. */
export const CHUNK_HEADER_BYTES = 8;

/** VDAgentMessage: u32 protocol, u32 type, u64 opaque, u32 size of the message's data. */
export const MESSAGE_HEADER_BYTES = 20;

/** VDP_CLIENT_PORT and VDP_SERVER_PORT: who the guest's daemon talks to. We are its client. */
export const PORT = { client: 1, server: 2 } as const;

/** VD_AGENT_PROTOCOL. */
export const PROTOCOL = 1;

export const MESSAGE = {
  mouseState: 1,
  monitorsConfig: 2,
  reply: 3,
  clipboard: 4,
  displayConfig: 5,
  announceCapabilities: 6,
  clipboardGrab: 7,
  clipboardRequest: 8,
  clipboardRelease: 9,
  fileXferStart: 10,
  fileXferStatus: 11,
  fileXferData: 12,
  clientDisconnected: 13,
  maxClipboard: 14,
  audioVolumeSync: 15,
  graphicsDeviceInfo: 16,
} as const;

export type MessageName = keyof typeof MESSAGE;

/** VD_AGENT_CAP_…: numbers of bits. */
export const CAPABILITY = {
  mouseState: 0,
  monitorsConfig: 1,
  reply: 2,
  clipboard: 3,
  displayConfig: 4,
  clipboardByDemand: 5,
  clipboardSelection: 6,
  sparseMonitorsConfig: 7,
  guestLineEndLf: 8,
  guestLineEndCrlf: 9,
  maxClipboard: 10,
  audioVolumeSync: 11,
  monitorsConfigPosition: 12,
  fileXferDisabled: 13,
  fileXferDetailedErrors: 14,
  graphicsDeviceInfo: 15,
  clipboardNoReleaseOnRegrab: 16,
  clipboardGrabSerial: 17,
} as const;

export type Capability = keyof typeof CAPABILITY;

/** VD_AGENT_CLIPBOARD_…: what is on a clipboard. */
export const CLIPBOARD_TYPE = { none: 0, utf8Text: 1 } as const;

/** VD_AGENT_CLIPBOARD_SELECTION_…: X11's selections. Only the clipboard proper is shared. */
export const SELECTION = { clipboard: 0, primary: 1, secondary: 2 } as const;

/** VD_AGENT_SUCCESS and VD_AGENT_ERROR of a reply. */
export const REPLY = { success: 1, error: 2 } as const;

/** VD_AGENT_CONFIG_MONITORS_FLAG_USE_POS: x and y mean something. */
export const MONITORS_USE_POSITION = 1;
