import { copyRows, createFrame, drawRows, ENCODING, type Frame, type Rect } from '@orangery/rfb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Encoded, Encoder } from './encoder.ts';
import { copyWithin, createPicture, type Picture, TILE } from './picture.ts';
import { inOrder } from './pixels.ts';

const [WIDTH, HEIGHT] = [150, 100];

/** What somebody does to a screen; places outside are cut. */
type Act =
  | { kind: 'fill'; rect: Rect; colour: number }
  | { kind: 'noise'; rect: Rect; seed: number }
  | { kind: 'move'; rect: Rect; dx: number; dy: number };

const rect = fc
  .tuple(
    fc.nat(WIDTH - 1),
    fc.nat(HEIGHT - 1),
    fc.integer({ min: 1, max: WIDTH }),
    fc.integer({ min: 1, max: HEIGHT }),
  )
  .map(([x, y, width, height]) => ({
    x,
    y,
    width: Math.min(width, WIDTH - x),
    height: Math.min(height, HEIGHT - y),
  }));
const shift = fc.integer({ min: -40, max: 40 });
const act: fc.Arbitrary<Act> = fc.oneof(
  fc.record({ kind: fc.constant('fill' as const), rect, colour: fc.nat(0xff_ff_ff) }),
  fc.record({ kind: fc.constant('noise' as const), rect, seed: fc.nat() }),
  fc.record({ kind: fc.constant('move' as const), rect, dx: shift, dy: shift }),
);

/** Does it, and tells where something changed. */
function perform(picture: Picture, doing: Act): Rect {
  const { rect: at } = doing;
  if (doing.kind === 'move') {
    const to = { ...at, x: at.x + doing.dx, y: at.y + doing.dy };
    if (to.x < 0 || to.y < 0 || to.x + to.width > WIDTH || to.y + to.height > HEIGHT) return at;
    copyWithin(picture, to, at.x, at.y);
    return to;
  }
  let value = doing.kind === 'noise' ? doing.seed | 1 : 0;
  for (let y = at.y; y < at.y + at.height; y += 1) {
    for (let x = at.x; x < at.x + at.width; x += 1) {
      value = Math.imul(value, 0x41_c6_4e_6d) + 12_345;
      picture.pixels[y * WIDTH + x] = doing.kind === 'fill' ? doing.colour : (value >>> 8) & 0xff_ff_ff;
    }
  }
  return at;
}

/** Of one who takes nothing lossy, so that all of it is there at once. */
function bytesOf(said: Encoded | undefined): Buffer {
  return Buffer.concat((said?.parts ?? [Buffer.alloc(4)]) as Buffer[]);
}

/** As a viewer reads an update; answers how many pixels came as pixels. */
function read(frame: Frame, bytes: Buffer): number {
  let at = 4;
  let drawn = 0;
  for (let count = bytes.readUInt16BE(2); count > 0; count -= 1) {
    const [x, y] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
    const [width, height] = [bytes.readUInt16BE(at + 4), bytes.readUInt16BE(at + 6)];
    const encoding = bytes.readInt32BE(at + 8);
    at += 12;
    if (encoding === ENCODING.copyRect) {
      copyRows(frame, { x, y, width, height }, bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2));
      at += 4;
      continue;
    }
    expect(encoding).toBe(ENCODING.raw);
    drawRows(frame, { x, y, width, height }, bytes.subarray(at, at + 4 * width * height));
    at += 4 * width * height;
    drawn += width * height;
  }
  expect(at).toBe(bytes.length);
  return drawn;
}

const shown = (frame: Frame): Buffer => frame.pixels;
const meant = ({ pixels }: Picture): Buffer => Buffer.from(pixels.buffer);

