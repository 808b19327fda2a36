import type { Rect } from '@orangery/rfb';
import { clipped, runsOf } from './changes.ts';
import {
  copyWithin,
  createTileMap,
  type Picture,
  showsSame,
  TILE,
  type TileMap,
  tileRect,
} from './picture.ts';
import type { Viewed } from './viewed.ts';

/** What is shown at `to` was shown at (fromX, fromY) before. */
export type Move = { to: Rect; fromX: number; fromY: number };

/** Below this many changed tiles, sending them costs less than looking where they come from. */
const TILES_MIN = 24;
/** Places that are looked for: more do not make the answer surer. */
const SAMPLES_MAX = 256;
const SAMPLE_PIXELS = TILE;
/** A flat piece is everywhere. */
const COLOURS_MIN = 3;
/** A piece found more often than this is a pattern: it says nothing of where it came from. */
const FOUND_MAX = 8;
const VOTES_MIN = 4;
const VOTES_SHARE_MIN = 0.08;
/** A window that moves over one that scrolls. */
const VECTORS_MAX = 2;

type Vector = { dx: number; dy: number };

/**
 * Finds what only moved - scrolled pages, dragged windows -, does it in what is viewed and answers it in the order in which the
 * other side has to do it. Whatever order that is, this is what the other side has then; what still differs is sent.
 */
export function takeMoves(map: TileMap, current: Picture, viewed: Viewed, nowMs: number): Move[] {
  const sent = viewed.picture;
  const marked = map.marks.reduce((sum, mark) => sum + (mark === 0 ? 0 : 1), 0);
  if (marked < TILES_MIN) return [];
  const moves: Move[] = [];
  for (const vector of vectorsOf(map, current, sent, marked)) {
    const found = movedTiles(map, current, viewed, vector);
    for (const move of movesOf(found, current, vector)) {
      viewed.moved(move.to, { ...move.to, x: move.fromX, y: move.fromY }, nowMs);
      copyWithin(sent, move.to, move.fromX, move.fromY);
      moves.push(move);
    }
  }
  return moves;
}

/** The marked tiles that `sent` shows elsewhere, by one vector. */
function movedTiles(map: TileMap, current: Picture, viewed: Viewed, { dx, dy }: Vector): TileMap {
  const sent = viewed.picture;
  const found = createTileMap(current);
  for (let at = 0; at < map.marks.length; at += 1) {
    if (map.marks[at] === 0) continue;
    const tile = tileRect(current, at % map.columns, Math.floor(at / map.columns));
    const [x, y] = [tile.x - dx, tile.y - dy];
    if (x < 0 || y < 0 || x + tile.width > sent.width || y + tile.height > sent.height) continue;
    if (viewed.isUnknown(at) || !viewed.knows({ ...tile, x, y })) continue;
    if (showsSame(current, tile, sent, x, y) && !showsSame(current, tile, sent, tile.x, tile.y))
      found.marks[at] = 1;
  }
  return found;
}

/** Rows of neighbours, those of equal sides as one; the ones ahead go first, so that nobody's source is drawn over. */
function movesOf(found: TileMap, picture: Picture, { dx, dy }: Vector): Move[] {
  const runs: Rect[] = [];
  for (let row = 0; row < found.rows; row += 1) {
    for (const run of runsOf(found, row)) {
      const upper = runs.find(
        ({ x, y, width, height }) => x === run.x && width === run.width && y + height === run.y,
      );
      if (upper === undefined) runs.push(run);
      else upper.height += 1;
    }
  }
  return runs
    .map((run) => clipped(picture, run))
    .sort((a, b) => (b.y - a.y) * Math.sign(dy) || (b.x - a.x) * Math.sign(dx))
    .map((to) => ({ to, fromX: to.x - dx, fromY: to.y - dy }));
}

/** How far things moved, what moved most first: small pieces of what is new are looked for in what was there. */
function vectorsOf(map: TileMap, current: Picture, sent: Picture, marked: number): Vector[] {
  const samples = samplesOf(map, current, marked);
  const votes = new Map<number, number>();
  for (const { x, y, found } of samples) {
    if (found.length > 2 * FOUND_MAX) continue;
    for (let at = 0; at < found.length; at += 2) {
      const [dx, dy] = [x - (found[at] ?? 0), y - (found[at + 1] ?? 0)];
      if (dx === 0 && dy === 0) continue;
      const key = (dx + HALF) * 2 * HALF + dy + HALF;
      votes.set(key, (votes.get(key) ?? 0) + 1);
    }
  }
  const least = Math.max(VOTES_MIN, VOTES_SHARE_MIN * samples.length);
  return [...votes]
    .filter(([, count]) => count >= least)
    .sort(([, a], [, b]) => b - a)
    .slice(0, VECTORS_MAX)
    .map(([key]) => ({ dx: Math.floor(key / (2 * HALF)) - HALF, dy: (key % (2 * HALF)) - HALF }));

  function samplesOf(tiles: TileMap, picture: Picture, count: number): Sample[] {
    const made = chooseSamples(tiles, picture, count);
    lookFor(made, tiles, sent, picture);
    return made;
  }
}

