import { crc32, deflate } from 'node:zlib';
import { promisify } from 'node:util';
import { OrangeryError } from '@orangery/std';
import { isFrameSize, type Rect } from './client-messages.ts';

/** A picture: rows from the top, 4 bytes a pixel: blue, green, red, unused. */
export type Frame = { width: number; height: number; pixels: Buffer };

export function createFrame(width: number, height: number): Frame {
  if (!isFrameSize(width, height)) {
    throw new OrangeryError('rfbTooLong', `a frame of ${width} x ${height} is out of bounds`);
  }
  return { width, height, pixels: Buffer.alloc(4 * width * height) };
}

/** Copies rows in; refuses what lies outside, since a server that draws there has lost count. */
export function drawRows(frame: Frame, rect: Rect, pixels: Buffer): void {
  if (rect.x + rect.width > frame.width || rect.y + rect.height > frame.height) {
    throw new OrangeryError(
      'rfbMalformed',
      `the console drew ${rect.width} x ${rect.height} at ${rect.x}, ${rect.y} of ${frame.width} x ${frame.height}`,
    );
  }
  const rowBytes = 4 * rect.width;
  for (let row = 0; row < rect.height; row += 1) {
    const at = 4 * ((rect.y + row) * frame.width + rect.x);
    pixels.copy(frame.pixels, at, row * rowBytes, (row + 1) * rowBytes);
  }
}

/** Copies a part within the frame; what it reads is what was there before, also where both overlap. */
export function copyRows(frame: Frame, rect: Rect, fromX: number, fromY: number): void {
  const right = Math.max(rect.x, fromX) + rect.width;
  const bottom = Math.max(rect.y, fromY) + rect.height;
  if (right > frame.width || bottom > frame.height) {
    throw new OrangeryError(
      'rfbMalformed',
      `the console copied ${rect.width} x ${rect.height} from ${fromX}, ${fromY} to ${rect.x}, ${rect.y} of ${frame.width} x ${frame.height}`,
    );
  }
  for (let step = 0; step < rect.height; step += 1) {
    const row = rect.y > fromY ? rect.height - 1 - step : step;
    const from = 4 * ((fromY + row) * frame.width + fromX);
    frame.pixels.copyWithin(4 * ((rect.y + row) * frame.width + rect.x), from, from + 4 * rect.width);
  }
}

export type Colour = { red: number; green: number; blue: number };

export function pixelAt(frame: Frame, x: number, y: number): Colour {
  const at = 4 * (y * frame.width + x);
  const { pixels } = frame;
  return { blue: pixels[at] ?? 0, green: pixels[at + 1] ?? 0, red: pixels[at + 2] ?? 0 };
}

/** Colours beyond this are not told apart: enough to know a picture from a text screen. */
export const DISTINCT_COLOURS_MAX = 4096;

/** Pixels that are looked at; of a larger frame, every n-th. */
export const PAINTEDNESS_SAMPLES_MAX = 2 ** 21;

export type Paintedness = {
  /** Different colours, counted up to DISTINCT_COLOURS_MAX. */
  distinctColours: number;
  /** Share of pixels, 0 to 1, that are quite black. */
  blackFraction: number;
  /** Share of the most frequent of the counted colours. */
  dominantFraction: number;
};

/** What a frame looks like in three numbers. About 10 ms for 1920 x 1080. */
export function paintedness(frame: Frame): Paintedness {
  const total = frame.width * frame.height;
  const stride = Math.ceil(total / PAINTEDNESS_SAMPLES_MAX);
  const counts = new Map<number, number>();
  let samples = 0;
  let black = 0;
  let last = -1;
  let run = 0;
  const count = (): void => {
    const known = counts.get(last);
    if (known !== undefined || counts.size < DISTINCT_COLOURS_MAX) counts.set(last, (known ?? 0) + run);
  };
  for (let index = 0; index < total; index += stride) {
    const at = 4 * index;
    const { pixels } = frame;
    const colour = (pixels[at] ?? 0) | ((pixels[at + 1] ?? 0) << 8) | ((pixels[at + 2] ?? 0) << 16);
    samples += 1;
    if (colour === 0) black += 1;
    // Screens are mostly runs of one colour: counting runs saves nine of ten look-ups.
    if (colour === last) {
      run += 1;
      continue;
    }
    if (run > 0) count();
    last = colour;
    run = 1;
  }
  if (run > 0) count();
  return {
    distinctColours: counts.size,
    blackFraction: black / samples,
    dominantFraction: Math.max(...counts.values()) / samples,
  };
}

/** A text console shows at most 16 colours; any desktop with a font drawn smoothly shows hundreds. */
export const DESKTOP_COLOURS_MIN = 32;
/** A black screen with a pointer or a boot logo on it is not a desktop yet. */
export const DESKTOP_BLACK_FRACTION_MAX = 0.95;

/** Whether a frame is a desktop that a person can use, rather than firmware, a text console or nothing. */
export function isDesktopPainted(frame: Frame): boolean {
  const found = paintedness(frame);
  return found.distinctColours >= DESKTOP_COLOURS_MIN && found.blackFraction <= DESKTOP_BLACK_FRACTION_MAX;
}

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');
const deflateAsync = promisify(deflate);

/** A PNG (ISO/IEC 15948: 8 bits, RGB, no filter). The compression runs on a thread of the pool. */
export async function frameToPng(frame: Frame): Promise<Buffer> {
  const { width, height, pixels } = frame;
  const rowBytes = 1 + 3 * width;
  const rows = Buffer.alloc(rowBytes * height);
  for (let y = 0; y < height; y += 1) {
    let from = 4 * y * width;
    let to = y * rowBytes + 1;
    for (let x = 0; x < width; x += 1, from += 4, to += 3) {
      rows[to] = pixels[from + 2] ?? 0;
      rows[to + 1] = pixels[from + 1] ?? 0;
      rows[to + 2] = pixels[from] ?? 0;
    }
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  const data = await deflateAsync(rows, { level: 6 });
  const parts = [pngChunk('IHDR', header), pngChunk('IDAT', data), pngChunk('IEND', Buffer.alloc(0))];
  return Buffer.concat([PNG_SIGNATURE, ...parts]);
}

function pngChunk(type: string, data: Buffer): Buffer {
  const chunk = Buffer.alloc(12 + data.length);
  chunk.writeUInt32BE(data.length, 0);
  chunk.write(type, 4, 'latin1');
  data.copy(chunk, 8);
  chunk.writeUInt32BE(crc32(chunk.subarray(4, 8 + data.length)), 8 + data.length);
  return chunk;
}
