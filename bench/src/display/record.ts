import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { createZstdCompress, type ZstdCompress } from 'node:zlib';
import { fileURLToPath } from 'node:url';
import {
  encodeSetEncodings,
  encodeSetPixelFormat,
  encodeUpdateRequest,
  ENCODING,
  pixelFormatBgrx,
  type Rect,
  ServerParser,
} from '@orangery/rfb';
import { systemClock } from '@orangery/std';
import type { Update } from './recording.ts';

/** Writes what `readRecording` reads. */
export class RecordingWriter {
  readonly #zstd: ZstdCompress = createZstdCompress();
  readonly #written: Promise<unknown>;

  constructor(path: string, width: number, height: number) {
    const file = createWriteStream(path);
    this.#written = once(file, 'close');
    this.#zstd.pipe(file);
    const head = Buffer.from(JSON.stringify({ w: width, h: height }));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(head.length);
    this.#zstd.write(Buffer.concat([Buffer.from('RFBTRC1\n'), length, head]));
  }

  write({ seconds, parts }: Update): void {
    this.#zstd.write(Buffer.concat([headOf(1, seconds), shorts([parts.length])]));
    for (const { rect } of parts) this.#zstd.write(shorts([rect.x, rect.y, rect.width, rect.height]));
    for (const { pixels } of parts) this.#zstd.write(pixels);
  }

  async close(): Promise<void> {
    this.#zstd.end(headOf(3, 0));
    await this.#written;
  }
}

function headOf(kind: number, seconds: number): Buffer {
  const head = Buffer.alloc(9);
  head.writeUInt8(kind, 0);
  head.writeDoubleLE(seconds, 1);
  return head;
}

function shorts(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(2 * values.length);
  for (const [at, value] of values.entries()) bytes.writeUInt16LE(value, 2 * at);
  return bytes;
}

/** Records what a console draws for so long, or until it ends; it asks for the next update as soon as one is there. */
export async function record(console: Socket, path: string, seconds: number): Promise<number> {
  let writer: RecordingWriter | undefined;
  let [parts, updates, startMs]: [Update['parts'], number, number] = [[], 0, 0];
  let whole: Rect = { x: 0, y: 0, width: 0, height: 0 };
  const parser = new ServerParser((event) => {
    if (event.kind === 'send') console.write(event.bytes);
    else if (event.kind === 'init') {
      whole = { x: 0, y: 0, width: event.width, height: event.height };
      writer = new RecordingWriter(path, event.width, event.height);
      console.write(
        Buffer.concat([encodeSetPixelFormat(pixelFormatBgrx()), encodeSetEncodings([ENCODING.raw])]),
      );
      console.write(encodeUpdateRequest(false, whole));
    } else if (event.kind === 'rows')
      parts.push({ rect: { ...event.rect }, pixels: withoutPadding(event.pixels) });
    else if (event.kind === 'updateEnds') {
      if (updates === 0) startMs = performance.now();
      if (parts.length > 0) writer?.write({ seconds: (performance.now() - startMs) / 1_000, parts });
      parts = [];
      updates += 1;
      console.write(encodeUpdateRequest(true, whole));
    }
  });
  console.on('data', (bytes) => parser.push(bytes));
  await Promise.race([systemClock.sleep(1_000 * seconds), once(console, 'close')]);
  console.destroy();
  await writer?.close();
  return updates;
}

function withoutPadding(pixels: Buffer): Buffer {
  const out = Buffer.alloc((pixels.length / 4) * 3);
  for (let from = 0, to = 0; from < pixels.length; from += 4, to += 3) pixels.copy(out, to, from, from + 3);
  return out;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [socket = '', path = '', seconds = '20'] = process.argv.slice(2);
  const updates = await record(connect(socket), path, Number(seconds));
  process.stdout.write(`${updates} updates in ${path}\n`);
}
