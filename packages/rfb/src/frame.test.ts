import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { createFrame, DISTINCT_COLOURS_MAX, frameToPng, isDesktopPainted, paintedness } from './frame.ts';

describe('a frame', () => {
  it('is black and of one colour when nothing was drawn', () => {
    expect(paintedness(createFrame(64, 48))).toEqual({
      distinctColours: 1,
      blackFraction: 1,
      dominantFraction: 1,
    });
  });

  it('tells a picture from a text screen', () => {
    const text = createFrame(64, 48);
    for (let at = 0; at < text.pixels.length; at += 40) text.pixels.fill(0xaa, at, at + 4);
    const picture = createFrame(64, 48);
    for (let at = 0; at < picture.pixels.length; at += 4) picture.pixels.writeUInt32LE(at * 7, at);
    expect(paintedness(text)).toMatchObject({ distinctColours: 2, blackFraction: expect.closeTo(0.9, 2) });
    expect([isDesktopPainted(text), isDesktopPainted(picture)]).toEqual([false, true]);
  });

  it('counts colours only so far, and looks at a part of a huge frame', () => {
    const frame = createFrame(4096, 4096);
    for (let at = 0; at < frame.pixels.length; at += 4) frame.pixels.writeUInt32LE(at >> 2, at);
    expect(paintedness(frame).distinctColours).toBe(DISTINCT_COLOURS_MAX);
  });

  it('ignores the unused byte of a pixel', () => {
    const frame = createFrame(4, 1);
    frame.pixels[3] = 0xff;
    expect(paintedness(frame)).toMatchObject({ distinctColours: 1, blackFraction: 1 });
  });

  it('becomes a PNG with red, green and blue in their places', async () => {
    const frame = createFrame(2, 2);
    frame.pixels.set([0x33, 0x22, 0x11, 0], 4);
    const png = await frameToPng(frame);
    expect(png.subarray(1, 4).toString()).toBe('PNG');
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([2, 2]);
    const data = png.subarray(41, 41 + png.readUInt32BE(33));
    expect([...inflateSync(data)]).toEqual([0, 0, 0, 0, 0x11, 0x22, 0x33, 0, 0, 0, 0, 0, 0, 0]);
  });

  it.each([
    [0, 10],
    [16_385, 1],
    [16_384, 16_384],
    [1.5, 2],
  ])('of %d x %d is refused before it is allocated', (width, height) => {
    expect(() => createFrame(width, height)).toThrow(/out of bounds/);
  });
});
