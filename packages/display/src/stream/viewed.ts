import type { Rect } from '@orangery/rfb';
import { createPicture, createTileMap, type Picture, TILE, type TileMap } from './picture.ts';

/** How exactly it is known what a viewer has. */
const EXACT = 0;
/** About what the picture says: a photo or a video. */
const LOSSY = 1;
const UNKNOWN = 2;
/** Lossy, and to be told exactly now. */
const DUE = 3;

/** What a viewer shows once it has read all that it was told, as far as that is known: tile by tile. */
export class Viewed {
  readonly picture: Picture;
  readonly #known: TileMap;
  /** When each tile was last told of. */
  readonly #toldMs: Float64Array;
  #lossy = 0;

  constructor(width: number, height: number) {
    this.picture = createPicture(width, height);
    this.#known = createTileMap(this.picture);
    this.#known.marks.fill(UNKNOWN);
    this.#toldMs = new Float64Array(this.#known.marks.length);
  }

  get columns(): number {
    return this.#known.columns;
  }

  get rows(): number {
    return this.#known.rows;
  }

  /** How many tiles are not exactly as they should be. */
  get lossyTiles(): number {
    return this.#lossy;
  }

  isUnknown(tile: number): boolean {
    return this.#known.marks[tile] === UNKNOWN;
  }

  isDue(tile: number): boolean {
    return this.#known.marks[tile] === DUE;
  }

  /** Whether it has to be told, whatever the picture says. */
  mustTell(tile: number): boolean {
    return this.isUnknown(tile) || this.isDue(tile);
  }

  #isLossy(tile: number): boolean {
    return this.#known.marks[tile] === LOSSY || this.isDue(tile);
  }

  /** Whether it is known, be it lossy, what is in all of it. */
  knows(rect: Rect): boolean {
    for (const tile of this.#touched(rect)) if (this.isUnknown(tile)) return false;
    return true;
  }

  /** Whether what differs is all that has to be told of it. */
  isSettled(rect: Rect): boolean {
    for (const tile of this.#touched(rect)) if (this.mustTell(tile)) return false;
    return true;
  }

  #hasLossy(rect: Rect): boolean {
    for (const tile of this.#touched(rect)) if (this.#isLossy(tile)) return true;
    return false;
  }

  /** It was told all of this: every tile that lies in it is known. */
  told(rect: Rect, lossy: boolean, nowMs: number): void {
    for (const tile of this.#within(rect)) this.#mark(tile, lossy ? LOSSY : EXACT, nowMs);
    // What is drawn over a part of a tile does not make the rest of it exact, but may make it lossy.
    if (!lossy) return;
    for (const tile of this.#touched(rect)) if (!this.isUnknown(tile)) this.#mark(tile, LOSSY, nowMs);
  }

  /** It was told to move this there, of which all is known: what was lossy is so at its new place. */
  moved(to: Rect, from: Rect, nowMs: number): void {
    this.told(to, this.#hasLossy(from), nowMs);
  }

  /** What is lossy and was not told of since `sinceMs` has to be told now. Answers where that is. */
  lossyIsDue(sinceMs: number, isKept: (tile: number) => boolean): Rect[] {
    const due: Rect[] = [];
    for (let tile = 0; this.#lossy > 0 && tile < this.#known.marks.length; tile += 1) {
      if (this.#known.marks[tile] !== LOSSY || (this.#toldMs[tile] ?? 0) > sinceMs || isKept(tile)) continue;
      this.#known.marks[tile] = DUE;
      due.push(this.#rectOf(tile));
    }
    return due;
  }

  #rectOf(tile: number): Rect {
    const [x, y] = [(tile % this.columns) * TILE, Math.floor(tile / this.columns) * TILE];
    const { width, height } = this.picture;
    return { x, y, width: Math.min(TILE, width - x), height: Math.min(TILE, height - y) };
  }

  #mark(tile: number, how: number, nowMs: number): void {
    if (this.#isLossy(tile)) this.#lossy -= 1;
    if (how === LOSSY) this.#lossy += 1;
    this.#known.marks[tile] = how;
    this.#toldMs[tile] = nowMs;
  }

  *#touched({ x, y, width, height }: Rect): Generator<number> {
    for (let row = Math.floor(y / TILE); row * TILE < y + height; row += 1)
      for (let column = Math.floor(x / TILE); column * TILE < x + width; column += 1)
        yield row * this.columns + column;
  }

  *#within({ x, y, width, height }: Rect): Generator<number> {
    const right = x + width >= this.picture.width ? this.columns : Math.floor((x + width) / TILE);
    const bottom = y + height >= this.picture.height ? this.rows : Math.floor((y + height) / TILE);
    for (let row = Math.ceil(y / TILE); row < bottom; row += 1)
      for (let column = Math.ceil(x / TILE); column < right; column += 1) yield row * this.columns + column;
  }
}
