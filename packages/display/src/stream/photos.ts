import { createTileMap, type Picture, TILE, type TileMap, tileRect } from './picture.ts';
import type { Viewed } from './viewed.ts';

/** Text drawn smoothly has some dozens of colours, and its paper is most of a tile; a photo has neither. */
const COLOURS_MIN = 48;
const DOMINANT_SHARE_MAX = 0.25;
/**
 * Fewer tiles than this are told exactly at once. What a page brings that is scrolled leaves it again soon, and is seldom told a
 * second time; what a window uncovers stays, and would be told twice: measured, a quarter more for a dragged window.
 */
const TILES_MIN = { scrolled: 24, else: 64 } as const;

const SLOTS = 1024;
const colours = new Uint32Array(SLOTS);
const counts = new Uint16Array(SLOTS);
const stamps = new Uint32Array(SLOTS);
let stamp = 0;

/** Whether a tile looks like a part of a photo or a video: what may be told lossy for a moment. */
export function isPhotoLike({ pixels, width }: Picture, x: number, y: number): boolean {
  stamp += 1;
  let different = 0;
  const most = DOMINANT_SHARE_MAX * TILE * TILE;
  for (let row = y; row < y + TILE; row += 1) {
    for (let at = row * width + x, end = at + TILE; at < end; at += 1) {
      const colour = (pixels[at] ?? 0) & 0xff_ff_ff;
      let slot = Math.imul(colour, 0x9e_37_79_b1) >>> 22;
      while (stamps[slot] === stamp && colours[slot] !== colour) slot = (slot + 1) % SLOTS;
      if (stamps[slot] === stamp) {
        counts[slot] = (counts[slot] ?? 0) + 1;
        if ((counts[slot] ?? 0) > most) return false;
        continue;
      }
      stamps[slot] = stamp;
      colours[slot] = colour;
      counts[slot] = 1;
      different += 1;
    }
  }
  return different >= COLOURS_MIN;
}

/** Takes the photo-like tiles out of `map`, if there are enough of them; those that are cut by the picture's edge or due stay. */
export function takePhotos(
  map: TileMap,
  current: Picture,
  viewed: Viewed,
  scrolled: boolean,
): TileMap | undefined {
  const photos = createTileMap(current);
  let count = 0;
  for (let at = 0; at < map.marks.length; at += 1) {
    if (map.marks[at] === 0 || viewed.isDue(at)) continue;
    const tile = tileRect(current, at % map.columns, Math.floor(at / map.columns));
    if (tile.width < TILE || tile.height < TILE || !isPhotoLike(current, tile.x, tile.y)) continue;
    photos.marks[at] = 1;
    count += 1;
  }
  if (count < (scrolled ? TILES_MIN.scrolled : TILES_MIN.else)) return undefined;
  for (let at = 0; at < map.marks.length; at += 1) if (photos.marks[at] !== 0) map.marks[at] = 0;
  return photos;
}
