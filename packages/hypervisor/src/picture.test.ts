import { encode } from 'fast-png';
import { describe, expect, test } from 'vitest';
import { describePicture, encodePicture, parsePicture, shrinkPicture } from './picture.ts';

const ppm = (header: string, pixels: number[] | Buffer): Buffer =>
  Buffer.concat([Buffer.from(header, 'latin1'), Buffer.from(pixels)]);
const png = (width: number, height: number, channels: 1 | 3 | 4, data: number[]): Buffer =>
  Buffer.from(encode({ width, height, channels, depth: 8, data: Uint8Array.from(data) }));

describe('a screenshot', () => {
  test('is read from PPM, with comments and any white space', () => {
    const wanted = { width: 2, height: 1, rgb: Buffer.from([1, 2, 3, 4, 5, 6]) };
    expect(parsePicture(ppm('P6\n2 1\n255\n', [1, 2, 3, 4, 5, 6]))).toEqual(wanted);
    expect(parsePicture(ppm('P6 # by QEMU\n# again\n2\t1 255 ', [1, 2, 3, 4, 5, 6, 7]))).toEqual(wanted);
  });

  test('is read from PNG, with and without transparency', () => {
    const rgb = Buffer.from([1, 2, 3, 4, 5, 6]);
    expect(parsePicture(png(1, 2, 3, [1, 2, 3, 4, 5, 6]))).toEqual({ width: 1, height: 2, rgb });
    expect(parsePicture(png(2, 1, 4, [1, 2, 3, 255, 4, 5, 6, 0]))).toEqual({ width: 2, height: 1, rgb });
  });

  test('is refused when it is another format, cut off, or of a size that no screen has', () => {
    const huge = png(2, 1, 3, [1, 2, 3, 4, 5, 6]);
    huge.writeUInt32BE(0x7fffffff, 16);
    const wide = png(2, 1, 3, [1, 2, 3, 4, 5, 6]);
    wide.writeUInt32BE(16_384, 16);
    wide.writeUInt32BE(16_384, 20);
    const bad = [
      Buffer.alloc(0),
      Buffer.from('GIF89a'),
      ppm('P5\n1 1\n255\n', [1]),
      ppm('P6\n1 1\n65535\n', [1, 2, 3, 4, 5, 6]),
      ppm('P6\n2 1\n255\n', [1, 2, 3]),
      ppm('P6\n0 1\n255\n', []),
      ppm('P6\n99999 1\n255\n', []),
      ppm('P6\n16384 16384\n255\n', []),
      png(1, 1, 3, [1, 2, 3]).subarray(0, 30),
      png(1, 1, 3, [1, 2, 3]).subarray(0, 45),
      png(1, 1, 1, [1]),
      huge,
      wide,
    ];
    for (const data of bad) expect(() => parsePicture(data)).toThrow(/screenshot/i);
  });

  test('is told apart: a desktop has colours, a console is dark', () => {
    const dark = { width: 30, height: 30, rgb: Buffer.alloc(2700) };
    expect(describePicture(dark)).toEqual({ distinctColours: 1, darkFraction: 1 });
    const bright = {
      width: 30,
      height: 30,
      rgb: Buffer.from(Array.from({ length: 2700 }, (_, at) => 60 + ((at * 37) % 180))),
    };
    const { distinctColours, darkFraction } = describePicture(bright);
    expect(distinctColours).toBeGreaterThan(10);
    expect(darkFraction).toBe(0);
  });

  test('is made smaller by the mean of its pixels, and is the same after it was written as PNG', () => {
    const wide = {
      width: 5,
      height: 2,
      rgb: Buffer.from([0, 0, 0, 10, 20, 30, 50, 50, 50, 50, 50, 50, 9, 9, 9].concat(Array(15).fill(0))),
    };
    const small = shrinkPicture(wide, 3);
    expect(small).toEqual({ width: 2, height: 1, rgb: Buffer.from([3, 5, 8, 25, 25, 25]) });
    expect(shrinkPicture(wide, 5)).toBe(wide);
    expect(shrinkPicture({ ...wide, width: 10, height: 1 }, 3)).toMatchObject({ width: 2, height: 1 });
    expect(parsePicture(encodePicture(small))).toEqual(small);
  });
});
