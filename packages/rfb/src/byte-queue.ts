/**
 * Bytes that arrived and were not yet taken. The taker says how many it wants, so a queue holds at most that
 * many bytes plus the chunk that arrived last.
 */
export class ByteQueue {
  #chunks: Buffer[] = [];
  #length = 0;

  get length(): number {
    return this.#length;
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(
      Buffer.isBuffer(chunk) ? chunk : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length),
    );
    this.#length += chunk.length;
  }

  /** Exactly `count` bytes, or nothing when fewer are here. A view of what was pushed where that is possible. */
  take(count: number): Buffer | undefined {
    const bytes = this.peek(count);
    if (bytes !== undefined) this.#drop(count);
    return bytes;
  }

  /** As `take`, and leaves the bytes where they are (joined, so that the next look costs nothing). */
  peek(count: number): Buffer | undefined {
    if (count > this.#length) return undefined;
    const first = this.#chunks[0];
    if (first === undefined) return Buffer.alloc(0);
    if (first.length >= count) return first.subarray(0, count);
    const joined = Buffer.concat(this.#chunks, this.#length);
    this.#chunks = [joined];
    return joined.subarray(0, count);
  }

  /** Forgets up to `count` bytes; returns how many. */
  skip(count: number): number {
    const skipped = Math.min(count, this.#length);
    this.#drop(skipped);
    return skipped;
  }

  clear(): void {
    this.#chunks = [];
    this.#length = 0;
  }

  #drop(count: number): void {
    let left = count;
    this.#length -= count;
    while (left > 0) {
      const first = this.#chunks[0];
      if (first === undefined) return;
      if (first.length > left) {
        this.#chunks[0] = first.subarray(left);
        return;
      }
      left -= first.length;
      this.#chunks.shift();
    }
  }
}
