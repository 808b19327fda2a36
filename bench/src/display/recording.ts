import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, zstdDecompress } from 'node:zlib';
import type { Rect } from '@orangery/rfb';
import { OrangeryError } from '@orangery/std';

/** A recorded screen: what a console drew, and when. */
export type Recording = { width: number; height: number; updates: Iterable<Update> };

/** Pixels are blue, green, red, row by row. */
export type Update = { seconds: number; parts: { rect: Rect; pixels: Buffer }[] };

const MAGIC = Buffer.from('RFBTRC1\n');
const WINDOW_LOG_MAX = 27;
const RECORD = { update: 1, input: 2, end: 3 } as const;

/**
 * One zstd stream: the magic, u32 length and JSON head (`w`, `h`), then records, little endian: u8 kind, f64 seconds; of an
 * update u16 count, the rectangles (u16 x, y, width, height), then the pixels of each, 3 bytes each; of an input u16 length and JSON.
 */
export async function readRecording(path: string): Promise<Recording> {
  const params = { [constants.ZSTD_d_windowLogMax]: WINDOW_LOG_MAX };
  const bytes = await promisify(zstdDecompress)(await readFile(path), { params });
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC))
    throw new OrangeryError('notARecording', `${path} is no recorded screen`);
  let at = MAGIC.length;
  const u16 = (): number => {
    at += 2;
    return bytes.readUInt16LE(at - 2);
  };
  const take = (length: number): Buffer => {
    at += length;
    return bytes.subarray(at - length, at);
  };
  const head = JSON.parse(take(take(4).readUInt32LE(0)).toString()) as { w: number; h: number };
  const updates: Update[] = [];
  for (;;) {
    const kind = take(1).readUInt8(0);
    const seconds = take(8).readDoubleLE(0);
    if (kind === RECORD.end) return { width: head.w, height: head.h, updates };
    if (kind === RECORD.input) {
      take(u16());
      continue;
    }
    if (kind !== RECORD.update)
      throw new OrangeryError(
        'notARecording',
        `${path} holds records of kind ${kind}, which is not known here`,
      );
    const rects = Array.from({ length: u16() }, () => ({ x: u16(), y: u16(), width: u16(), height: u16() }));
    updates.push({
      seconds,
      parts: rects.map((rect) => ({ rect, pixels: take(3 * rect.width * rect.height) })),
    });
  }
}
