import sharp from 'sharp';
import type { Rect } from '@orangery/rfb';
import type { Picture } from './picture.ts';

/** One thread a picture: there are many desktops. Nothing is kept, as no picture comes twice. */
sharp.concurrency(1);
sharp.cache(false);

/** Of lossy pictures: what nobody sees while it moves, and for a moment after. */
const QUALITY = 75;

/** 3 bytes a pixel: red, green, blue. */
export function rgbOf({ pixels, width }: Picture, rect: Rect): Buffer {
  const out = Buffer.allocUnsafe(3 * rect.width * rect.height);
  let to = 0;
  for (let row = rect.y; row < rect.y + rect.height; row += 1) {
    const from = row * width + rect.x;
    for (let at = from; at < from + rect.width; at += 1) {
      const pixel = pixels[at] ?? 0;
      out[to] = pixel >>> 16;
      out[to + 1] = pixel >>> 8;
      out[to + 2] = pixel;
      to += 3;
    }
  }
  return out;
}

/** A JPEG of a part of a picture. The work is done on Node's own threads. */
export function jpegOf(picture: Picture, rect: Rect): Promise<Buffer> {
  const { width, height } = rect;
  return sharp(rgbOf(picture, rect), { raw: { width, height, channels: 3 } })
    .jpeg({ quality: QUALITY })
    .toBuffer();
}
