import { type Clock, OrangeryError } from '@orangery/std';
import { ENCODING, RESIZE_STATUS } from './tables.ts';

export type RfbClientOptions = {
  clock?: Clock;
  /** For the whole handshake. */
  connectTimeoutMs?: number;
  /** For an answer to SetDesktopSize. */
  resizeTimeoutMs?: number;
};

/** `number` counts updates since the connection began; `rectangles` those with pixels in this one. */
export type Update = { number: number; rectangles: number };

export type ResizeOutcome =
  | { kind: 'done'; width: number; height: number }
  /** The guest was told; whether and when it follows is seen in `size`. */
  | { kind: 'forwarded' }
  | { kind: 'refused'; reason: string };

/** The answer to a SetDesktopSize, from the status that came with the size. */
export function resizeOutcome(width: number, height: number, status: number): ResizeOutcome {
  const reason = RESIZE_STATUS[status as keyof typeof RESIZE_STATUS] ?? `status ${status}`;
  if (reason === 'done') return { kind: 'done', width, height };
  return reason === 'forwarded' ? { kind: 'forwarded' } : { kind: 'refused', reason };
}

/** What the client of ours takes: pixels as they are, and what tells it about sizes and keys. */
export const VIEWER_ENCODINGS: readonly number[] = [
  ENCODING.raw,
  ENCODING.copyRect,
  ENCODING.cursor,
  ENCODING.lastRect,
  ENCODING.desktopSize,
  ENCODING.extendedDesktopSize,
  ENCODING.qemuExtendedKey,
];

/** What keeps a picture for others asks for: all of that, and whether QEMU's messages about sound are understood. */
export const DELIVERY_ENCODINGS: readonly number[] = [...VIEWER_ENCODINGS, ENCODING.qemuAudio];

/** The error of a connection that ended without being asked to. */
export function lost(message: string, cause?: unknown): OrangeryError {
  return new OrangeryError('rfbConnectionLost', message, { cause });
}
