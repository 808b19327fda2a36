import { CLIPBOARD_TEXT_BYTES_MAX } from '@orangery/vdagent';

/** What a relay allows, each with its reason. Times are milliseconds, sizes bytes. */
export const RELAY_LIMITS = {
  /**
   * Above this much unsent for the browser the console is not read. The kernel's own buffer (some MiB) comes on
   * top, so a fast line never runs dry; and since Node tells of a write only when all that waited with it is
   * out, a line of 9 kB/s still shows progress within `clientStallMs`.
   */
  backlogHighBytes: 256 * 1024,
  /** Below this the console is read again. */
  backlogLowBytes: 128 * 1024,
  /** Console reads of one turn of the event loop are sent together, up to this size: one read of Node's. */
  batchBytes: 64 * 1024,
  /** A browser that takes nothing of a full backlog for so long is not coming back, whatever it says. */
  clientStallMs: 30_000,
  /** The same of all that is no picture; longer, as a text of 1 MiB shows no progress before it is out. */
  controlStallMs: 180_000,
  /** A console that takes no input for so long is hung; its machine is then looked at, not this session. */
  consoleStallMs: 30_000,
  /** A ping each; also the grain at which the three times around it are noticed. */
  tickMs: 4_000,
  /** Silence (no pong, no input, nothing taken) after which a browser has vanished; noticed one tick later. */
  clientSilenceMs: 10_000,
  /** How long a browser may take to close politely. */
  closeMs: 2_000,
  /** Control messages a second, over `controlWindowMs`: a person copies and resizes less often. */
  controlMessagesMax: 100,
  controlWindowMs: 10_000,
} as const;

export type RelayLimits = { readonly [Name in keyof typeof RELAY_LIMITS]: number };

/** One WebSocket message: clipboard text as JSON, most of it written as it is. */
export const FRAME_BYTES_MAX = 2 * CLIPBOARD_TEXT_BYTES_MAX;
