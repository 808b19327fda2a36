import { XdrError } from './error.ts';

/** Hexadecimal of every byte, so that a UUID is put together without a string per call. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/**
 * Reads XDR (RFC 4506) from one whole message. Nothing is allocated from a length before that many bytes are
 * known to be there.
 */
export class XdrReader {
  readonly #bytes: Buffer;
  readonly #end: number;
  #at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.#end = bytes.length;
    this.#at = at;
  }

  get remaining(): number {
    return this.#end - this.#at;
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  uint(): number {
    return this.#bytes.readUInt32BE(this.#take(4));
  }

  hyper(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  uhyper(): bigint {
    return this.#bytes.readBigUInt64BE(this.#take(8));
  }

  double(): number {
    return this.#bytes.readDoubleBE(this.#take(8));
  }

  /** A copy, so that a small value does not keep a whole message alive. */
  opaque(maxBytes: number): Buffer {
    const length = this.#length(maxBytes);
    const at = this.#take(padded(length));
    return Buffer.from(this.#bytes.subarray(at, at + length));
  }

  string(maxBytes: number): string {
    const length = this.#length(maxBytes);
    const at = this.#take(padded(length));
    return this.#bytes.toString('utf8', at, at + length);
  }

  uuid(): string {
    const b = this.#bytes;
    let at = this.#take(16);
    const hex = (): string => HEX[b[at++]!]!;
    return (
      `${hex()}${hex()}${hex()}${hex()}-${hex()}${hex()}-${hex()}${hex()}-` +
      `${hex()}${hex()}-${hex()}${hex()}${hex()}${hex()}${hex()}${hex()}`
    );
  }

  /** The count of an array, refused when the message cannot hold that many elements. */
  count(max: number, elementBytesMin: number): number {
    const count = this.uint();
    if (count > max)
      throw new XdrError('xdr.tooLong', `an array of ${count} elements; at most ${max} may come`);
    if (count * elementBytesMin > this.remaining) {
      throw new XdrError('xdr.truncated', `an array of ${count} elements in ${this.remaining} bytes`);
    }
    return count;
  }

  /** Every byte must have been understood: a rest means that the table and the peer disagree. */
  end(): void {
    if (this.remaining !== 0) throw new XdrError('xdr.trailing', `${this.remaining} bytes follow the value`);
  }

  #length(max: number): number {
    const length = this.uint();
    if (length > max)
      throw new XdrError('xdr.tooLong', `a field of ${length} bytes; at most ${max} may come`);
    return length;
  }

  #take(count: number): number {
    const at = this.#at;
    if (at + count > this.#end) {
      throw new XdrError('xdr.truncated', `${count} bytes wanted where ${this.#end - at} are left`);
    }
    this.#at = at + count;
    return at;
  }
}

/** XDR pads opaque data and strings to a multiple of four bytes. */
function padded(length: number): number {
  return (length + 3) & ~3;
}
