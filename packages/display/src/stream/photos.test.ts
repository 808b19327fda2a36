import { ENCODING, type Rect } from '@orangery/rfb';
import { describe, expect, it } from 'vitest';
import { Encoder, together } from './encoder.ts';
import { createPicture, type Picture } from './picture.ts';

const [WIDTH, HEIGHT] = [480, 320];
const WHOLE = { x: 0, y: 0, width: WIDTH, height: HEIGHT };

function noise(picture: Picture, { x, y, width, height }: Rect, seed: number): void {
  for (let row = y; row < y + height; row += 1)
    for (let at = row * WIDTH + x; at < row * WIDTH + x + width; at += 1)
      picture.pixels[at] = Math.imul(at * 2 + seed * 99_991 + 1, 0x9e_37_79_b1) >>> 8;
}

/** The encodings of the rectangles that are told last, in the update's order; moves are first. */
async function lastEncoding(encoder: Encoder, picture: Picture, damage: Rect): Promise<number> {
  const said = encoder.encode(picture, [damage], Infinity, 1_000);
  const last = said?.parts.at(-1);
  return last === undefined ? -1 : (await together([last])).readInt32BE(8);
}

function begun(): { picture: Picture; encoder: Encoder } {
  const [picture, encoder] = [createPicture(WIDTH, HEIGHT), new Encoder()];
  noise(picture, WHOLE, 1);
  encoder.encode(picture, [WHOLE], Infinity, 0);
  encoder.abilities = { moves: true, jpeg: true, h264: false };
  return { picture, encoder };
}

describe('what looks like a photo', () => {
  it('is lossy where much of it is new at once, exact where little is', async () => {
    const { picture, encoder } = begun();
    const some = { x: 0, y: 0, width: WIDTH, height: 32 };
    noise(picture, some, 2);
    expect(await lastEncoding(encoder, picture, some)).toBe(ENCODING.raw);
    const much = { x: 0, y: 0, width: WIDTH, height: 64 };
    noise(picture, much, 3);
    expect(await lastEncoding(encoder, picture, much)).toBe(ENCODING.jpeg);
  });

  it('is lossy where a page is scrolled, though only a line of it is new', async () => {
    const { picture, encoder } = begun();
    picture.pixels.copyWithin(0, 16 * WIDTH);
    noise(picture, { x: 0, y: HEIGHT - 16, width: WIDTH, height: 16 }, 2);
    expect(await lastEncoding(encoder, picture, WHOLE)).toBe(ENCODING.jpeg);
  });
});
