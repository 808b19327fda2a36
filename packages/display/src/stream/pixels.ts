import { encodeRectHead, ENCODING, type Rect } from '@orangery/rfb';
import type { Picture } from './picture.ts';

/** Where the colours of a pixel lie in its 4 bytes, as shifts of a little-endian number (RFC 6143 7.4). */
export type PixelOrder = { red: 0; blue: 16 } | { red: 16; blue: 0 };

/** A part of a picture, 4 bytes a pixel, in the viewer's order. */
export function pixelsOf({ pixels, width }: Picture, rect: Rect, order: PixelOrder): Buffer {
  const out = new Uint32Array(rect.width * rect.height);
  const swap = order.red === 0;
  let to = 0;
  for (let row = rect.y; row < rect.y + rect.height; row += 1) {
    const from = row * width + rect.x;
    if (!swap) {
      out.set(pixels.subarray(from, from + rect.width), to);
      to += rect.width;
      continue;
    }
    for (let at = from; at < from + rect.width; at += 1, to += 1) {
      const pixel = pixels[at] ?? 0;
      out[to] = (pixel & 0x00_ff_00) | ((pixel >>> 16) & 0xff) | ((pixel & 0xff) << 16);
    }
  }
  return Buffer.from(out.buffer);
}

/** RFC 6143 7.7.1. */
export function rawRect(picture: Picture, rect: Rect, order: PixelOrder): Buffer {
  return Buffer.concat([encodeRectHead(rect, ENCODING.raw), pixelsOf(picture, rect, order)]);
}

/** Pixels as the console sends them, in the viewer's order; what follows the first `count` stays. */
export function inOrder(bytes: Buffer, count: number, order: PixelOrder): Buffer {
  if (order.red === 16) return bytes;
  const swapped = Buffer.from(bytes);
  for (let at = 0; at < 4 * count; at += 4) {
    swapped[at] = bytes[at + 2] ?? 0;
    swapped[at + 2] = bytes[at] ?? 0;
  }
  return swapped;
}
