import { LibvirtError } from '../errors.ts';
import { HEADER_BYTES, MESSAGE_BYTES_MAX } from './limits.ts';

/** Room given at once: a packet of a stream fits, so that it is copied only once. More has to come first. */
const ROOM_AT_ONCE_BYTES = 512 * 1024;

/**
 * Cuts a byte stream into whole messages, whatever pieces it comes in. A message that lies within one piece is
 * given as a view of it; only one that spans pieces is copied. The room for it grows with the bytes that came,
 * never with the length that the peer claims.
 */
export class FrameReader {
  /** The beginning of a message that is not whole yet: `#have` bytes of `#part`. */
  #part = Buffer.alloc(0);
  #have = 0;

  /** Calls `take` for each message that `chunk` completes. A frame is valid until the owner lets go of it. */
  push(chunk: Buffer, take: (frame: Buffer) => void): void {
    let at = 0;
    if (this.#have > 0) {
      at = this.#complete(chunk, take);
      if (this.#have > 0) return;
    }
    while (at < chunk.length) {
      const length = chunk.length - at < 4 ? HEADER_BYTES : lengthOf(chunk, at);
      if (chunk.length - at < length) {
        this.#keep(chunk, at, chunk.length, length);
        return;
      }
      take(chunk.subarray(at, at + length));
      at += length;
    }
  }

  /** Bytes of an unfinished message that are held. */
  get held(): number {
    return this.#have;
  }

  /** Adds to the message that was begun; returns where in `chunk` the next one begins. */
  #complete(chunk: Buffer, take: (frame: Buffer) => void): number {
    let at = 0;
    if (this.#have < 4) {
      at = Math.min(4 - this.#have, chunk.length);
      this.#keep(chunk, 0, at, HEADER_BYTES);
      if (this.#have < 4) return at;
    }
    const length = lengthOf(this.#part, 0);
    const end = Math.min(at + length - this.#have, chunk.length);
    this.#keep(chunk, at, end, length);
    if (this.#have === length) {
      const frame = this.#part.subarray(0, length);
      this.#part = Buffer.alloc(0);
      this.#have = 0;
      take(frame);
    }
    return end;
  }

  #keep(chunk: Buffer, start: number, end: number, length: number): void {
    const needed = this.#have + end - start;
    if (needed > this.#part.length) {
      const room = Math.max(needed, Math.min(Math.max(ROOM_AT_ONCE_BYTES, this.#part.length * 2), length));
      const larger = Buffer.allocUnsafe(room);
      this.#part.copy(larger, 0, 0, this.#have);
      this.#part = larger;
    }
    chunk.copy(this.#part, this.#have, start, end);
    this.#have = needed;
  }
}

function lengthOf(bytes: Buffer, at: number): number {
  const length = bytes.readUInt32BE(at);
  if (length < HEADER_BYTES || length > MESSAGE_BYTES_MAX) {
    throw new LibvirtError(
      'libvirt.protocol',
      `a message of ${length} bytes; the peer is not a libvirt daemon, or speaks TLS`,
    );
  }
  return length;
}
