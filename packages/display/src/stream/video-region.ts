import type { Rect } from '@orangery/rfb';
import { isPhotoLike } from './photos.ts';
import { type Picture, TILE, type TileMap } from './picture.ts';

/** A tile that changes cools down by 1 in so long, and is warmed by each change: six changes a second and more make it hot. */
const COOLS_MS = 40;
const WARMS = 6;
const HOT = 24;
const HOTTEST = 48;
/** About 110 x 110 pixels: below it, stills are as good. */
const TILES_MIN = 48;
/** Of the rectangle around what is hot: else it is two videos, or something else. */
const FILLED_MIN = 0.7;
/** A video that became larger, or moved. */
const OUTSIDE_MAX = 0.25;
/** Less of it changed for so long: it has stopped. */
const CHANGED_MIN = 0.1;
const STOPS_MS = 500;
/** So much of it has to look like photos, now and then: else text came in its place. */
const PHOTOS_MIN = 0.5;
const LOOK_EVERY = 8;

/** Whether a tile lies in a region of whole tiles. */
export function holdsTile({ x, y, width, height }: Rect, columns: number, tile: number): boolean {
  const [left, top] = [(tile % columns) * TILE, Math.floor(tile / columns) * TILE];
  return left >= x && top >= y && left < x + width && top < y + height;
}

/** Decides where a video plays: where many tiles that look like photos change again and again. */
export class VideoRegion {
  readonly #heat: Uint8Array;
  readonly #columns: number;
  #atMs = 0;
  #region: Rect | undefined;
  #changedMs = 0;
  #frames = 0;

  constructor({ columns, rows }: { columns: number; rows: number }) {
    this.#columns = columns;
    this.#heat = new Uint8Array(columns * rows);
  }

  /** Where the video plays, in pixels and whole tiles, by what changed in it at this moment; none where it has ended. */
  goesOn(map: TileMap, current: Picture, nowMs: number): Rect | undefined {
    if (this.#region === undefined) return undefined;
    const tiles = (this.#region.width * this.#region.height) / TILE ** 2;
    let inside = 0;
    for (let tile = 0; tile < map.marks.length; tile += 1)
      if (map.marks[tile] !== 0 && holdsTile(this.#region, this.#columns, tile)) inside += 1;
    if (inside > CHANGED_MIN * tiles) this.#changedMs = nowMs;
    this.#frames += 1;
    const looks = this.#frames % LOOK_EVERY !== 0 || this.#looksLikeVideo(current, tiles);
    if (nowMs - this.#changedMs > STOPS_MS || !looks) this.#region = undefined;
    return this.#region;
  }

  /** Takes note of what else changed at this moment and did not only move; a video may begin there. */
  note(map: TileMap, current: Picture, nowMs: number): void {
    this.#cool(nowMs);
    let hot = 0;
    const columns = Math.floor(current.width / TILE);
    const rows = Math.floor(current.height / TILE);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const tile = row * map.columns + column;
        if (map.marks[tile] === 0 || !isPhotoLike(current, column * TILE, row * TILE)) continue;
        this.#heat[tile] = Math.min(HOTTEST, (this.#heat[tile] ?? 0) + WARMS);
        if ((this.#heat[tile] ?? 0) >= HOT) hot += 1;
      }
    }
    const { width = 0, height = 0 } = this.#region ?? {};
    // Beside one that plays: it became larger, or moved.
    if (hot < TILES_MIN || hot < (OUTSIDE_MAX * width * height) / TILE ** 2) return;
    const around = this.#aroundHot(current);
    if (around === undefined) return;
    this.#region = around;
    this.#changedMs = nowMs;
  }

  #looksLikeVideo(current: Picture, tiles: number): boolean {
    const { x, y, width, height } = this.#region ?? { x: 0, y: 0, width: 0, height: 0 };
    let photos = 0;
    for (let top = y; top < y + height; top += TILE)
      for (let left = x; left < x + width; left += TILE) if (isPhotoLike(current, left, top)) photos += 1;
    return photos >= PHOTOS_MIN * tiles;
  }

  #cool(nowMs: number): void {
    const by = Math.floor((nowMs - this.#atMs) / COOLS_MS);
    if (by <= 0) return;
    this.#atMs += by * COOLS_MS;
    for (let tile = 0; tile < this.#heat.length; tile += 1)
      this.#heat[tile] = Math.max(0, (this.#heat[tile] ?? 0) - by);
  }

  #aroundHot(current: Picture): Rect | undefined {
    let [left, top, right, bottom, hot] = [Infinity, Infinity, -1, -1, 0];
    for (let tile = 0; tile < this.#heat.length; tile += 1) {
      if ((this.#heat[tile] ?? 0) < HOT) continue;
      const [column, row] = [tile % this.#columns, Math.floor(tile / this.#columns)];
      [left, right] = [Math.min(left, column), Math.max(right, column + 1)];
      [top, bottom] = [Math.min(top, row), Math.max(bottom, row + 1)];
      hot += 1;
    }
    const tiles = (right - left) * (bottom - top);
    if (hot < TILES_MIN || hot < FILLED_MIN * tiles) return undefined;
    const region = {
      x: left * TILE,
      y: top * TILE,
      width: (right - left) * TILE,
      height: (bottom - top) * TILE,
    };
    const inside = region.x + region.width <= current.width && region.y + region.height <= current.height;
    return inside ? region : undefined;
  }
}
