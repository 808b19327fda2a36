import { OrangeryError } from '@orangery/std';

/**
 * How an image arrives: everything after its first 64 KiB goes first, to where it belongs; the head, with the magic
 * number that makes a file a qcow2 image, goes last. A file without the magic was cut off.
 */
export const HEAD_BYTES = 65_536;
const QCOW2_MAGIC = 0x514649fb;

export function isQcow2(start: Buffer): boolean {
  return start.length >= 4 && start.readUInt32BE(0) === QCOW2_MAGIC;
}

/** The content, as long as it has the size that was announced: less or more is an error, not a broken image. */
export async function* announced(
  content: AsyncIterable<Buffer>,
  fileBytes: number,
  onProgress: (bytes: number) => void = () => {},
): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > fileBytes) break;
    yield chunk;
    onProgress(bytes);
  }
  if (bytes !== fileBytes) {
    const found = bytes > fileBytes ? 'more' : String(bytes);
    throw new OrangeryError(
      'refused',
      `The image has ${found} bytes, not the ${fileBytes} that were announced`,
    );
  }
}

/** Splits a content: `body()` gives all but the head, which is in `head` when the body is over. */
export class HeadLast {
  readonly #content: AsyncIterable<Buffer>;
  readonly head: Buffer[] = [];
  /** What the content failed with: an upload tells only that it ended. */
  failure: unknown;

  constructor(content: AsyncIterable<Buffer>) {
    this.#content = content;
  }

  async *body(): AsyncGenerator<Buffer> {
    let headBytes = 0;
    try {
      for await (const chunk of this.#content) {
        const missing = Math.min(HEAD_BYTES - headBytes, chunk.length);
        if (missing > 0) {
          this.head.push(chunk.subarray(0, missing));
          headBytes += missing;
        }
        if (missing < chunk.length) yield chunk.subarray(missing);
      }
    } catch (error) {
      this.failure = error;
      throw error;
    }
  }
}
