import { Decompress } from 'fzstd';

/** As the gateway's (2^23 bytes); whoever announces more would make this page keep more. */
const WINDOW_BYTES_MAX = 2 ** 23;
/** RFC 8878 3.1.1: magic number, frame header descriptor, window descriptor. */
const HEAD_BYTES = 6;
const MAGIC = 0xfd_2f_b5_28;

/**
 * The other end of the gateway's packer: bytes of one zstd stream in whatever pieces they arrive, told as soon as their
 * block is whole, from the stream's 18th byte on (RFB's greeting reaches that far). Throws on what is no such stream, and takes nothing afterwards.
 */
export class Unpacker {
  readonly #zstd: Decompress;
  #head = new Uint8Array(0);
  #checked = false;

  constructor(tell: (bytes: Uint8Array) => void) {
    this.#zstd = new Decompress((bytes) => {
      if (bytes.length > 0) tell(bytes);
    });
  }

  push(bytes: Uint8Array): void {
    if (this.#checked) {
      this.#zstd.push(bytes);
      return;
    }
    const head = new Uint8Array(this.#head.length + bytes.length);
    head.set(this.#head);
    head.set(bytes, this.#head.length);
    this.#head = head;
    if (head.length < HEAD_BYTES) return;
    refuseOther(new DataView(head.buffer));
    this.#checked = true;
    this.#head = new Uint8Array(0);
    this.#zstd.push(head);
  }
}

/** RFC 8878 3.1.1.1: a frame without dictionary, content size or single segment, whose window is no larger than ours. */
function refuseOther(head: DataView): void {
  if (head.getUint32(0, true) !== MAGIC) throw new Error('the gateway sent something that is not packed');
  const descriptor = head.getUint8(4);
  if ((descriptor & 0b1110_0011) !== 0) throw new Error('the gateway packs in a way that is not known here');
  const window = head.getUint8(5);
  const base = 2 ** (10 + (window >> 3));
  if (base + (base / 8) * (window & 7) > WINDOW_BYTES_MAX)
    throw new Error('the gateway packs over more than this page keeps');
}
