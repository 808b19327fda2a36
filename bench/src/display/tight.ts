import type { Duplex } from 'node:stream';
import { encodeUpdateRequest, ENCODING, SERVER_MESSAGE } from '@orangery/rfb';
import { OrangeryError } from '@orangery/std';

/** What noVNC 1.7 asks a server for, in its order, as far as QEMU knows of it. */
const NOVNC_ENCODINGS = [
  1, 7, -260, 16, 21, 5, 2, 6, 0, -26, -254, -223, -224, -258, -308, -309, -313, -307, -239,
];
const TIGHT = 7;
const CURSOR = ENCODING.cursor;

/**
 * A viewer that asks as noVNC does and reads QEMU's Tight without drawing it: one request after each update. `bytes` is
 * what came over the line.
 */
export class TightViewer {
  bytes = 0;
  updates = 0;
  readonly #stream: Duplex;
  readonly #updated: () => void;
  #queue: Buffer = Buffer.alloc(0);
  #wake: (() => void) | undefined;
  #size = { width: 0, height: 0 };

  constructor(stream: Duplex, updated: () => void = () => {}) {
    this.#stream = stream;
    this.#updated = updated;
    stream.on('data', (bytes: Buffer) => {
      this.bytes += bytes.length;
      this.#queue = this.#queue.length === 0 ? bytes : Buffer.concat([this.#queue, bytes]);
      this.#wake?.();
    });
    stream.on('error', () => {});
    this.#run().catch((error: unknown) => stream.destroy(error instanceof Error ? error : undefined));
  }

  send(bytes: Buffer): void {
    this.#stream.write(bytes);
  }

  async #take(count: number): Promise<Buffer> {
    while (this.#queue.length < count) {
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
    const taken = this.#queue.subarray(0, count);
    this.#queue = this.#queue.subarray(count);
    return taken;
  }

  async #run(): Promise<void> {
    await this.#take(12);
    this.#stream.write('RFB 003.008\n');
    await this.#take((await this.#take(1)).readUInt8());
    this.#stream.write(Buffer.from([1]));
    await this.#take(4);
    this.#stream.write(Buffer.from([1]));
    const init = await this.#take(24);
    await this.#take(init.readUInt32BE(20));
    this.#size = { width: init.readUInt16BE(0), height: init.readUInt16BE(2) };
    // Red first, as browsers draw.
    this.#stream.write(Buffer.from([0, 0, 0, 0, 32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0]));
    const encodings = Buffer.alloc(4 + 4 * NOVNC_ENCODINGS.length);
    encodings.writeUInt8(2);
    encodings.writeUInt16BE(NOVNC_ENCODINGS.length, 2);
    for (const [at, each] of NOVNC_ENCODINGS.entries()) encodings.writeInt32BE(each, 4 + 4 * at);
    this.#stream.write(encodings);
    this.#ask(false);
    for (;;) await this.#message();
  }

  #ask(incremental: boolean): void {
    this.#stream.write(encodeUpdateRequest(incremental, { x: 0, y: 0, ...this.#size }));
  }

  async #message(): Promise<void> {
    const type = (await this.#take(1)).readUInt8();
    if (type === SERVER_MESSAGE.bell) return;
    if (type === SERVER_MESSAGE.serverCutText) {
      await this.#take(Math.abs((await this.#take(7)).readInt32BE(3)));
      return;
    }
    if (type !== SERVER_MESSAGE.framebufferUpdate)
      throw new OrangeryError('unknownMessage', `QEMU sent a message of type ${type}`);
    const count = (await this.#take(3)).readUInt16BE(1);
    for (let index = 0; index < count; index += 1) await this.#rectangle();
    this.updates += 1;
    this.#updated();
    this.#ask(true);
  }

  async #rectangle(): Promise<void> {
    const head = await this.#take(12);
    const [width, height] = [head.readUInt16BE(4), head.readUInt16BE(6)];
    const encoding = head.readInt32BE(8);
    if (encoding === TIGHT) await this.#tight(width, height);
    else if (encoding === ENCODING.raw) await this.#take(4 * width * height);
    else if (encoding === ENCODING.copyRect) await this.#take(4);
    else if (encoding === CURSOR) await this.#take(height * (4 * width + Math.ceil(width / 8)));
    else if (encoding === ENCODING.extendedDesktopSize) {
      await this.#take(16 * (await this.#take(4)).readUInt8());
      this.#size = { width, height };
    } else if (encoding === ENCODING.desktopSize) this.#size = { width, height };
    else if (encoding !== ENCODING.qemuExtendedKey)
      throw new OrangeryError('unknownEncoding', `QEMU used encoding ${encoding}`);
  }

  /** rfbproto "Tight Encoding": 3 bytes a pixel; what is shorter than 12 bytes is not compressed. */
  async #tight(width: number, height: number): Promise<void> {
    const control = (await this.#take(1)).readUInt8() >> 4;
    if (control === 8) {
      await this.#take(3);
      return;
    }
    if (control > 8) {
      await this.#take(await this.#length());
      return;
    }
    let bytes = 3 * width * height;
    const filter = (control & 4) === 0 ? 0 : (await this.#take(1)).readUInt8();
    if (filter === 1) {
      const colours = (await this.#take(1)).readUInt8() + 1;
      await this.#take(3 * colours);
      bytes = colours === 2 ? Math.ceil(width / 8) * height : width * height;
    }
    await this.#take(bytes < 12 ? bytes : await this.#length());
  }

  /** One to three bytes, 7 bits of each, the lowest first. */
  async #length(): Promise<number> {
    let length = 0;
    for (let shift = 0; shift < 21; shift += 7) {
      const byte = (await this.#take(1)).readUInt8();
      length |= (shift === 14 ? byte : byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) break;
    }
    return length;
  }
}
