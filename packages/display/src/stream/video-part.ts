import { encodeRectHead, ENCODING, type Rect } from '@orangery/rfb';
import type { Picture, TileMap } from './picture.ts';
import { type PixelOrder, rawRect } from './pixels.ts';
import { mayEncodeVideo, VideoEncoder } from './video.ts';
import { holdsTile, VideoRegion } from './video-region.ts';
import type { Viewed } from './viewed.ts';

/** Encoders that failed under one viewer; more are not tried. */
const FAILURES_MAX = 3;
/** A console draws a picture of a video in several updates; 30 pictures a second are what anybody sees. */
const FRAME_MS = 33;
/** Of the line; the rest is for what is not video. */
const LINE_SHARE = 0.6;
const BITS_MAX = 1_000_000;
const BITS_MIN = 80_000;
/** A line that became another gets another video, but not again and again: each begins with a whole picture. */
const BEGINS_EVERY_MS = 4_000;
/** rfbproto "Open H.264": the decoder of this rectangle begins anew. */
const BEGINS = 1;

/** The part of one viewer's picture where a video plays, if there is one: as H.264, a picture of it for each update. */
export class VideoPart {
  readonly #finder: VideoRegion;
  #region: Rect | undefined;
  #encoder: VideoEncoder | undefined;
  #begins = true;
  #toldMs = 0;
  #bitsPerS = 0;
  #beganMs = 0;
  #failures = 0;

  readonly #columns: number;

  constructor(viewed: Viewed) {
    this.#columns = viewed.columns;
    this.#finder = new VideoRegion(viewed);
  }

  /** Whether this tile is of the video, so that it will be told again. */
  holds(tile: number): boolean {
    return this.#region !== undefined && holdsTile(this.#region, this.#columns, tile);
  }

  /**
   * Takes what changed in the video out of `map`. Answers where the video is, if anything did, and whether it is time to tell it; if so,
   * `encode` is to follow.
   */
  take(
    map: TileMap,
    current: Picture,
    nowMs: number,
    lineBytesPerMs: number,
  ): { rect: Rect; isTime: boolean } | undefined {
    this.#follow(this.#finder.goesOn(map, current, nowMs), bitsFor(lineBytesPerMs), nowMs);
    if (this.#region === undefined) return undefined;
    let changed = false;
    for (let tile = 0; tile < map.marks.length; tile += 1) {
      if (map.marks[tile] === 0 || !this.holds(tile)) continue;
      map.marks[tile] = 0;
      changed = true;
    }
    if (!changed) return undefined;
    const isTime = nowMs - this.#toldMs >= FRAME_MS;
    if (isTime) this.#toldMs = nowMs;
    return { rect: this.#region, isTime };
  }

  /** What else changed and did not only move: with a later update it may be told as video. */
  look(map: TileMap, current: Picture, nowMs: number): void {
    this.#finder.note(map, current, nowMs);
  }

  /** The rectangle of what `take` answered; exact where it cannot be video. */
  async encode(current: Picture, order: PixelOrder): Promise<Buffer> {
    const [encoder, rect] = [this.#encoder, this.#region];
    if (encoder === undefined || rect === undefined) throw new Error('a video is encoded that does not play');
    const begins = this.#begins;
    this.#begins = false;
    const otherwise = rawRect(current, rect, order);
    const picture = await encoder.encode(current, rect);
    if (picture === undefined) {
      this.#failures += 1;
      return otherwise;
    }
    const head = Buffer.alloc(8);
    head.writeUInt32BE(picture.data.length, 0);
    head.writeUInt32BE(begins ? BEGINS : 0, 4);
    return Buffer.concat([encodeRectHead(rect, ENCODING.h264), head, picture.data]);
  }

  #follow(region: Rect | undefined, bitsPerS: number, nowMs: number): void {
    const fits = bitsPerS > this.#bitsPerS / 2 && bitsPerS < this.#bitsPerS * 2;
    const goesOn = fits || nowMs - this.#beganMs < BEGINS_EVERY_MS;
    if (region === this.#region && this.#encoder?.over !== true && (goesOn || region === undefined)) return;
    this.close();
    if (region === undefined || this.#failures >= FAILURES_MAX || !mayEncodeVideo()) return;
    this.#region = region;
    this.#encoder = new VideoEncoder(region, bitsPerS);
    this.#bitsPerS = bitsPerS;
    this.#beganMs = nowMs;
    this.#begins = true;
  }

  close(): void {
    this.#encoder?.close();
    this.#encoder = undefined;
    this.#region = undefined;
  }
}

function bitsFor(lineBytesPerMs: number): number {
  if (lineBytesPerMs === 0) return BITS_MAX;
  return Math.min(BITS_MAX, Math.max(BITS_MIN, Math.round(8_000 * lineBytesPerMs * LINE_SHARE)));
}
