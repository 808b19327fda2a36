import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { UPLOAD_PIECE_BYTES, uploadPath } from '@orangery/contract';
import { type Clock, OrangeryError } from '@orangery/std';
import { seconds } from './display.ts';

const TOLD_MS = 3_000;
const FRAME_MS = 200;
const BAR_CELLS = 24;
const MIB = 2 ** 20;
/** The rate is that of the last so many milliseconds. */
const RATE_MS = 5_000;
const PAUSE_MS = 1_000;
/** So many pauses in a row, then somebody should look. */
const LOSSES_MAX = 30;

/** A bar with rate and time left: redrawn in place on a terminal, a plain line now and then elsewhere. */
export class RateBar {
  readonly #out: NodeJS.WriteStream;
  readonly #clock: Clock;
  readonly #label: string;
  #times: { atMs: number; done: number }[] = [];
  #drawnMs = -Infinity;

  constructor(label: string, out: NodeJS.WriteStream, clock: Clock) {
    this.#label = label;
    this.#out = out;
    this.#clock = clock;
  }

  tell(done: number, total: number): void {
    const atMs = this.#clock.monotonicMs();
    this.#times = [...this.#times.filter((each) => atMs - each.atMs < RATE_MS), { atMs, done }];
    const last = done >= total;
    if (!last && atMs - this.#drawnMs < (this.#out.isTTY ? FRAME_MS : TOLD_MS)) return;
    this.#drawnMs = atMs;
    const text = barText(this.#label, done, total, this.#rate());
    this.#out.write(this.#out.isTTY ? `\r\u001B[2K${text}${last ? '\n' : ''}` : `${text}\n`);
  }

  #rate(): number | undefined {
    const [first, last] = [this.#times[0], this.#times.at(-1)];
    if (first === undefined || last === undefined || last.atMs === first.atMs) return undefined;
    return ((last.done - first.done) / (last.atMs - first.atMs)) * 1_000;
  }
}

/** @param rate bytes a second */
export function barText(label: string, done: number, total: number, rate: number | undefined): string {
  const fraction = total === 0 ? 1 : done / total;
  const full = Math.round(fraction * BAR_CELLS);
  const bar = `${'█'.repeat(full)}${'░'.repeat(BAR_CELLS - full)}`;
  const speed =
    rate === undefined || rate <= 0
      ? ''
      : `  ${(rate / MIB).toFixed(1)} MiB/s  ${done >= total ? '' : `${seconds(((total - done) / rate) * 1_000)} left`}`;
  return `${label} ${bar} ${Math.floor(fraction * 100)} %  ${Math.ceil(done / MIB)} of ${Math.ceil(total / MIB)} MiB${speed}`.trimEnd();
}

export async function sha256Of(path: string, onProgress: (bytes: number) => void): Promise<string> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path, { highWaterMark: MIB })) {
    hash.update(piece as Buffer);
    bytes += (piece as Buffer).length;
    onProgress(bytes);
  }
  return hash.digest('hex');
}

/**
 * Sends a file piece by piece from where the server has it. A server that is away for a while costs a pause.
 *
 * @throws OrangeryError with the server's reason when it takes no more
 */
export async function sendFile(options: {
  path: string;
  bytes: number;
  versionId: string;
  from: number;
  put: (path: string, body: Buffer) => Promise<{ status: number; body: unknown }>;
  clock: Clock;
  onProgress: (sent: number) => void;
}): Promise<void> {
  const { bytes, versionId, put, clock, onProgress } = options;
  const file = await open(options.path, 'r');
  try {
    let sent = options.from;
    for (let losses = 0; sent < bytes;) {
      const piece = await pieceAt(file, sent, bytes);
      const answer = await put(uploadPath(versionId, sent), piece).catch(() => undefined);
      const told = (answer?.body ?? {}) as { received?: number; detail?: string };
      if (
        answer !== undefined &&
        told.received !== undefined &&
        (answer.status === 200 || answer.status === 409)
      ) {
        sent = told.received;
        losses = 0;
        onProgress(sent);
        continue;
      }
      losses += 1;
      if ((answer !== undefined && answer.status < 500) || losses > LOSSES_MAX) {
        throw new OrangeryError('uploadFailed', told.detail ?? 'The server could not be reached', {
          fix: 'Run the same command again: it goes on where it was.',
        });
      }
      await clock.sleep(PAUSE_MS);
    }
  } finally {
    await file.close();
  }
}

async function pieceAt(file: FileHandle, at: number, bytes: number): Promise<Buffer> {
  const length = Math.min(UPLOAD_PIECE_BYTES, bytes - at);
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(length), 0, length, at);
  if (bytesRead === length) return buffer;
  throw new OrangeryError('badInput', 'The file has become shorter while it was sent');
}
