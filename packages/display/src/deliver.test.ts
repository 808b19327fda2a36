import { duplexPair, type Duplex } from 'node:stream';
import {
  type ClientMessage,
  encodeEndOfContinuousUpdates,
  encodeSetEncodings,
  ClientParser,
  encodeExtendedDesktopSize,
  encodeRawRect,
  encodeRectHead,
  encodeServerFence,
  encodeUpdateHead,
  encodeUpdateRequest,
  ENCODING,
  type Rect,
  RfbClient,
  SERVER_HANDSHAKE,
} from '@orangery/rfb';
import { systemClock } from '@orangery/std';
import { describe, expect, it } from 'vitest';
import { deliver, type Delivered } from './deliver.ts';
import { settle, unpacked, until } from './testing-ends.ts';

/** A console that draws what the test tells it to, when it is asked. */
class Console {
  readonly asked: ClientMessage[] = [];
  #stream: Duplex;
  #waiting: Buffer[] = [];
  #requests = 0;

  constructor(stream: Duplex, width: number, height: number) {
    this.#stream = stream;
    stream.on('error', () => {});
    const parser = new ClientParser();
    stream.write(SERVER_HANDSHAKE.greeting());
    stream.on('data', (bytes: Buffer) =>
      process.nextTick(() => {
        const refusal = parser.push(bytes, (event) => {
          if (event.kind === 'version') stream.write(SERVER_HANDSHAKE.securityTypes());
          else if (event.kind === 'security') stream.write(SERVER_HANDSHAKE.securityResult());
          else if (event.kind === 'init') stream.write(SERVER_HANDSHAKE.init(width, height, 'a machine'));
          else this.#hear(event.message);
        });
        expect(refusal).toBeUndefined();
      }),
    );
  }

  /** Drawn with the next request, or now if one waits. */
  draw(...rects: Buffer[]): void {
    this.#waiting.push(Buffer.concat([encodeUpdateHead(rects.length), ...rects]));
    this.#answer();
  }

  says(bytes: Buffer): void {
    this.#stream.write(bytes);
  }

  #hear(message: ClientMessage): void {
    this.asked.push(message);
    if (message.name !== 'framebufferUpdateRequest') return;
    this.#requests += 1;
    this.#answer();
  }

  get requests(): number {
    return this.asked.filter(({ name }) => name === 'framebufferUpdateRequest').length;
  }

  #answer(): void {
    const update = this.#requests > 0 ? this.#waiting.shift() : undefined;
    if (update === undefined) return;
    this.#requests -= 1;
    this.#stream.write(update);
  }
}

const [WIDTH, HEIGHT] = [64, 48];
const filled = (rect: Rect, red: number): Buffer =>
  encodeRawRect(rect, Buffer.alloc(4 * rect.width * rect.height, Buffer.from([1, 2, red, 0])));
const whole = { x: 0, y: 0, width: WIDTH, height: HEIGHT };

async function open(): Promise<{ console: Console; viewer: RfbClient; stream: Delivered }> {
  const [ours, machine] = duplexPair();
  const console = new Console(machine, WIDTH, HEIGHT);
  console.draw(filled(whole, 10));
  const stream = deliver(ours);
  const viewer = await RfbClient.connect(unpacked(stream), { clock: systemClock });
  return { console, viewer, stream };
}

async function next(viewer: RfbClient, incremental = true): Promise<void> {
  const update = viewer.nextUpdate();
  viewer.requestUpdate(incremental);
  await update;
}

