import type { Duplex } from 'node:stream';
import type { RelayLimits } from './limits.ts';
import type { Packer } from './stream/packer.ts';
import { OPEN, type Socket } from './web-socket.ts';

/**
 * Console to browser: bytes pass untouched, or packed.
 *
 *     flowing ─ unsent > high ─► paused (console not read) ─ unsent ≤ low ─► flowing
 *
 * What one turn of the event loop reads is sent as one message: QEMU writes an update in many small pieces, and
 * each message costs a header, a system call and an event in the browser.
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
  #packer: Packer | undefined;
  #packing = false;
  /** As they went over the line. */
  bytes = 0;

  /**
   * @param progress called when a backlog begins, and whenever the browser took something of it
   * @param packer packs everything; its thread works while this one goes on
   */
  constructor(ws: Socket, console: Duplex, limits: RelayLimits, progress: () => void, packer?: Packer) {
    this.#ws = ws;
    this.#console = console;
    this.#limits = limits;
    this.#progress = progress;
    this.#packer = packer;
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
    this.#packer?.close();
  }

  flush(): void {
    if (this.#flushing !== undefined) clearImmediate(this.#flushing);
    this.#flushing = undefined;
    const [first] = this.#batch;
    if (first === undefined || this.#packing) return;
    const bytes = this.#batch.length === 1 ? first : Buffer.concat(this.#batch, this.#batchBytes);
    this.#batch = [];
    this.#batchBytes = 0;
    if (this.#packer === undefined) this.#send(bytes);
    else void this.#pack(this.#packer, bytes);
  }

  /** Nothing is read meanwhile: what is packed is what there was, and not more of it. */
  async #pack(packer: Packer, bytes: Buffer): Promise<void> {
    this.#packing = true;
    this.#console.pause();
    // One that was closed meanwhile answers no more.
    const packed = await packer.pack(bytes);
    this.#packing = false;
    if (this.#ended) return;
    this.#send(packed);
    if (!this.#paused) this.#console.resume();
    this.flush();
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
    if (!this.#packing) this.#console.resume();
  };
}

const BINARY = { binary: true } as const;
