import type { Rect } from '@orangery/rfb';

/** Rows from the top, one number a pixel: unused, red, green, blue, from its highest byte. */
export type Picture = { width: number; height: number; pixels: Uint32Array };

export function createPicture(width: number, height: number): Picture {
  return { width, height, pixels: new Uint32Array(width * height) };
}

/** The side of the squares that pictures are compared by. */
export const TILE = 16;

/** One byte for each tile, in rows: not 0 where it is marked. */
export type TileMap = { columns: number; rows: number; marks: Uint8Array };

export function createTileMap({ width, height }: Picture): TileMap {
  const columns = Math.ceil(width / TILE);
  const rows = Math.ceil(height / TILE);
  return { columns, rows, marks: new Uint8Array(columns * rows) };
}

/** The tile's part of the picture: those at the right and the bottom may be smaller. */
export function tileRect({ width, height }: Picture, column: number, row: number): Rect {
  const [x, y] = [column * TILE, row * TILE];
  return { x, y, width: Math.min(TILE, width - x), height: Math.min(TILE, height - y) };
}

/** Whether `a` shows at `at` what `b` shows at (x, y); both must lie within their pictures. */
export function showsSame(a: Picture, at: Rect, b: Picture, x: number, y: number): boolean {
  for (let row = 0; row < at.height; row += 1) {
    let left = (at.y + row) * a.width + at.x;
    let right = (y + row) * b.width + x;
    for (const end = left + at.width; left < end; left += 1, right += 1)
      if (a.pixels[left] !== b.pixels[right]) return false;
  }
  return true;
}

/** Copies a part within the picture, as CopyRect does (RFC 6143 7.7.2): what it reads is what was there before. */
export function copyWithin(picture: Picture, to: Rect, fromX: number, fromY: number): void {
  const { pixels, width } = picture;
  const down = to.y > fromY;
  for (let step = 0; step < to.height; step += 1) {
    const row = down ? to.height - 1 - step : step;
    const from = (fromY + row) * width + fromX;
    pixels.copyWithin((to.y + row) * width + to.x, from, from + to.width);
  }
}

/** Makes `to` show what `from` shows there. */
export function copyOver(to: Picture, from: Picture, rect: Rect): void {
  for (let row = rect.y; row < rect.y + rect.height; row += 1) {
    const at = row * from.width + rect.x;
    to.pixels.set(from.pixels.subarray(at, at + rect.width), row * to.width + rect.x);
  }
}