describe('a console that is delivered', () => {
  it('is greeted once, and shows what the console shows', async () => {
    const { viewer } = await open();
    expect([viewer.name, viewer.size]).toEqual(['a machine', { width: WIDTH, height: HEIGHT }]);
    await next(viewer, false);
    expect(viewer.pixel(3, 3)).toEqual({ red: 10, green: 2, blue: 1 });
    viewer.close();
  });

  it('is not told before it has drawn', async () => {
    const [ours, machine] = duplexPair();
    const console = new Console(machine, WIDTH, HEIGHT);
    const viewer = await RfbClient.connect(unpacked(deliver(ours)), { clock: systemClock });
    const update = viewer.nextUpdate();
    viewer.requestUpdate(false);
    // A pointer's place goes the same way, and past the thread; by when it is there, so is the request.
    viewer.sendPointer(1, 1, 0);
    await until(() => console.asked.some(({ name }) => name === 'pointerEvent'));
    await settle(200);
    expect(viewer.updates).toBe(0);
    console.draw(filled(whole, 10));
    await update;
    expect(viewer.pixel(3, 3).red).toBe(10);
    viewer.close();
  });

  it('is read on while its viewer asks for nothing; what was drawn over is never sent', async () => {
    const { console, viewer } = await open();
    await next(viewer, false);
    for (let red = 11; red <= 60; red += 1) console.draw(filled({ x: 5, y: 5, width: 10, height: 10 }, red));
    await until(() => console.requests > 51);
    const before = viewer.updates;
    await next(viewer);
    expect(viewer.pixel(6, 6).red).toBe(60);
    expect(viewer.updates).toBe(before + 1);
    viewer.close();
  });

  it('answers a request when there is something new, and only then', async () => {
    const { console, viewer } = await open();
    await next(viewer, false);
    let came = false;
    const update = viewer.nextUpdate().then(() => (came = true));
    viewer.requestUpdate();
    await settle(20);
    expect(came).toBe(false);
    // Drawn, but the same.
    const asked = console.requests;
    console.draw(filled(whole, 10));
    await until(() => console.requests > asked);
    await settle(20);
    expect(came).toBe(false);
    console.draw(filled({ x: 0, y: 0, width: 1, height: 1 }, 99));
    await update;
    expect(viewer.pixel(0, 0).red).toBe(99);
    viewer.close();
  });

  it('passes keys, pointer and sizes on, and nothing of how pictures are asked for', async () => {
    const { console, viewer } = await open();
    await next(viewer, false);
    viewer.sendKey(0x61, true);
    viewer.sendPointer(4, 5, 1);
    await until(() => console.asked.some(({ name }) => name === 'pointerEvent'));
    const names = console.asked.map(({ name }) => name);
    expect(names.filter((name) => name === 'setEncodings' || name === 'setPixelFormat')).toHaveLength(2);
    expect(names).toContain('keyEvent');
    const requests = console.asked.filter((message) => message.name === 'framebufferUpdateRequest');
    expect(requests.filter((message) => !message.incremental)).toHaveLength(1);
    viewer.close();
  });

  it('follows the desktop’s size, and tells whose wish it was', async () => {
    const { console, viewer } = await open();
    await next(viewer, false);
    console.draw(encodeExtendedDesktopSize(WIDTH, HEIGHT));
    await next(viewer);
    expect(viewer.resizable).toBe(true);
    const outcome = viewer.setDesktopSize(32, 20);
    await until(() => console.asked.some(({ name }) => name === 'setDesktopSize'));
    console.draw(encodeExtendedDesktopSize(32, 20, 1, 0));
    viewer.requestUpdate();
    expect(await outcome).toEqual({ kind: 'done', width: 32, height: 20 });
    console.draw(filled({ x: 0, y: 0, width: 32, height: 20 }, 77));
    await next(viewer);
    while (viewer.pixel(31, 19).red !== 77) await next(viewer);
    expect(viewer.size).toEqual({ width: 32, height: 20 });
    viewer.close();
  });

  it('tells what the pointer looks like in the colours of its viewer', async () => {
    const [ours, machine] = duplexPair();
    const console = new Console(machine, WIDTH, HEIGHT);
    const cursor = Buffer.concat([
      encodeRectHead({ x: 0, y: 0, width: 1, height: 1 }, ENCODING.cursor),
      Buffer.from([1, 2, 3, 0, 0x80]),
    ]);
    console.draw(cursor);
    const stream = unpacked(deliver(ours));
    const got: Buffer[] = [];
    stream.on('data', (bytes: Buffer) => got.push(bytes));
    stream.write(Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.from([1, 1])]));
    // As browsers ask: red first.
    const format = Buffer.from([32, 24, 0, 1, 0, 255, 0, 255, 0, 255, 0, 8, 16, 0, 0, 0]);
    const encodings = Buffer.alloc(8);
    encodings.writeInt32BE(ENCODING.raw, 0);
    encodings.writeInt32BE(ENCODING.cursor, 4);
    await settle(20);
    stream.write(Buffer.concat([Buffer.from([0, 0, 0, 0]), format, Buffer.from([2, 0, 0, 2]), encodings]));
    stream.write(encodeUpdateRequest(true, whole));
    const told = Buffer.from([3, 2, 1, 0, 0x80]);
    await until(() => Buffer.concat(got).subarray(-5).equals(told));
    stream.destroy();
  });

  it('ends with its reason when the console draws outside, says nonsense or goes', async () => {
    for (const [bytes, reason] of [
      [
        Buffer.concat([encodeUpdateHead(1), filled({ x: 60, y: 0, width: 9, height: 1 }, 1)]),
        /drew 9 x 1 at 60/,
      ],
      [Buffer.from([77]), /message type 77/],
    ] as const) {
      const { console, stream } = await open();
      const failed = new Promise<Error>((resolve) => stream.on('error', resolve));
      console.says(bytes);
      expect((await failed).message).toMatch(reason);
    }
    const [ours, machine] = duplexPair();
    const stream = deliver(ours);
    const ended = new Promise<void>((resolve) => stream.once('end', resolve));
    stream.resume();
    machine.destroy();
    await ended;
  });

  it('is told without being asked once its viewer wants that, and again when it asks itself', async () => {
    const [ours, machine] = duplexPair();
    const console = new Console(machine, WIDTH, HEIGHT);
    console.draw(filled(whole, 10));
    const stream = unpacked(deliver(ours));
    let got = Buffer.alloc(0);
    stream.on('data', (bytes: Buffer) => (got = Buffer.concat([got, bytes])));
    await until(() => got.length === 12);
    stream.write(Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.from([1, 1])]));
    stream.write(encodeSetEncodings([ENCODING.raw, ENCODING.copyRect, ENCODING.continuousUpdates]));
    const offer = encodeEndOfContinuousUpdates();
    await until(() => got.subarray(-1).equals(offer));
    const enable = (on: number): Buffer => Buffer.from([150, on, 0, 0, 0, 0, 0, WIDTH, 0, HEIGHT]);
    stream.write(enable(1));
    for (const red of [20, 30, 40]) {
      console.draw(filled({ x: 0, y: 0, width: 1, height: 1 }, red));
      await until(() => got.subarray(-2).equals(Buffer.from([red, 0])));
    }
    stream.write(enable(0));
    await until(() => got.subarray(-1).equals(offer));
    stream.destroy();
  });

  it('tells no more images than its viewer draws, and refuses one that answers for more', async () => {
    const [ours, machine] = duplexPair();
    const [width, height] = [160, 128];
    const console = new Console(machine, width, height);
    const all = { x: 0, y: 0, width, height };
    const photo = (seed: number): Buffer => {
      const pixels = Buffer.alloc(4 * width * height);
      for (let at = 0; at < pixels.length; at += 1)
        pixels[at] = at % 4 === 3 ? 0 : Math.imul(at * 7 + seed * 8191, 0x9e_37_79_b1) >>> 24;
      return encodeRawRect(all, pixels);
    };
    console.draw(photo(0));
    const delivered = deliver(ours);
    const failed = new Promise<Error>((resolve) => delivered.on('error', resolve));
    const stream = unpacked(delivered);
    let got = Buffer.alloc(0);
    stream.on('data', (bytes: Buffer) => (got = Buffer.concat([got, bytes])));
    await until(() => got.length === 12);
    stream.write(Buffer.concat([Buffer.from('RFB 003.008\n'), Buffer.from([1, 1])]));
    const encodings = [ENCODING.raw, ENCODING.jpeg, ENCODING.fence, ENCODING.continuousUpdates];
    stream.write(encodeSetEncodings(encodings));
    stream.write(Buffer.from([150, 1, 0, 0, 0, 0, 0, width, 0, height]));
    const fence = (number: number): Buffer => encodeServerFence(number);
    for (let seed = 1; seed <= 10; seed += 1) {
      const asked = console.requests;
      console.draw(photo(seed));
      await until(() => console.requests > asked && (seed > 3 || got.includes(fence(seed))));
    }
    await settle(50);
    expect([got.includes(fence(3)), got.includes(fence(4))]).toEqual([true, false]);
    const answer = (number: number): Buffer => Buffer.from([248, 0, 0, 0, 0, 0, 0, 0, 4, 0, 0, 0, number]);
    stream.write(answer(1));
    await until(() => got.includes(fence(4)));
    stream.write(answer(9));
    expect((await failed).message).toMatch(/a fence that was not sent/);
  });

  it('refuses a viewer that asks for pixels it does not make', async () => {
    const { viewer, stream } = await open();
    stream.on('error', () => {});
    stream.write(Buffer.concat([Buffer.from([0, 0, 0, 0]), Buffer.alloc(16, 8)]));
    expect((await viewer.closed)?.message).toMatch(/connection/);
  });
});
