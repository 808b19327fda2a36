import {
  INBOUND_CHUNK_BYTES_MAX,
  MESSAGE_BYTES_MAX,
  MESSAGE_SKIPPED_BYTES_MAX,
  RESYNC_BYTES_MAX,
} from './limits.ts';
import { CHUNK_HEADER_BYTES, MESSAGE, MESSAGE_HEADER_BYTES, PORT, PROTOCOL } from './tables.ts';

export type Decoded =
  /** `data` is the decoder's to give: the receiver may keep it. */
  | { kind: 'message'; type: number; data: Buffer }
  /** A message longer than is kept went by. */
  | { kind: 'skipped'; type: number; bytes: number }
  /** Bytes were thrown away until a message began again: the agent was restarted, or the guest plays games. */
  | { kind: 'resynced'; bytes: number }
  /** Nothing like an agent; the decoder takes nothing more. */
  | { kind: 'lost'; bytes: number };

const HEADERS_BYTES = CHUNK_HEADER_BYTES + MESSAGE_HEADER_BYTES;
const TYPE_MAX = Math.max(...Object.values(MESSAGE));

type Message = { type: number; size: number; received: number; parts: Buffer[] };

/**
 * Takes chunks apart and puts messages together.
 *
 *     header ──8──► data ──(size)──► header ⟲       a chunk never reaches beyond its message
 *       └─ implausible ─► lost: looks byte by byte for a chunk that begins a message ─► header
 *                            └─ RESYNC_BYTES_MAX without one ─► over
 */
export class AgentDecoder {
  #pending: Buffer = Buffer.alloc(0);
  #chunkLeft = 0;
  #head: Buffer = Buffer.alloc(0);
  #message: Message | undefined;
  #searching = false;
  #thrownAway = 0;
  #over = false;

  /** Whether a message or a search is under way: nothing may stay so for long. */
  get midway(): boolean {
    return this.#searching || this.#message !== undefined || this.#chunkLeft > 0 || this.#head.length > 0;
  }

  /** Bytes that are held: bounded by MESSAGE_BYTES_MAX and one chunk of the stream. */
  get heldBytes(): number {
    const kept = this.#message?.parts.length === 0 ? 0 : (this.#message?.received ?? 0);
    return this.#pending.length + this.#head.length + kept;
  }

  push(chunk: Uint8Array, tell: (decoded: Decoded) => void): void {
    if (this.#over) return;
    const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    while (!this.#over && this.#step(tell));
    // A small rest is copied, so that it does not keep the whole chunk alive.
    this.#pending = Buffer.from(this.#pending);
  }

  /** Forgets what was begun and looks for the next message. */
  resync(): void {
    this.#search();
  }

  #step(tell: (decoded: Decoded) => void): boolean {
    if (this.#searching) return this.#seek(tell);
    if (this.#chunkLeft > 0) return this.#data(tell);
    if (this.#pending.length < CHUNK_HEADER_BYTES) return false;
    const [port, size] = [this.#pending.readUInt32LE(0), this.#pending.readUInt32LE(4)];
    if (!plausibleChunk(port, size)) {
      this.#search();
      return true;
    }
    this.#pending = this.#pending.subarray(CHUNK_HEADER_BYTES);
    this.#chunkLeft = size;
    return true;
  }

  #data(tell: (decoded: Decoded) => void): boolean {
    if (this.#pending.length === 0) return false;
    if (this.#message === undefined) {
      const wanted = Math.min(MESSAGE_HEADER_BYTES - this.#head.length, this.#chunkLeft);
      this.#head = Buffer.concat([this.#head, this.#take(wanted)]);
      if (this.#head.length < MESSAGE_HEADER_BYTES) return true;
      if (!plausibleMessage(this.#head, 0)) {
        this.#search();
        return true;
      }
      const size = this.#head.readUInt32LE(16);
      this.#message = { type: this.#head.readUInt32LE(4), size, received: 0, parts: [] };
      this.#head = Buffer.alloc(0);
    } else {
      const message = this.#message;
      const part = this.#take(Math.min(this.#chunkLeft, message.size - message.received));
      message.received += part.length;
      // A copy: the stream's buffer is 64 KiB, and a part of it would keep all of it.
      if (message.size <= MESSAGE_BYTES_MAX) message.parts.push(Buffer.from(part));
    }
    return this.#finish(tell);
  }

  #finish(tell: (decoded: Decoded) => void): boolean {
    const message = this.#message;
    if (message === undefined || message.received < message.size) return true;
    this.#message = undefined;
    const { type, size } = message;
    if (size > MESSAGE_BYTES_MAX) tell({ kind: 'skipped', type, bytes: size });
    else tell({ kind: 'message', type, data: Buffer.concat(message.parts) });
    // "Chunk larger than message": the daemon never does that, so the count is wrong.
    if (this.#chunkLeft > 0) this.#search();
    return true;
  }

  #take(wanted: number): Buffer {
    const bytes = this.#pending.subarray(0, wanted);
    this.#pending = this.#pending.subarray(bytes.length);
    this.#chunkLeft -= bytes.length;
    return bytes;
  }

  #search(): void {
    this.#searching = true;
    this.#thrownAway = 0;
    this.#chunkLeft = 0;
    this.#head = Buffer.alloc(0);
    this.#message = undefined;
  }

  #seek(tell: (decoded: Decoded) => void): boolean {
    let at = 0;
    while (at + HEADERS_BYTES <= this.#pending.length && !plausibleStart(this.#pending, at)) at += 1;
    this.#thrownAway += at;
    this.#pending = this.#pending.subarray(at);
    if (this.#thrownAway > RESYNC_BYTES_MAX) {
      this.#over = true;
      this.#pending = Buffer.alloc(0);
      tell({ kind: 'lost', bytes: this.#thrownAway });
      return false;
    }
    if (this.#pending.length < HEADERS_BYTES) return false;
    this.#searching = false;
    tell({ kind: 'resynced', bytes: this.#thrownAway });
    return true;
  }
}

function plausibleChunk(port: number, size: number): boolean {
  return (port === PORT.client || port === PORT.server) && size > 0 && size <= INBOUND_CHUNK_BYTES_MAX;
}

function plausibleMessage(bytes: Buffer, at: number): boolean {
  const type = bytes.readUInt32LE(at + 4);
  const known = bytes.readUInt32LE(at) === PROTOCOL && type >= 1 && type <= TYPE_MAX;
  return known && bytes.readUInt32LE(at + 16) <= MESSAGE_SKIPPED_BYTES_MAX;
}

/** A chunk that begins a message, with every field as a daemon writes it: 28 bytes of which 20 are known. */
function plausibleStart(bytes: Buffer, at: number): boolean {
  const size = bytes.readUInt32LE(at + 4);
  if (!plausibleChunk(bytes.readUInt32LE(at), size) || size < MESSAGE_HEADER_BYTES) return false;
  if (!plausibleMessage(bytes, at + CHUNK_HEADER_BYTES)) return false;
  if (bytes.readBigUInt64LE(at + CHUNK_HEADER_BYTES + 8) !== 0n) return false;
  return size <= MESSAGE_HEADER_BYTES + bytes.readUInt32LE(at + CHUNK_HEADER_BYTES + 16);
}
