import type { Rect } from '@orangery/rfb';
import { createTileMap, type Picture, showsSame, TILE, type TileMap, tileRect } from './picture.ts';
import type { Viewed } from './viewed.ts';

/** The tiles within `damage` that `current` and the viewer show differently. Both are of one size. */
export function changedTiles(current: Picture, viewed: Viewed, damage: readonly Rect[]): TileMap {
  const map = createTileMap(current);
  const seen = new Uint8Array(map.marks.length);
  for (const { x, y, width, height } of damage) {
    const right = Math.min(map.columns, Math.ceil((x + width) / TILE));
    const bottom = Math.min(map.rows, Math.ceil((y + height) / TILE));
    for (let row = Math.floor(y / TILE); row < bottom; row += 1) {
      for (let column = Math.floor(x / TILE); column < right; column += 1) {
        const at = row * map.columns + column;
        if (seen[at] !== 0) continue;
        seen[at] = 1;
        const tile = tileRect(current, column, row);
        if (viewed.mustTell(at) || !showsSame(current, tile, viewed.picture, tile.x, tile.y))
          map.marks[at] = 1;
      }
    }
  }
  return map;
}

/** Unmarks the tiles that are shown as they should be by now; answers how many are left. */
export function dropSame(map: TileMap, current: Picture, viewed: Viewed): number {
  let left = 0;
  for (let at = 0; at < map.marks.length; at += 1) {
    if (map.marks[at] === 0) continue;
    const tile = tileRect(current, at % map.columns, Math.floor(at / map.columns));
    if (viewed.mustTell(at) || !showsSame(current, tile, viewed.picture, tile.x, tile.y)) left += 1;
    else map.marks[at] = 0;
  }
  return left;
}

/**
 * What is marked, as few rectangles: rows of neighbours, as narrow as their differences, and those of equal sides below each
 * other as one. A caret is sent as a caret and not as its tile: measured, whole tiles cost 8 times as much in typing.
 */
export function changedRects(map: TileMap, current: Picture, viewed: Viewed): Rect[] {
  return joinedRuns(map, (run) => {
    const tiles = clipped(current, run);
    return viewed.isSettled(tiles) ? tightened(tiles, current, viewed.picture) : tiles;
  });
}

/** What is marked, in whole tiles. */
export function tileRects(map: TileMap, current: Picture): Rect[] {
  return joinedRuns(map, (run) => clipped(current, run));
}

function joinedRuns(map: TileMap, rectOf: (run: Rect) => Rect): Rect[] {
  const done: Rect[] = [];
  let above: Rect[] = [];
  for (let row = 0; row < map.rows; row += 1) {
    const here: Rect[] = [];
    for (const run of runsOf(map, row)) {
      const rect = rectOf(run);
      const upper = above.findIndex(
        ({ x, y, width, height }) => x === rect.x && width === rect.width && y + height === rect.y,
      );
      if (upper < 0) here.push(rect);
      else {
        const [joined] = above.splice(upper, 1);
        if (joined !== undefined) here.push({ ...joined, height: joined.height + rect.height });
      }
    }
    done.push(...above);
    above = here;
  }
  return [...done, ...above];
}

/** Neighbours of one row of tiles, in tiles. */
export function* runsOf({ columns, marks }: TileMap, row: number): Generator<Rect> {
  for (let column = 0; column < columns; column += 1) {
    if (marks[row * columns + column] === 0) continue;
    const first = column;
    while (column < columns && marks[row * columns + column] !== 0) column += 1;
    yield { x: first, y: row, width: column - first, height: 1 };
  }
}

/** Tiles as pixels of the picture. */
export function clipped(picture: Picture, tiles: Rect): Rect {
  const [x, y] = [tiles.x * TILE, tiles.y * TILE];
  return {
    x,
    y,
    width: Math.min(tiles.width * TILE, picture.width - x),
    height: Math.min(tiles.height * TILE, picture.height - y),
  };
}

/** The smallest rectangle in `rect` that holds all its differences; there is at least one. */
function tightened(rect: Rect, current: Picture, sent: Picture): Rect {
  const [right, bottom] = [rect.x + rect.width, rect.y + rect.height];
  let [minX, maxX, minY, maxY] = [right, rect.x, bottom, rect.y];
  for (let y = rect.y; y < bottom; y += 1) {
    const row = y * current.width;
    let x = rect.x;
    while (x < right && current.pixels[row + x] === sent.pixels[row + x]) x += 1;
    if (x === right) continue;
    if (x < minX) minX = x;
    if (y < minY) minY = y;
    maxY = y;
    let last = right - 1;
    while (current.pixels[row + last] === sent.pixels[row + last]) last -= 1;
    if (last > maxX) maxX = last;
  }
  return { x: minX, y: minY, width: maxX - minX + 1, height: maxY - minY + 1 };
}
