import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { systemClock } from '@orangery/std';

/** Bytes a second down, and how long a byte takes there and back. */
export type LineKind = { name: string; bytesPerS: number; roundTripMs: number };

/** What the narrow place holds before it stops taking more: as much as home routers do. */
const QUEUE_BYTES = 64 * 1024;
const SLICE_BYTES = 1_400;

/**
 * A line in user space: a TCP relay that lets bytes through at its rate, after its delay. A client of it sees one connection; `cut` makes
 * it take and bring nothing, as a line without a signal does, until it is mended.
 */
export class Line {
  readonly port: number;
  readonly #close: () => void;
  #mended: Promise<void> = Promise.resolve();
  #mend = (): void => {};

  private constructor(port: number, close: () => void) {
    this.port = port;
    this.#close = close;
  }

  static async open(kind: LineKind, toPort: number): Promise<Line> {
    const sockets = new Set<Socket>();
    let line: Line | undefined;
    const server = createServer((near) => {
      const far = connect(toPort, '127.0.0.1');
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => {});
        socket.once('close', () => {
          sockets.delete(socket);
          near.destroy();
          far.destroy();
        });
      }
      const mended = (): Promise<void> => line?.mended ?? Promise.resolve();
      carry(far, near, kind.bytesPerS, kind.roundTripMs / 2, mended);
      carry(near, far, Infinity, kind.roundTripMs / 2, mended);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    line = new Line((server.address() as { port: number }).port, () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return line;
  }

  get mended(): Promise<void> {
    return this.#mended;
  }

  cut(): void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#mended = promise;
    this.#mend = resolve;
  }

  mend(): void {
    this.#mend();
  }

  close(): void {
    this.mend();
    this.#close();
  }
}

function carry(
  from: Socket,
  to: Socket,
  bytesPerS: number,
  delayMs: number,
  mended: () => Promise<void>,
): void {
  let freeMs = 0;
  let queued = 0;
  let last = Promise.resolve();
  from.on('data', (chunk: Buffer) => {
    for (let at = 0; at < chunk.length; at += SLICE_BYTES) {
      const slice = chunk.subarray(at, at + SLICE_BYTES);
      freeMs = Math.max(freeMs, performance.now()) + (1_000 * slice.length) / bytesPerS;
      const arrivesMs = freeMs + delayMs;
      last = last
        .then(async () => {
          const waitMs = arrivesMs - performance.now();
          if (waitMs > 0) await systemClock.sleep(waitMs);
          await mended();
          queued -= slice.length;
          if (queued < QUEUE_BYTES / 2 && from.isPaused()) from.resume();
          if (!to.destroyed) to.write(slice);
        })
        .catch(() => {});
    }
    queued += chunk.length;
    if (queued > QUEUE_BYTES) from.pause();
  });
}
