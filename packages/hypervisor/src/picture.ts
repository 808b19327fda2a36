import { OrangeryError } from '@orangery/std';

/** A still picture, 3 bytes a pixel: red, green, blue. */
export type Picture = { width: number; height: number; rgb: Buffer };

const SIDE_MAX = 16_384;
const PIXELS_MAX = 64 << 20;

/** Reads a binary PPM (P6, 8 bit), the format of libvirt's screenshots of QEMU. */
export function parsePpm(data: Buffer): Picture {
  const header = /^P6\s+(?:#[^\n]*\n\s*)*(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(data.toString('latin1', 0, 512));
  const width = Number(header?.[1]);
  const height = Number(header?.[2]);
  if (
    header === null ||
    !(width >= 1 && width <= SIDE_MAX && height >= 1 && height <= SIDE_MAX) ||
    width * height > PIXELS_MAX
  ) {
    throw new OrangeryError(
      'malformedPicture',
      'The hypervisor sent a screenshot that is no binary PPM of 8 bits',
    );
  }
  const rgb = data.subarray(header[0].length);
  if (rgb.length < width * height * 3) {
    throw new OrangeryError(
      'malformedPicture',
      `The screenshot of ${width}x${height} holds only ${rgb.length} bytes`,
    );
  }
  return { width, height, rgb: rgb.subarray(0, width * height * 3) };
}

/** Looks at every 3rd pixel of every 3rd line: enough to tell a desktop from a text console. */
const STRIDE = 3;
const DARK_MAX = 24;

/** How many colours a picture has (4 bits a channel) and which share of it is dark. */
export function describePicture({ width, height, rgb }: Picture): {
  distinctColours: number;
  darkFraction: number;
} {
  const colours = new Set<number>();
  let dark = 0;
  let looked = 0;
  for (let y = 0; y < height; y += STRIDE) {
    for (let x = 0; x < width; x += STRIDE) {
      const at = (y * width + x) * 3;
      const [r = 0, g = 0, b = 0] = [rgb[at], rgb[at + 1], rgb[at + 2]];
      colours.add(((r >> 4) << 8) | ((g >> 4) << 4) | (b >> 4));
      if (r <= DARK_MAX && g <= DARK_MAX && b <= DARK_MAX) dark += 1;
      looked += 1;
    }
  }
  return { distinctColours: colours.size, darkFraction: looked === 0 ? 1 : dark / looked };
}
