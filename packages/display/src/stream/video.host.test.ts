import { createFrame, ENCODING, type Frame, type Rect } from '@orangery/rfb';
import { copyRows, drawRows } from '@orangery/rfb';
import { describe, expect, it } from 'vitest';
import { Encoder, together } from './encoder.ts';
import { createPicture, type Picture } from './picture.ts';
import { mayEncodeVideo, VideoEncoder } from './video.ts';

const [WIDTH, HEIGHT] = [480, 320];
const CLIP = { x: 40, y: 24, width: 300, height: 200 };

/** A camera that pans over a landscape with some grain. */
function show(picture: Picture, at: Rect, frame: number): void {
  for (let y = at.y; y < at.y + at.height; y += 1) {
    for (let x = at.x; x < at.x + at.width; x += 1) {
      const grain = (Math.imul((x * 7919 + y * 104_729 + frame * 15_485_863) | 1, 0x9e_37_79_b1) >>> 28) & 7;
      const [u, v] = [x + 7 * frame, y + 3 * frame];
      const light = 100 + 60 * Math.sin(u / 23) + 60 * Math.cos(v / 17) + 20 * Math.sin((u + v) / 5);
      const [red, green, blue] = [light, light * 0.8, 255 - light].map((each) =>
        Math.max(0, Math.min(255, Math.round(each + grain))),
      );
      picture.pixels[y * picture.width + x] = ((red ?? 0) << 16) | ((green ?? 0) << 8) | (blue ?? 0);
    }
  }
}

/** As a viewer reads an update. What comes as video is something else than it should be: it has to be told exactly later. */
function read(frame: Frame, bytes: Buffer): { videos: number; raws: number } {
  let at = 4;
  const read = { videos: 0, raws: 0 };
  for (let count = bytes.readUInt16BE(2); count > 0; count -= 1) {
    const [x, y] = [bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2)];
    const rect = { x, y, width: bytes.readUInt16BE(at + 4), height: bytes.readUInt16BE(at + 6) };
    const encoding = bytes.readInt32BE(at + 8);
    at += 12;
    if (encoding === ENCODING.copyRect) {
      copyRows(frame, rect, bytes.readUInt16BE(at), bytes.readUInt16BE(at + 2));
      at += 4;
      continue;
    }
    let pixels = bytes.subarray(at, at + 4 * rect.width * rect.height);
    if (encoding === ENCODING.h264) {
      const length = bytes.readUInt32BE(at);
      expect(bytes.readUInt32BE(at + 8)).toBe(1);
      at += 8 + length;
      pixels = Buffer.alloc(4 * rect.width * rect.height, 0x5a);
      read.videos += 1;
    } else {
      expect([encoding, read.videos]).toEqual([ENCODING.raw, 0]);
      at += pixels.length;
      read.raws += rect.width * rect.height;
    }
    drawRows(frame, rect, pixels);
  }
  expect(at).toBe(bytes.length);
  return read;
}

describe('a video', () => {
  it('is told as video while it plays, wherever it is moved to and however it grows, and exactly once it rests', async () => {
    const [picture, frame] = [createPicture(WIDTH, HEIGHT), createFrame(WIDTH, HEIGHT)];
    const encoder = new Encoder();
    encoder.abilities = { moves: true, jpeg: false, h264: true };
    let nowMs = 1_000;
    let left: Rect[] = [];
    const say = async (damage: Rect[]): Promise<{ videos: number; raws: number }> => {
      const said = encoder.encode(picture, [...damage, ...left], Infinity, nowMs);
      left = said?.left ?? [];
      if (said === undefined || said.parts.length === 0) return { videos: 0, raws: 0 };
      return read(frame, await together(said.parts));
    };
    await say([]);
    const videos: number[] = [];
    for (const clip of [CLIP, { ...CLIP, x: 170, y: 100 }, { x: 20, y: 20, width: 440, height: 280 }]) {
      let count = 0;
      for (let step = 0; step < 40; step += 1) {
        nowMs += 40;
        show(picture, clip, step);
        count += (await say([clip])).videos;
      }
      videos.push(count);
    }
    for (const count of videos) expect(count).toBeGreaterThan(15);
    expect(encoder.isLossy).toBe(true);
    for (let more = 0; left.length > 0 || encoder.isLossy; more += 1) {
      expect(more).toBeLessThan(50);
      nowMs += 250;
      await say([]);
    }
    expect(frame.pixels.equals(Buffer.from(picture.pixels.buffer))).toBe(true);
    encoder.close();
  });

  /** What a viewer sees of 60 steps, none of which is to be told as video. */
  async function seesNoVideo(step: (picture: Picture, nth: number) => void): Promise<void> {
    const [picture, frame, encoder] = [
      createPicture(WIDTH, HEIGHT),
      createFrame(WIDTH, HEIGHT),
      new Encoder(),
    ];
    encoder.abilities = { moves: true, jpeg: false, h264: true };
    let nowMs = 1_000;
    for (let nth = 0; nth < 60; nth += 1) {
      nowMs += 40;
      step(picture, nth);
      const said = encoder.encode(picture, [{ x: 0, y: 0, width: WIDTH, height: HEIGHT }], Infinity, nowMs);
      if (said !== undefined) expect(read(frame, await together(said.parts)).videos).toBe(0);
    }
    expect(frame.pixels.equals(Buffer.from(picture.pixels.buffer))).toBe(true);
    encoder.close();
  }

  it('is no text, however fast it changes', () =>
    seesNoVideo(({ pixels }, nth) => {
      for (let at = 0; at < pixels.length; at += 1)
        pixels[at] = (Math.imul(at * 31 + nth * 7919, 0x9e_37_79_b1) >>> 31) * 0xff_ff_ff;
    }));

  it('is no photo that is scrolled, nor five beside each other at different speeds', () => {
    const page = createPicture(WIDTH, HEIGHT);
    show(page, { x: 0, y: 0, width: WIDTH, height: HEIGHT }, 1);
    return seesNoVideo(({ pixels }, nth) => {
      for (let y = 0; y < HEIGHT; y += 1) {
        for (const [column, speed] of [9, 5, 14, 23, 31].entries()) {
          const from = ((y + speed * nth) % HEIGHT) * WIDTH + 96 * column;
          pixels.set(page.pixels.subarray(from, from + 96), y * WIDTH + 96 * column);
        }
      }
    });
  });

  it('comes out picture for picture, first one that begins anew; what ends the encoder ends nobody’s wait', async () => {
    const picture = createPicture(WIDTH, HEIGHT);
    const rect = { x: 32, y: 16, width: 256, height: 192 };
    const video = new VideoEncoder(rect, 1_000_000);
    for (let step = 0; step < 5; step += 1) {
      show(picture, rect, step);
      const made = await video.encode(picture, rect);
      expect(made?.key).toBe(step === 0);
      // RFC-like: a start code, then sequence parameters (7) or a slice (1).
      expect(made?.data.readUInt32BE(0)).toBe(1);
      expect((made?.data.readUInt8(4) ?? 0) & 0x1f).toBe(step === 0 ? 7 : 1);
    }
    const waiting = video.encode(picture, rect);
    video.close();
    expect([await waiting, video.over, await video.encode(picture, rect)]).toEqual([
      undefined,
      true,
      undefined,
    ]);
    const two = [new VideoEncoder(rect, 1_000_000), new VideoEncoder(rect, 1_000_000)];
    expect(mayEncodeVideo()).toBe(false);
    for (const each of two) each.close();
    expect(mayEncodeVideo()).toBe(true);
  });
});
