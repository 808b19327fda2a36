import { UPLOAD_PIECE_BYTES, uploadPath } from '@orangery/contract';
import { tenantHeaders } from '../../../api/tenant.ts';
import type { Clock } from '../../../clock.ts';

export type UploadProgress = {
  sent: number;
  bytes: number;
  /** Bytes a second over the last moments; undefined until it can be told. */
  rate: number | undefined;
  /** Milliseconds. */
  leftMs: number | undefined;
};

/** What came of sending one piece; `retry`: the line, or the server, may be back in a moment. */
export type PieceAnswer =
  | { kind: 'received'; received: number }
  | { kind: 'retry'; reason: string }
  | { kind: 'refused'; reason: string };

export type UploadPorts = {
  clock: Clock;
  send: (offset: number, piece: Blob, signal: AbortSignal) => Promise<PieceAnswer>;
  onProgress: (progress: UploadProgress) => void;
};

const PAUSE_FIRST_MS = 1_000;
const PAUSE_MAX_MS = 30_000;
/** The rate is that of the last so many pieces. */
const RATE_PIECES = 8;

/**
 * Sends a file piece by piece, from where the server has it to its end. A lost line costs a pause: it goes on where the
 * server says it is. Throws the server's reason when it takes no more, or the signal's.
 */
export async function uploadFile(
  file: Blob,
  from: number,
  ports: UploadPorts,
  signal: AbortSignal,
): Promise<void> {
  const { clock, send, onProgress } = ports;
  const times: { at: number; sent: number }[] = [{ at: clock.monotonicMs(), sent: from }];
  let sent = from;
  let losses = 0;
  onProgress({ sent, bytes: file.size, rate: undefined, leftMs: undefined });
  while (sent < file.size) {
    signal.throwIfAborted();
    const answer = await send(sent, file.slice(sent, sent + UPLOAD_PIECE_BYTES), signal);
    if (answer.kind === 'refused') throw new Error(answer.reason);
    if (answer.kind === 'retry') {
      losses += 1;
      await pause(clock, Math.min(PAUSE_MAX_MS, PAUSE_FIRST_MS * 2 ** (losses - 1)), signal);
      continue;
    }
    losses = 0;
    sent = answer.received;
    times.push({ at: clock.monotonicMs(), sent });
    if (times.length > RATE_PIECES) times.shift();
    const first = times[0] ?? { at: 0, sent: 0 };
    const ms = clock.monotonicMs() - first.at;
    const rate = ms > 0 && sent > first.sent ? ((sent - first.sent) / ms) * 1_000 : undefined;
    const leftMs = rate === undefined ? undefined : ((file.size - sent) / rate) * 1_000;
    onProgress({ sent, bytes: file.size, rate, leftMs });
  }
}

function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, resolve);
    signal.addEventListener(
      'abort',
      () => {
        cancel();
        reject(signal.reason instanceof Error ? signal.reason : new Error('called off'));
      },
      { once: true },
    );
  });
}

/** One piece over HTTP. */
export async function sendPiece(
  versionId: string,
  offset: number,
  piece: Blob,
  signal: AbortSignal,
): Promise<PieceAnswer> {
  let answer: Response;
  try {
    answer = await fetch(uploadPath(versionId, offset), {
      method: 'PUT',
      body: piece,
      signal,
      headers: tenantHeaders(),
    });
  } catch (error) {
    if (signal.aborted) throw error;
    return { kind: 'retry', reason: 'The line is gone.' };
  }
  const body: unknown = await answer.json().catch(() => ({}));
  const { received, detail } = body as { received?: number; detail?: string };
  // 409 says where to go on.
  if (typeof received === 'number' && (answer.ok || answer.status === 409))
    return { kind: 'received', received };
  const reason = detail ?? `The server answered ${answer.status}.`;
  return answer.status >= 500 ? { kind: 'retry', reason } : { kind: 'refused', reason };
}
