import { copyRows, createFrame, drawRows, ENCODING, type Frame, type Rect } from '@orangery/rfb';
import fc from 'fast-check';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { Encoder, together } from './encoder.ts';
import { copyWithin, createPicture, type Picture } from './picture.ts';

const [WIDTH, HEIGHT] = [230, 190];
const FAR = 1_000;

type Act = { kind: 'text' | 'photo' | 'move'; rect: Rect; seed: number; dx: number; dy: number; ms: number };

const act: fc.Arbitrary<Act> = fc
  .record({
    kind: fc.constantFrom('text' as const, 'photo' as const, 'photo' as const, 'move' as const),
    x: fc.nat(WIDTH - 1),
    y: fc.nat(HEIGHT - 1),
    width: fc.integer({ min: 1, max: WIDTH }),
    height: fc.integer({ min: 1, max: HEIGHT }),
    seed: fc.nat(),
    dx: fc.integer({ min: -30, max: 30 }),
    dy: fc.integer({ min: -30, max: 30 }),
    ms: fc.integer({ min: 0, max: 700 }),
  })
  .map(({ x, y, width, height, ...rest }) => ({
    ...rest,
    rect: { x, y, width: Math.min(width, WIDTH - x), height: Math.min(height, HEIGHT - y) },
  }));

function perform(picture: Picture, { kind, rect, seed, dx, dy }: Act): Rect {
  if (kind === 'move') {
    const to = { ...rect, x: rect.x + dx, y: rect.y + dy };
    if (to.x < 0 || to.y < 0 || to.x + to.width > WIDTH || to.y + to.height > HEIGHT) return rect;
    copyWithin(picture, to, rect.x, rect.y);
    return to;
  }
  for (let y = rect.y; y < rect.y + rect.height; y += 1) {
    for (let x = rect.x; x < rect.x + rect.width; x += 1) {
      const noise = (Math.imul((x * 7919 + y * 104_729 + seed) | 1, 0x9e_37_79_b1) >>> 24) & 0x1f;
      const light = kind === 'text' ? 0xff * (noise & 1) : ((3 * x + 2 * y + seed) & 0xff) ^ noise;
      picture.pixels[y * WIDTH + x] = (light << 16) | ((light >> 1) << 8) | (0xff - light);
    }
  }
  return rect;
}

/** As a viewer reads an update; answers how much of it was lossy. */
async function read(frame: Frame, bytes: Buffer): Promise<number> {
  let at = 4;
  let lossy = 0;
  for (let count = bytes.readUInt16BE(2); count > 0; count -= 1) {
    const [x, y] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
    const [width, height] = [bytes.readUInt16BE(at + 4), bytes.readUInt16BE(at + 6)];
    const encoding = bytes.readInt32BE(at + 8);
    at += 12;
    const rect = { x, y, width, height };
    if (encoding === ENCODING.copyRect) {
      copyRows(frame, rect, bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2));
      at += 4;
    } else if (encoding === ENCODING.jpeg) {
      const end = bytes.indexOf(Buffer.from([0xff, 0xd9]), at) + 2;
      const rgb = await sharp(bytes.subarray(at, end)).raw().toBuffer();
      const pixels = Buffer.alloc(4 * width * height);
      for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4) {
        pixels[to] = rgb[from + 2] ?? 0;
        pixels[to + 1] = rgb[from + 1] ?? 0;
        pixels[to + 2] = rgb[from] ?? 0;
      }
      drawRows(frame, rect, pixels);
      at = end;
      lossy += width * height;
    } else {
      expect([encoding, lossy]).toEqual([ENCODING.raw, 0]);
      drawRows(frame, rect, bytes.subarray(at, at + 4 * width * height));
      at += 4 * width * height;
    }
  }
  expect(at).toBe(bytes.length);
  return lossy;
}

describe('fuzz: what is lossy for a moment', () => {
  it('is exact once it rests, wherever it was moved meanwhile, and however little goes at a time', async () => {
    let lossy = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(act, { minLength: 1, maxLength: 12 }),
        fc.integer({ min: 1_000, max: 2 * WIDTH * HEIGHT }),
        async (acts, room) => {
          const [picture, frame] = [createPicture(WIDTH, HEIGHT), createFrame(WIDTH, HEIGHT)];
          const encoder = new Encoder();
          encoder.abilities = { moves: true, jpeg: true, h264: false };
          let nowMs = FAR;
          let left: Rect[] = [];
          const say = async (damage: Rect[]): Promise<boolean> => {
            const said = encoder.encode(picture, [...damage, ...left], room, nowMs);
            left = said?.left ?? [];
            if (said === undefined) return false;
            lossy += await read(frame, await together(said.parts));
            return true;
          };
          for (const each of acts) {
            nowMs += each.ms;
            await say([perform(picture, each)]);
          }
          for (let more = 0; left.length > 0 || encoder.isLossy; more += 1) {
            expect(more).toBeLessThan(200);
            nowMs += 250;
            await say([]);
          }
          expect(frame.pixels.equals(Buffer.from(picture.pixels.buffer))).toBe(true);
        },
      ),
      { numRuns: 100 },
    );
    expect(lossy).toBeGreaterThan(100_000);
  });
});
