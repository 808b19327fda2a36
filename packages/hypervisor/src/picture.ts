import { OrangeryError } from '@orangery/std';
import { decode, encode } from 'fast-png';

/** A still picture, 3 bytes a pixel: red, green, blue. */
export type Picture = { width: number; height: number; rgb: Buffer };

const SIDE_MAX = 16_384;
const PIXELS_MAX = 64 << 20;

const PNG_MAGIC = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Reads what libvirt sends as a screenshot: PNG where QEMU can make it (7.1 and later), else a binary PPM of 8 bits. */
export function parsePicture(data: Buffer): Picture {
  return data.subarray(0, PNG_MAGIC.length).equals(PNG_MAGIC) ? parsePng(data) : parsePpm(data);
}

function checkSize(width: number, height: number): void {
  if (width >= 1 && width <= SIDE_MAX && height >= 1 && height <= SIDE_MAX && width * height <= PIXELS_MAX)
    return;
  throw new OrangeryError('malformedPicture', `The hypervisor sent a screenshot of ${width}x${height}`);
}

function parsePng(data: Buffer): Picture {
  // IHDR comes first (PNG 1.2, 4.1.1): its size is checked before anything is unpacked.
  if (data.length < 33) throw new OrangeryError('malformedPicture', 'The screenshot is cut off');
  checkSize(data.readUInt32BE(16), data.readUInt32BE(20));
  const image = decodeImage(data);
  const { width, height, channels, depth, data: samples } = image;
  if (depth !== 8 || (channels !== 3 && channels !== 4)) {
    throw new OrangeryError(
      'malformedPicture',
      `The screenshot has ${channels} channels of ${depth} bits; 3 or 4 of 8 are read`,
    );
  }
  const bytes = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  if (channels === 3) return { width, height, rgb: bytes };
  const rgb = Buffer.alloc(width * height * 3);
  for (let pixel = 0; pixel < width * height; pixel += 1)
    bytes.copy(rgb, pixel * 3, pixel * 4, pixel * 4 + 3);
  return { width, height, rgb };
}

function decodeImage(data: Buffer): ReturnType<typeof decode> {
  try {
    return decode(data);
  } catch (error) {
    throw new OrangeryError('malformedPicture', 'The screenshot is no readable PNG', { cause: error });
  }
}

function parsePpm(data: Buffer): Picture {
  const header = /^P6\s+(?:#[^\n]*\n\s*)*(\d{1,5})\s+(\d{1,5})\s+255\s/.exec(data.toString('latin1', 0, 512));
  if (header === null) {
    throw new OrangeryError(
      'malformedPicture',
      'The hypervisor sent a screenshot that is neither PNG nor binary PPM of 8 bits',
    );
  }
  const width = Number(header[1]);
  const height = Number(header[2]);
  checkSize(width, height);
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

/** The picture as PNG. */
export function encodePicture({ width, height, rgb }: Picture): Buffer {
  return Buffer.from(encode({ width, height, channels: 3, depth: 8, data: rgb }));
}

/** Made smaller by a whole factor, so that no side is longer than `sideMax`; each pixel is the mean of those it was. */
export function shrinkPicture(picture: Picture, sideMax: number): Picture {
  const factor = Math.ceil(Math.max(picture.width, picture.height) / sideMax);
  if (factor <= 1) return picture;
  const width = Math.max(1, Math.floor(picture.width / factor));
  const height = Math.max(1, Math.floor(picture.height / factor));
  // A side that is shorter than the factor gives what it has.
  const [across, down] = [Math.min(factor, picture.width), Math.min(factor, picture.height)];
  const rgb = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      for (let channel = 0; channel < 3; channel += 1) {
        let sum = 0;
        for (let dy = 0; dy < down; dy += 1) {
          const line = (y * factor + dy) * picture.width + x * factor;
          for (let dx = 0; dx < across; dx += 1) sum += picture.rgb[(line + dx) * 3 + channel] ?? 0;
        }
        rgb[(y * width + x) * 3 + channel] = Math.round(sum / (across * down));
      }
    }
  }
  return { width, height, rgb };
}
