import { encodeRectHead, encodeUpdateHead, ENCODING, type Rect } from '@orangery/rfb';
import { changedRects, changedTiles, dropSame, tileRects } from './changes.ts';
import { type Move, takeMoves } from './moves.ts';
import { takePhotos } from './photos.ts';
import { copyOver, type Picture, type TileMap } from './picture.ts';
import { type PixelOrder, rawRect } from './pixels.ts';
import { withinRoom } from './room.ts';
import { jpegOf } from './stills.ts';
import { VideoPart } from './video-part.ts';
import { Viewed } from './viewed.ts';

/** A rectangle each: more than this would not fit the head of an update. */
const RECTANGLES_MAX = 0xff_fe;
/** More parts than this that are not told yet are all of the picture. */
const LEFT_MAX = 256;
/** What was lossy and moved or changed no more for so long is told exactly. */
const REST_MS = 1_000;

/** Some are made while others are. None fails: what cannot be made lossy is told exactly. */
export type Part = Buffer | Promise<Buffer>;

/** All of an update, once the last of it is made. */
export async function together(parts: readonly Part[]): Promise<Buffer> {
  return Buffer.concat(await Promise.all(parts.map((part) => Promise.resolve(part))));
}

export type Encoded = {
  /** A FramebufferUpdate (RFC 6143 7.6.1), in order; none where all is left for later. */
  parts: Part[];
  moves: number;
  rectangles: number;
  /** Of all rectangles but moves. */
  pixels: number;
  /** Whether a part of it is an image, which a viewer decodes in its own time. */
  lossy: boolean;
  /** Where the viewer's picture still differs, as there was no room for it. */
  left: Rect[];
};

/** Apart from Raw, which all can. */
export type Abilities = { moves: boolean; jpeg: boolean; h264: boolean };

/**
 * Says what to change in the picture that one viewer has, so that it becomes the one there is: moves first, then what still
 * differs. Text and all that is drawn is told exactly at once; photos and videos are lossy where the viewer can take that, until they rest.
 * What is said repeats itself much and is packed afterwards, over the whole session at once.
 */
export class Encoder {
  #viewed: Viewed | undefined;
  #video: VideoPart | undefined;
  order: PixelOrder = { red: 16, blue: 0 };
  /** What the viewer's line carries; 0 while that is not known. */
  lineBytesPerMs = 0;
  abilities: Abilities = { moves: true, jpeg: false, h264: false };

  /** The viewer knows nothing of the picture any more: what comes next is all of it. */
  forget(): void {
    this.close();
    this.#viewed = undefined;
  }

  /** Whether it knows a picture of this size. */
  knows({ width, height }: Picture): boolean {
    return this.#viewed?.picture.width === width && this.#viewed.picture.height === height;
  }

  /** Whether something is lossy, so that there will be something to tell though nothing changes. */
  get isLossy(): boolean {
    return (this.#viewed?.lossyTiles ?? 0) > 0;
  }

  /** Ends what runs for it. */
  close(): void {
    this.#video?.close();
    this.#video = undefined;
  }

  /**
   * Undefined where the viewer has what there is. `damage` holds all that changed since the last call, and what that left;
   * about `room` pixels are told, small parts first.
   */
  encode(current: Picture, damage: readonly Rect[], room = Infinity, nowMs = 0): Encoded | undefined {
    const whole = { x: 0, y: 0, width: current.width, height: current.height };
    const first = !this.knows(current);
    if (first) {
      this.forget();
      this.#viewed = new Viewed(current.width, current.height);
    }
    const viewed = this.#viewed;
    if (viewed === undefined) return undefined;
    const video = this.abilities.h264 ? (this.#video ??= new VideoPart(viewed)) : undefined;
    const due = viewed.lossyIsDue(nowMs - REST_MS, (tile) => video?.holds(tile) ?? false);
    const map = changedTiles(current, viewed, first ? [whole] : [...damage, ...due]);
    const playing = video?.take(map, current, nowMs, this.lineBytesPerMs);
    const frame = playing?.isTime === true ? playing.rect : undefined;
    const moves = this.abilities.moves && !first ? takeMoves(map, current, viewed, nowMs) : [];
    const marked = dropSame(map, current, viewed);
    // While a page is scrolled or a window dragged, what is left over of it is no video.
    if (marked > 0 && moves.length === 0) video?.look(map, current, nowMs);
    const waits = playing === undefined || playing.isTime ? [] : [playing.rect];
    if (marked === 0 && moves.length === 0 && frame === undefined) {
      return waits.length === 0
        ? undefined
        : { parts: [], moves: 0, rectangles: 0, pixels: 0, lossy: false, left: waits };
    }
    const scrolled = moves.length > 0 && moves.every(({ to, fromX }) => to.x === fromX);
    const photos = this.abilities.jpeg ? takePhotos(map, current, viewed, scrolled) : undefined;
    const told = this.#choose(current, viewed, { map, photos, moves: moves.length });
    const { now, later } = withinRoom(told, room);
    const parts: Part[] = [
      encodeUpdateHead(moves.length + now.length + (frame === undefined ? 0 : 1)),
      ...moves.map(copyRect),
    ];
    let pixels = 0;
    const say = (rect: Rect, lossy: boolean, part: Part): void => {
      parts.push(part);
      copyOver(viewed.picture, current, rect);
      viewed.told(rect, lossy, nowMs);
      pixels += rect.width * rect.height;
    };
    // noVNC 1.7 draws pixels wrongly that come after an image which is still being decoded: what is lossy comes last.
    for (const { rect, lossy } of now.toSorted((a, b) => Number(a.lossy) - Number(b.lossy)))
      say(rect, lossy, lossy ? this.#jpeg(current, rect) : rawRect(current, rect, this.order));
    if (frame !== undefined) say(frame, true, video?.encode(current, this.order) ?? Buffer.alloc(0));
    const left = later.length > LEFT_MAX ? [whole] : [...later, ...waits];
    const images = frame !== undefined || now.some((each) => each.lossy);
    return { parts, moves: moves.length, rectangles: now.length, pixels, lossy: images, left };
  }

  #choose(
    current: Picture,
    viewed: Viewed,
    { map, photos, moves }: { map: TileMap; photos: TileMap | undefined; moves: number },
  ): { rect: Rect; lossy: boolean }[] {
    const exact = changedRects(map, current, viewed).map((rect) => ({ rect, lossy: false }));
    const lossy =
      photos === undefined ? [] : tileRects(photos, current).map((rect) => ({ rect, lossy: true }));
    if (moves + exact.length + lossy.length < RECTANGLES_MAX) return [...exact, ...lossy];
    return [{ rect: { x: 0, y: 0, width: current.width, height: current.height }, lossy: false }];
  }

  async #jpeg(current: Picture, rect: Rect): Promise<Buffer> {
    // Both are made from what there is now, whatever is drawn meanwhile.
    const otherwise = rawRect(current, rect, this.order);
    return jpegOf(current, rect).then(
      (bytes) => Buffer.concat([encodeRectHead(rect, ENCODING.jpeg), bytes]),
      () => otherwise,
    );
  }
}

function copyRect({ to, fromX, fromY }: Move): Buffer {
  const from = Buffer.alloc(4);
  from.writeUInt16BE(fromX, 0);
  from.writeUInt16BE(fromY, 2);
  return Buffer.concat([encodeRectHead(to, ENCODING.copyRect), from]);
}
