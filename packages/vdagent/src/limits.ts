import { MESSAGE_HEADER_BYTES } from './tables.ts';

/** Text of a clipboard, UTF-8: a long document fits; QEMU's own agent draws the same line. */
export const CLIPBOARD_TEXT_BYTES_MAX = 2 ** 20;

/**
 * VD_AGENT_MAX_DATA_SIZE: the guest's daemon drops the connection on a larger chunk, so we send no larger one.
 * The header of the chunk is not counted by it; we count it, to be on the safe side of every agent.
 */
export const CHUNK_DATA_BYTES_MAX = 2048 - 8;

/**
 * What may come from the guest, in one message that is kept. The daemon sends each message as one chunk,
 * however large, so this is the bound of incoming chunks too.
 */
export const MESSAGE_BYTES_MAX = CLIPBOARD_TEXT_BYTES_MAX + 1024;

/** A longer message (a picture on the clipboard) is counted off and not kept, up to here; beyond is garbage. */
export const MESSAGE_SKIPPED_BYTES_MAX = 2 ** 28;

/** After this many bytes without a message in them the other end is not an agent. */
export const RESYNC_BYTES_MAX = 2 ** 20;

export const INBOUND_CHUNK_BYTES_MAX = MESSAGE_SKIPPED_BYTES_MAX + MESSAGE_HEADER_BYTES;

/** One wall of monitors. QEMU's cards have 16 outputs at most. */
export const MONITORS_MAX = 16;

/** Side of a monitor; as RFB's. */
export const MONITOR_SIDE_MAX = 16_384;

/** Words of an announcement of capabilities: 32 bits each, 18 are in use. */
export const CAPABILITY_WORDS_MAX = 16;

/** What may wait in the stream for a guest that does not read: one clipboard and then some. */
export const BACKLOG_BYTES_MAX = 2 * CLIPBOARD_TEXT_BYTES_MAX;

/** A message that began must end within this time, or its sender died in the middle of it. */
export const MESSAGE_TIMEOUT_MS = 10_000;

/** A program in the guest that owns the clipboard must hand it over within this time. */
export const CLIPBOARD_ANSWER_TIMEOUT_MS = 5_000;

/** After `close()`, a guest that does not take the goodbye is cut off after this. */
export const GOODBYE_MS = 1_000;
