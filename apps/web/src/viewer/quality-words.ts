import type { Quality } from './pulse.ts';

/** Words that say what is measured, and no more than that. */
export function detailsOf({ kilobitsPerS, picturesPerS, rough }: Quality): string {
  const rate =
    kilobitsPerS < 1_000 ? `${kilobitsPerS} kbit/s` : `${(kilobitsPerS / 1_000).toFixed(1)} Mbit/s`;
  const sharp = rough ? 'parts are rough while they move' : 'every pixel exact';
  return `${rate}, ${picturesPerS} ${picturesPerS === 1 ? 'picture' : 'pictures'} a second, ${sharp}`;
}
