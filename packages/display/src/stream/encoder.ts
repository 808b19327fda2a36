import { encodeRectHead, encodeUpdateHead, ENCODING, type Rect } from '@orangery/rfb';
import { changedRects, changedTiles, dropSame } from './changes.ts';
import { takeMoves } from './moves.ts';
import { copyOver, createPicture, type Picture } from './picture.ts';

/** Where the colours of a pixel lie in its 4 bytes, as shifts of a little-endian number (RFC 6143 7.4). */
export type PixelOrder = { red: 0; blue: 16 } | { red: 16; blue: 0 };

/** A rectangle each: more than this would not fit the head of an update. */
const RECTANGLES_MAX = 0xff_fe;

export type Encoded = {
  /** A FramebufferUpdate (RFC 6143 7.6.1) of CopyRect and Raw rectangles. */
  bytes: Buffer;
  moves: number;
  rectangles: number;
  /** Of Raw rectangles. */
  pixels: number;
};

/**
 * Says what to change in the picture that one viewer has, so that it becomes the one there is: moves first, then the pixels
 * that still differ, exactly. What is said repeats itself much and is packed afterwards, over the whole session at once.
 */
export class Encoder {
  /** What the viewer shows once it has read all that was encoded. */
  #sent: Picture | undefined;
  order: PixelOrder = { red: 16, blue: 0 };
  /** Whether the viewer can be told that something moved. */
  moves = true;

  /** The viewer knows nothing of the picture any more: what comes next is all of it. */
  forget(): void {
    this.#sent = undefined;
  }

  /** Whether it knows a picture of this size. */
  knows({ width, height }: Picture): boolean {
    return this.#sent?.width === width && this.#sent.height === height;
  }

  /** Undefined where the viewer has what there is. `damage` holds all that changed since the last call. */
  encode(current: Picture, damage: readonly Rect[]): Encoded | undefined {
    const { width, height } = current;
    const known = this.#sent;
    if (known === undefined || !this.knows(current)) {
      this.#sent = createPicture(width, height);
      return this.#say(current, this.#sent, [], [{ x: 0, y: 0, width, height }]);
    }
    const map = changedTiles(current, known, damage);
    const moves = (this.moves ? takeMoves(map, current, known) : []).map(({ to, fromX, fromY }) => {
      const from = Buffer.alloc(4);
      from.writeUInt16BE(fromX, 0);
      from.writeUInt16BE(fromY, 2);
      return Buffer.concat([encodeRectHead(to, ENCODING.copyRect), from]);
    });
    const left = dropSame(map, current, known);
    if (left === 0 && moves.length === 0) return undefined;
    return this.#say(current, known, moves, left === 0 ? [] : changedRects(map, current, known));
  }

  #say(current: Picture, sent: Picture, moves: readonly Buffer[], rects: readonly Rect[]): Encoded {
    const whole = { x: 0, y: 0, width: current.width, height: current.height };
    const told = moves.length + rects.length <= RECTANGLES_MAX ? rects : [whole];
    const parts: Buffer[] = [encodeUpdateHead(moves.length + told.length), ...moves];
    let pixels = 0;
    for (const rect of told) {
      parts.push(encodeRectHead(rect, ENCODING.raw), this.#pixelsOf(current, rect));
      copyOver(sent, current, rect);
      pixels += rect.width * rect.height;
    }
    return { bytes: Buffer.concat(parts), moves: moves.length, rectangles: told.length, pixels };
  }

  /** Pixels as the console sends them, in the viewer's order; what follows the first `count` stays. */
  inOrder(bytes: Buffer, count: number): Buffer {
    if (this.order.red === 16) return bytes;
    const swapped = Buffer.from(bytes);
    for (let at = 0; at < 4 * count; at += 4) {
      swapped[at] = bytes[at + 2] ?? 0;
      swapped[at + 2] = bytes[at] ?? 0;
    }
    return swapped;
  }

  #pixelsOf({ pixels, width }: Picture, rect: Rect): Buffer {
    const out = new Uint32Array(rect.width * rect.height);
    const swap = this.order.red === 0;
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
}
