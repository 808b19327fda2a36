import type { Rect } from '@orangery/rfb';
import { TILE } from './picture.ts';

export type Told = { rect: Rect; lossy: boolean };

/**
 * What goes now and what later. Small parts go before large ones: what somebody types is not behind what changes beside it.
 * At least something goes.
 */
export function withinRoom(all: readonly Told[], room: number): { now: Told[]; later: Rect[] } {
  const now: Told[] = [];
  const later: Rect[] = [];
  let left = room;
  for (const { rect, lossy } of all.toSorted((a, b) => areaOf(a) - areaOf(b))) {
    const rows = Math.floor(left / rect.width);
    // Cut where tiles are, so that no tile is half known.
    const cut = rows >= rect.height ? rect.height : Math.floor((rect.y + rows) / TILE) * TILE - rect.y;
    const height = now.length === 0 ? Math.max(cut, Math.min(rect.height, TILE - (rect.y % TILE))) : cut;
    if (height <= 0) {
      later.push(rect);
      continue;
    }
    now.push({ rect: { ...rect, height }, lossy });
    left -= height * rect.width;
    if (height < rect.height) later.push({ ...rect, y: rect.y + height, height: rect.height - height });
  }
  return { now, later };
}

const areaOf = ({ rect }: Told): number => rect.width * rect.height;
