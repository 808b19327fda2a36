import { XdrError } from './error.ts';

const FIRST_BYTES = 512;

/** Writes XDR (RFC 4506) into one buffer, which becomes the message itself: no copy follows. */
export class XdrWriter {
  readonly #bytesMax: number;
  #bytes: Buffer;
  #at = 0;

  /** @param bytesMax a message that would grow beyond this is refused with `xdr.tooLong` */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
    this.#bytes = Buffer.allocUnsafe(Math.min(FIRST_BYTES, bytesMax));
  }

  int(value: number): void {
    if (value !== (value | 0)) bad(value, 'a 32-bit integer');
    const at = this.#room(4);
    this.#at = this.#bytes.writeInt32BE(value, at);
  }

  uint(value: number): void {
    if (value !== value >>> 0) bad(value, 'an unsigned 32-bit integer');
    const at = this.#room(4);
    this.#at = this.#bytes.writeUInt32BE(value, at);
  }

  hyper(value: bigint): void {
    if (typeof value !== 'bigint' || value !== BigInt.asIntN(64, value)) bad(value, 'a 64-bit bigint');
    const at = this.#room(8);
    this.#at = this.#bytes.writeBigInt64BE(value, at);
  }

  uhyper(value: bigint): void {
    if (typeof value !== 'bigint' || value !== BigInt.asUintN(64, value))
      bad(value, 'an unsigned 64-bit bigint');
    const at = this.#room(8);
    this.#at = this.#bytes.writeBigUInt64BE(value, at);
  }

  double(value: number): void {
    if (typeof value !== 'number') bad(value, 'a number');
    const at = this.#room(8);
    this.#at = this.#bytes.writeDoubleBE(value, at);
  }

  opaque(value: Uint8Array, maxBytes: number): void {
    if (!(value instanceof Uint8Array)) bad(value, 'bytes');
    if (value.length > maxBytes) tooLong(value.length, maxBytes);
    this.uint(value.length);
    const at = this.#room(value.length + 3);
    this.#bytes.set(value, at);
    this.#pad(at + value.length, value.length);
  }

  string(value: string, maxBytes: number): void {
    if (typeof value !== 'string') bad(value, 'a string');
    // The peer reads C strings: what follows a NUL would silently be lost, and could be a forged name.
    if (value.includes('\0'))
      throw new XdrError('xdr.badValue', 'a string with a NUL character cannot be sent');
    const length = Buffer.byteLength(value);
    if (length > maxBytes) tooLong(length, maxBytes);
    this.uint(length);
    const at = this.#room(length + 3);
    this.#bytes.write(value, at, length, 'utf8');
    this.#pad(at + length, length);
  }

  uuid(value: string): void {
    const hex = typeof value === 'string' ? value.replaceAll('-', '') : '';
    if (!/^[0-9a-fA-F]{32}$/.test(hex)) bad(value, 'a UUID');
    const at = this.#room(16);
    this.#bytes.write(hex, at, 16, 'hex');
    this.#at = at + 16;
  }

  /** Bytes as they are, without length or padding: the payload of a stream's packet. */
  raw(value: Uint8Array): void {
    const at = this.#room(value.length);
    this.#bytes.set(value, at);
    this.#at = at + value.length;
  }

  /** What was written; the writer must not be used after it. */
  finish(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  #pad(at: number, length: number): void {
    let end = at;
    for (let pad = -length & 3; pad > 0; pad -= 1) this.#bytes[end++] = 0;
    this.#at = end;
  }

  /** Where the next `count` bytes go. Called before `#bytes` is looked at: it may replace it. */
  #room(count: number): number {
    const needed = this.#at + count;
    if (needed > this.#bytes.length) this.#grow(needed);
    return this.#at;
  }

  #grow(needed: number): void {
    // Padding asks for up to three bytes more than it uses.
    if (needed > this.#bytesMax + 3) tooLong(needed, this.#bytesMax);
    const larger = Buffer.allocUnsafe(Math.max(needed, Math.min(this.#bytes.length * 2, this.#bytesMax)));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

function bad(value: unknown, wanted: string): never {
  throw new XdrError('xdr.badValue', `${String(value)} is not ${wanted}`);
}

function tooLong(length: number, max: number): never {
  throw new XdrError('xdr.tooLong', `${length} bytes; at most ${max} can be sent`);
}
