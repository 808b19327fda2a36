import { encodeRectHead, encodeUpdateHead, ENCODING, type Rect } from '@orangery/rfb';
import { changedRects, changedTiles, dropSame } from './changes.ts';
import { takeMoves } from './moves.ts';
import { Viewed } from './viewed.ts';
import { copyOver, type Picture, TILE } from './picture.ts';

/** Where the colours of a pixel lie in its 4 bytes, as shifts of a little-endian number (RFC 6143 7.4). */
export type PixelOrder = { red: 0; blue: 16 } | { red: 16; blue: 0 };

/** A rectangle each: more than this would not fit the head of an update. */
const RECTANGLES_MAX = 0xff_fe;
/** More parts than this that are not told yet are all of the picture. */
const LEFT_MAX = 256;

export type Encoded = {
  /** A FramebufferUpdate (RFC 6143 7.6.1) of CopyRect and Raw rectangles. */
  bytes: Buffer;
  moves: number;
  rectangles: number;
  /** Of Raw rectangles. */
  pixels: number;
  /** Where the viewer's picture still differs, as there was no room for it. */
  left: Rect[];
};

/**
 * Says what to change in the picture that one viewer has, so that it becomes the one there is: moves first, then the pixels
 * that still differ, exactly. What is said repeats itself much and is packed afterwards, over the whole session at once.
 */
export class Encoder {
  #viewed: Viewed | undefined;
  order: PixelOrder = { red: 16, blue: 0 };
  /** Whether the viewer can be told that something moved. */
  moves = true;

  /** The viewer knows nothing of the picture any more: what comes next is all of it. */
  forget(): void {
    this.#viewed = undefined;
  }

  /** Whether it knows a picture of this size. */
  knows({ width, height }: Picture): boolean {
    return this.#viewed?.picture.width === width && this.#viewed.picture.height === height;
  }

  /**
   * Undefined where the viewer has what there is. `damage` holds all that changed since the last call, and what that left;
   * about `room` pixels are told, small parts first.
   */
  encode(current: Picture, damage: readonly Rect[], room = Infinity): Encoded | undefined {
    const whole = { x: 0, y: 0, width: current.width, height: current.height };
    const first = !this.knows(current);
    if (first) this.#viewed = new Viewed(current.width, current.height);
    const viewed = this.#viewed;
    if (viewed === undefined) return undefined;
    const map = changedTiles(current, viewed, first ? [whole] : damage);
    const moves = (this.moves && !first ? takeMoves(map, current, viewed) : []).map(
      ({ to, fromX, fromY }) => {
        const from = Buffer.alloc(4);
        from.writeUInt16BE(fromX, 0);
        from.writeUInt16BE(fromY, 2);
        return Buffer.concat([encodeRectHead(to, ENCODING.copyRect), from]);
      },
    );
    const marked = dropSame(map, current, viewed);
    if (marked === 0 && moves.length === 0) return undefined;
    const rects = marked === 0 ? [] : changedRects(map, current, viewed);
    const told = moves.length + rects.length <= RECTANGLES_MAX ? rects : [whole];
    const { now, later } = withinRoom(told, room);
    return this.#say(current, viewed, moves, now, later.length > LEFT_MAX ? [whole] : later);
  }

  #say(
    current: Picture,
    viewed: Viewed,
    moves: readonly Buffer[],
    rects: readonly Rect[],
    left: Rect[],
  ): Encoded {
    const parts: Buffer[] = [encodeUpdateHead(moves.length + rects.length), ...moves];
    let pixels = 0;
    for (const rect of rects) {
      parts.push(encodeRectHead(rect, ENCODING.raw), this.#pixelsOf(current, rect));
      copyOver(viewed.picture, current, rect);
      viewed.told(rect);
      pixels += rect.width * rect.height;
    }
    return { bytes: Buffer.concat(parts), moves: moves.length, rectangles: rects.length, pixels, left };
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

/** Small parts go before large ones: what somebody types is not behind what plays beside it. At least something goes. */
function withinRoom(rects: readonly Rect[], room: number): { now: Rect[]; later: Rect[] } {
  const [now, later]: [Rect[], Rect[]] = [[], []];
  let left = room;
  for (const rect of rects.toSorted((a, b) => a.width * a.height - b.width * b.height)) {
    const rows = Math.floor(left / rect.width);
    // Cut where tiles are, so that no tile is half known.
    const cut = rows >= rect.height ? rect.height : Math.floor((rect.y + rows) / TILE) * TILE - rect.y;
    const height = now.length === 0 ? Math.max(cut, Math.min(rect.height, TILE - (rect.y % TILE))) : cut;
    if (height <= 0) {
      later.push(rect);
      continue;
    }
    now.push({ ...rect, height });
    left -= height * rect.width;
    if (height < rect.height) later.push({ ...rect, y: rect.y + height, height: rect.height - height });
  }
  return { now, later };
}