describe('fuzz: what a viewer is told', () => {
  it('makes its picture the console’s, whatever happens there', () => {
    fc.assert(
      fc.property(fc.array(fc.array(act, { minLength: 1, maxLength: 4 }), { maxLength: 8 }), (updates) => {
        const [picture, frame, encoder] = [
          createPicture(WIDTH, HEIGHT),
          createFrame(WIDTH, HEIGHT),
          new Encoder(),
        ];
        encoder.encode(picture, []);
        for (const acts of updates) {
          const said = encoder.encode(
            picture,
            acts.map((each) => perform(picture, each)),
          );
          if (said !== undefined) read(frame, bytesOf(said));
          expect(shown(frame).equals(meant(picture))).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is the console’s in the end, however little goes at a time, and no more goes than there is room for', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(act, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: WIDTH * HEIGHT }),
        (updates, room) => {
          const [picture, frame, encoder] = [
            createPicture(WIDTH, HEIGHT),
            createFrame(WIDTH, HEIGHT),
            new Encoder(),
          ];
          // What a viewer shows before it is told anything is its own business.
          frame.pixels.fill(0x77);
          let left: Rect[] = [];
          const say = (damage: Rect[]): void => {
            const said = encoder.encode(picture, [...damage, ...left], room);
            left = said?.left ?? [];
            if (said === undefined) return;
            const drawn = read(frame, bytesOf(said));
            expect(drawn).toBeLessThanOrEqual(Math.max(room, TILE * WIDTH));
          };
          for (const acts of updates) say(acts.map((each) => perform(picture, each)));
          for (let more = 0; left.length > 0; more += 1) {
            expect(more).toBeLessThan((2 * WIDTH * HEIGHT) / TILE);
            say([]);
          }
          expect(shown(frame).equals(meant(picture))).toBe(true);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('is all of it after it forgot, in the order of colours that was asked for', () => {
    fc.assert(
      fc.property(fc.array(act, { maxLength: 6 }), (acts) => {
        const [picture, frame, encoder] = [
          createPicture(WIDTH, HEIGHT),
          createFrame(WIDTH, HEIGHT),
          new Encoder(),
        ];
        for (const each of acts) perform(picture, each);
        encoder.order = { red: 0, blue: 16 };
        encoder.encode(picture, []);
        encoder.forget();
        expect(read(frame, bytesOf(encoder.encode(picture, [])))).toBe(WIDTH * HEIGHT);
        expect(inOrder(shown(frame), WIDTH * HEIGHT, encoder.order).equals(meant(picture))).toBe(true);
      }),
      { numRuns: 30 },
    );
  });

  it('canary: a pixel that nobody told of is found', () => {
    const [picture, frame, encoder] = [
      createPicture(WIDTH, HEIGHT),
      createFrame(WIDTH, HEIGHT),
      new Encoder(),
    ];
    encoder.encode(picture, []);
    picture.pixels[WIDTH + 1] = 1;
    expect(encoder.encode(picture, [])).toBeUndefined();
    expect(shown(frame).equals(meant(picture))).toBe(false);
  });
});

describe('what moved', () => {
  const all = { x: 0, y: 0, width: WIDTH, height: HEIGHT };

  it.each([
    ['a page that scrolls up', all, 0, -23],
    ['a page that scrolls down', all, 0, 5],
    ['a window that is dragged', { x: 10, y: 10, width: 90, height: 60 }, 7, 9],
  ] as const)('is told as a move: %s', (_name, from, dx, dy) => {
    const [picture, frame, encoder] = [
      createPicture(WIDTH, HEIGHT),
      createFrame(WIDTH, HEIGHT),
      new Encoder(),
    ];
    perform(picture, { kind: 'noise', rect: all, seed: 7 });
    const first = encoder.encode(picture, [all]);
    read(frame, bytesOf(first));
    const left = Math.max(from.x, -dx);
    const top = Math.max(from.y, -dy);
    const kept = {
      x: left,
      y: top,
      width: Math.min(from.width, WIDTH - dx - left),
      height: Math.min(from.height, HEIGHT - dy - top),
    };
    const to = { ...kept, x: kept.x + dx, y: kept.y + dy };
    copyWithin(picture, to, kept.x, kept.y);
    const said = encoder.encode(picture, [all]);
    expect(said?.moves).toBeGreaterThan(0);
    // What does not fill its tiles is sent; the rest is not.
    expect(read(frame, bytesOf(said))).toBeLessThan(0.7 * to.width * to.height);
    expect(shown(frame).equals(meant(picture))).toBe(true);
  });

  it('is told as pixels to who cannot move', () => {
    const [picture, encoder] = [createPicture(WIDTH, HEIGHT), new Encoder()];
    encoder.abilities = { moves: false, jpeg: false, h264: false };
    perform(picture, { kind: 'noise', rect: all, seed: 7 });
    encoder.encode(picture, [all]);
    copyWithin(picture, { ...all, y: 10, height: HEIGHT - 10 }, 0, 0);
    expect(encoder.encode(picture, [all])?.moves).toBe(0);
  });
});
