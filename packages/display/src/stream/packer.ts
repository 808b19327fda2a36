import { constants, createZstdCompress, type ZstdCompress } from 'node:zlib';

/**
 * 2^23 bytes: what a browser keeps to unpack. Twice a 1280 x 800 frame, so that a window that was covered is still known
 * when it comes back; the gateway holds about four times as much for each viewer.
 */
export const WINDOW_LOG = 23;

/**
 * One zstd stream over a whole session (RFC 8878), flushed after each piece: what was on the screen before is not sent
 * again. Compression runs on threads of Node's pool.
 */
export class Packer {
  readonly #zstd: ZstdCompress;
  #parts: Buffer[] = [];
  #failed: Error | undefined;

  constructor() {
    this.#zstd = createZstdCompress({
      params: {
        [constants.ZSTD_c_compressionLevel]: 5,
        [constants.ZSTD_c_windowLog]: WINDOW_LOG,
        [constants.ZSTD_c_enableLongDistanceMatching]: 1,
      },
    });
    this.#zstd.on('data', (part: Buffer) => this.#parts.push(part));
    this.#zstd.on('error', (error) => {
      this.#failed = error;
    });
  }

  /** The bytes that tell the other side all of `piece`. One call at a time. */
  pack(piece: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      this.#zstd.write(piece);
      this.#zstd.flush(constants.ZSTD_e_flush, () => {
        if (this.#failed !== undefined) {
          reject(this.#failed);
          return;
        }
        const packed = Buffer.concat(this.#parts);
        this.#parts = [];
        resolve(packed);
      });
    });
  }

  close(): void {
    this.#zstd.destroy();
  }
}
