import type { Rect } from '@orangery/rfb';
import { createPicture, createTileMap, type Picture, TILE, type TileMap } from './picture.ts';

/** What a viewer shows once it has read all that it was told, as far as that is known: tile by tile. */
export class Viewed {
  readonly picture: Picture;
  /** Not 0: what the viewer has there is not known. */
  readonly #unknown: TileMap;

  constructor(width: number, height: number) {
    this.picture = createPicture(width, height);
    this.#unknown = createTileMap(this.picture);
    this.#unknown.marks.fill(1);
  }

  isUnknown(tile: number): boolean {
    return this.#unknown.marks[tile] !== 0;
  }

  /** Whether all of it is known. */
  knows({ x, y, width, height }: Rect): boolean {
    const { columns, marks } = this.#unknown;
    for (let row = Math.floor(y / TILE); row * TILE < y + height; row += 1)
      for (let column = Math.floor(x / TILE); column * TILE < x + width; column += 1)
        if (marks[row * columns + column] !== 0) return false;
    return true;
  }

  /** It was told all of this: every tile that lies in it is known. */
  told({ x, y, width, height }: Rect): void {
    const { columns, rows, marks } = this.#unknown;
    const right = x + width >= this.picture.width ? columns : Math.floor((x + width) / TILE);
    const bottom = y + height >= this.picture.height ? rows : Math.floor((y + height) / TILE);
    for (let row = Math.ceil(y / TILE); row < bottom; row += 1)
      marks.fill(0, row * columns + Math.ceil(x / TILE), Math.max(row * columns, row * columns + right));
  }
}
