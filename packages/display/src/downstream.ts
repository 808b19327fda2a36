import type { Duplex } from 'node:stream';
import type { RelayLimits } from './limits.ts';
import { OPEN, type Socket } from './web-socket.ts';

/**
 * Console to browser: bytes pass untouched.
 *
 *     flowing ─ unsent > high ─► paused (console not read) ─ unsent ≤ low ─► flowing
 *
 * What one turn of the event loop reads is sent as one message: QEMU writes an update in many small pieces, and
 * each message costs a header, a system call and an event in the browser. What a delivery says comes in messages as they are to be.
 */
export class Downstream {
  #ws: Socket;
  #console: Duplex;
  #limits: RelayLimits;
  #batch: Buffer[] = [];
  #batchBytes = 0;
  #flushing: NodeJS.Immediate | undefined;
  #paused = false;
  #ended = false;
  #progress: () => void;
  #whole: boolean;
  /** As they went over the line. */
  bytes = 0;

  /**
   * @param progress called when a backlog begins, and whenever the browser took something of it
   * @param whole each piece is a message
   */
  constructor(ws: Socket, console: Duplex, limits: RelayLimits, progress: () => void, whole = false) {
    this.#ws = ws;
    this.#console = console;
    this.#limits = limits;
    this.#progress = progress;
    this.#whole = whole;
    console.on('data', this.#read);
  }

  /** Whether the browser has more to take than we hold for it. */
  get paused(): boolean {
    return this.#paused;
  }

  /** Sends what was read and reads no more. */
  end(): void {
    this.flush();
    this.#ended = true;
    this.#console.off('data', this.#read);
  }

  flush(): void {
    if (this.#flushing !== undefined) clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const [first] = this.#batch;
    if (first === undefined) return;
    const bytes = this.#batch.length === 1 ? first : Buffer.concat(this.#batch, this.#batchBytes);
    this.#batch = [];
    this.#batchBytes = 0;
    this.#send(bytes);
  }

  #send(bytes: Buffer): void {
    if (this.#ws.readyState !== OPEN) return;
    this.bytes += bytes.length;
    this.#ws.send(bytes, BINARY, this.#sent);
    if (!this.#paused && this.#ws.bufferedAmount > this.#limits.backlogHighBytes) {
      this.#paused = true;
      this.#progress();
      this.#console.pause();
    }
  }

  #read = (chunk: Buffer): void => {
    if (this.#whole) {
      this.#send(chunk);
      return;
    }
    this.#batch.push(chunk);
    this.#batchBytes += chunk.length;
    // Sent at the end of this turn of the event loop, before it waits again: nothing is delayed.
    if (this.#batchBytes >= this.#limits.batchBytes) this.flush();
    else this.#flushing ??= setImmediate(() => this.flush());
  };

  #sent = (): void => {
    if (!this.#paused || this.#ended) return;
    this.#progress();
    if (this.#ws.bufferedAmount > this.#limits.backlogLowBytes) return;
    this.#paused = false;
    this.#console.resume();
  };
}

const BINARY = { binary: true } as const;
