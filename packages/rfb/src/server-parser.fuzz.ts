import { OrangeryError } from '@orangery/std';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeExtendedDesktopSize,
  encodeRawRect,
  encodeRectHead,
  encodeUpdateHead,
  SERVER_HANDSHAKE,
} from './server-encode.ts';
import { ServerParser } from './server-parser.ts';
import { ENCODING } from './tables.ts';

const HANDSHAKE = Buffer.concat([
  SERVER_HANDSHAKE.greeting(),
  SERVER_HANDSHAKE.securityTypes(),
  SERVER_HANDSHAKE.securityResult(),
  SERVER_HANDSHAKE.init(64, 48, 'fuzz'),
]);

const side = fc.integer({ min: 0, max: 40 });
const rect = fc.oneof(
  fc
    .tuple(side, side, side, side, fc.integer({ min: 0, max: 255 }))
    .map(([x, y, width, height, fill]) =>
      encodeRawRect({ x, y, width, height }, Buffer.alloc(4 * width * height, fill)),
    ),
  fc
    .tuple(fc.integer({ min: 1, max: 99 }), fc.integer({ min: 1, max: 99 }))
    .map(([width, height]) => encodeExtendedDesktopSize(width, height, 1, 3)),
  fc
    .tuple(side, side, side, side)
    .map(([x, y, width, height]) =>
      Buffer.concat([encodeRectHead({ x, y, width, height }, ENCODING.copyRect), Buffer.from([0, y, 0, x])]),
    ),
  fc
    .tuple(side, side)
    .map(([width, height]) =>
      Buffer.concat([
        encodeRectHead({ x: 0, y: 0, width, height }, ENCODING.cursor),
        Buffer.alloc(height * (4 * width + Math.ceil(width / 8))),
      ]),
    ),
);
const update = fc
  .array(rect, { maxLength: 5 })
  .map((rects) => Buffer.concat([encodeUpdateHead(rects.length), ...rects]));
const sizes = fc.array(fc.integer({ min: 1, max: 700 }), { minLength: 1, maxLength: 8 });

/** What is told, with rows joined, and with what it ended. */
function told(bytes: Buffer, cut: number[]): { events: string[]; error: string | undefined } {
  const events: string[] = [];
  const parser = new ServerParser((event) => {
    const shown = event.kind === 'rows' ? event.pixels.toString('hex') : '';
    events.push(`${event.kind} ${shown || JSON.stringify(event)}`);
  });
  let at = 0;
  try {
    for (let index = 0; at < bytes.length; index += 1) {
      const size = cut[index % cut.length] ?? 1;
      parser.push(bytes.subarray(at, at + size));
      at += size;
      expect(parser.pendingBytes).toBeLessThanOrEqual(65_536 * 4 + size);
    }
  } catch (thrown) {
    // Anything but our own coded error is a bug of the parser.
    if (!(thrown instanceof OrangeryError)) throw thrown;
    return { events, error: thrown.code };
  }
  return { events, error: undefined };
}

describe('fuzz: the parser of what a server says', () => {
  it('tells the same updates, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(update, { maxLength: 4 }), sizes, (updates, cut) => {
        const bytes = Buffer.concat([HANDSHAKE, ...updates]);
        const whole = told(bytes, [bytes.length]);
        expect(told(bytes, cut)).toEqual(whole);
        expect(told(bytes, [1])).toEqual(whole);
        expect(whole.error).toBeUndefined();
        expect(whole.events.filter((event) => event.startsWith('updateEnds'))).toHaveLength(updates.length);
      }),
      { numRuns: 60 },
    );
  });

  it('answers any bytes with events or with a coded error', () => {
    const start = fc.constantFrom(0, 12, 14, 18, HANDSHAKE.length);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 600 }), start, sizes, (noise, kept, cut) => {
        const bytes = Buffer.concat([HANDSHAKE.subarray(0, kept), noise]);
        expect(told(bytes, cut)).toEqual(told(bytes, [bytes.length || 1]));
      }),
      { numRuns: 500 },
    );
  });

  it('canary: an update whose count is wrong is caught', () => {
    const wrong = fc.property(update, (bytes) => {
      const changed = Buffer.concat([HANDSHAKE, bytes]);
      changed.writeUInt16BE(changed.readUInt16BE(HANDSHAKE.length + 2) + 1, HANDSHAKE.length + 2);
      expect(told(changed, [64]).events.some((event) => event.startsWith('updateEnds'))).toBe(true);
    });
    expect(fc.check(wrong).failed).toBe(true);
  });
});