/** Larger than any side of a frame. */
const HALF = 32_768;

/** A row of pixels of the new picture, and where the old one shows it: x, y, x, y … */
type Sample = { x: number; y: number; hash: number; found: number[] };

function chooseSamples(map: TileMap, picture: Picture, marked: number): Sample[] {
  const every = Math.max(1, Math.ceil(marked / SAMPLES_MAX));
  const samples: Sample[] = [];
  let nth = 0;
  for (let at = 0; at < map.marks.length; at += 1) {
    if (map.marks[at] === 0) continue;
    nth += 1;
    if (nth % every !== 0) continue;
    const tile = tileRect(picture, at % map.columns, Math.floor(at / map.columns));
    if (tile.width < SAMPLE_PIXELS) continue;
    for (let y = tile.y; y < tile.y + tile.height; y += 1) {
      const from = y * picture.width + tile.x;
      const piece = picture.pixels.subarray(from, from + SAMPLE_PIXELS);
      if (new Set(piece).size < COLOURS_MIN) continue;
      samples.push({ x: tile.x, y, hash: piece.reduce(hashed, 0), found: [] });
      break;
    }
  }
  return samples;
}

const FACTOR = 0x01_00_01_93;
/** What the first pixel of a piece weighs, modulo 2^32. */
const FIRST_WEIGHT = Array.from({ length: SAMPLE_PIXELS - 1 }).reduce<number>(
  (weight) => Math.imul(weight, FACTOR),
  1,
);
const hashed = (hash: number, pixel: number): number => (Math.imul(hash, FACTOR) + pixel) | 0;

const TABLE_BITS = 12;
const slotOf = (hash: number): number => Math.imul(hash, 0x9e_37_79_b1) >>> (32 - TABLE_BITS);

/** Looks at every piece of the old picture, within what changed: a hash that rolls costs two multiplications a pixel. */
function lookFor(samples: readonly Sample[], map: TileMap, sent: Picture, current: Picture): void {
  const table: (Sample[] | undefined)[] = [];
  table.length = 1 << TABLE_BITS;
  const filled = new Uint8Array(1 << TABLE_BITS);
  for (const sample of samples) {
    const slot = slotOf(sample.hash);
    filled[slot] = 1;
    (table[slot] ??= []).push(sample);
  }
  const { x: left, y: top, width, height } = boundsOf(map, sent);
  const { pixels } = sent;
  for (let y = top; y < top + height; y += 1) {
    const row = y * sent.width;
    let hash = 0;
    for (let x = left; x < left + width; x += 1) {
      const enters = pixels[row + x] ?? 0;
      if (x - left >= SAMPLE_PIXELS)
        hash = (hash - Math.imul(pixels[row + x - SAMPLE_PIXELS] ?? 0, FIRST_WEIGHT)) | 0;
      hash = (Math.imul(hash, FACTOR) + enters) | 0;
      if (x - left < SAMPLE_PIXELS - 1) continue;
      const slot = slotOf(hash);
      if (filled[slot] === 0) continue;
      const from = x - SAMPLE_PIXELS + 1;
      for (const sample of table[slot] ?? []) {
        if (sample.hash !== hash || sample.found.length > 2 * FOUND_MAX) continue;
        const piece = { x: sample.x, y: sample.y, width: SAMPLE_PIXELS, height: 1 };
        if (showsSame(current, piece, sent, from, y)) sample.found.push(from, y);
      }
    }
  }
}

/** The smallest rectangle that holds all marked tiles: what moved was in it before, too. */
function boundsOf(map: TileMap, picture: Picture): Rect {
  let [minX, maxX, minY, maxY] = [map.columns, -1, map.rows, -1];
  for (let at = 0; at < map.marks.length; at += 1) {
    if (map.marks[at] === 0) continue;
    const [column, row] = [at % map.columns, Math.floor(at / map.columns)];
    minX = Math.min(minX, column);
    maxX = Math.max(maxX, column);
    minY = Math.min(minY, row);
    maxY = Math.max(maxY, row);
  }
  return clipped(picture, { x: minX, y: minY, width: maxX - minX + 1, height: maxY - minY + 1 });
}
