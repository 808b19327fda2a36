import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  encodeKeyEvent,
  encodePointerEvent,
  encodeQemuKeyEvent,
  encodeSetDesktopSize,
  encodeSetEncodings,
  encodeUpdateRequest,
} from './client-encode.ts';
import { ClientParser } from './client-parser.ts';
import { ENCODINGS_MAX } from './limits.ts';

const u16 = fc.integer({ min: 0, max: 0xff_ff });
const u32 = fc.integer({ min: 0, max: 0xff_ff_ff_ff });

const message = fc.oneof(
  fc.tuple(fc.boolean(), u32).map(([down, keysym]) => encodeKeyEvent(down, keysym)),
  fc
    .tuple(u16, u16, fc.integer({ min: 0, max: 255 }))
    .map(([x, y, buttons]) => encodePointerEvent(x, y, buttons)),
  fc.tuple(fc.boolean(), u32, u32).map(([down, keysym, code]) => encodeQemuKeyEvent(down, keysym, code)),
  fc.tuple(u16, u16).map(([width, height]) => encodeSetDesktopSize(width, height)),
  fc
    .array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: ENCODINGS_MAX })
    .map((encodings) => encodeSetEncodings(encodings)),
  fc
    .tuple(fc.boolean(), u16, u16, u16, u16)
    .map(([incremental, x, y, width, height]) => encodeUpdateRequest(incremental, { x, y, width, height })),
);

/** The bytes cut into pieces of the given sizes, over and over. */
function* pieces(bytes: Buffer, sizes: number[]): Generator<Buffer> {
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = sizes[index % sizes.length] ?? 1;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 });

function reread(messages: Buffer[], cut: number[]): Buffer[] {
  const parser = new ClientParser('messages');
  const found: Buffer[] = [];
  for (const piece of pieces(Buffer.concat(messages), cut)) {
    parser.push(piece, (event) => found.push(Buffer.from(event.bytes)));
  }
  return found;
}

describe('fuzz: the parser of what a client says', () => {
  it('gives back each message, however the stream is cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), sizes, (messages, cut) => {
        expect(reread(messages, cut)).toEqual(messages);
      }),
    );
  });

  it('survives any bytes, tells the same for any cut, and keeps little', () => {
    const bytes = fc.uint8Array({ maxLength: 400 }).map((array) => Buffer.from(array));
    fc.assert(
      fc.property(
        bytes,
        sizes,
        fc.constantFrom('version' as const, 'messages' as const),
        (input, cut, start) => {
          const outcome = (chunks: Iterable<Buffer>): unknown => {
            const parser = new ClientParser(start);
            const told: string[] = [];
            for (const chunk of chunks) parser.push(chunk, (event) => told.push(event.bytes.toString('hex')));
            expect(parser.pendingBytes).toBeLessThanOrEqual(4 + 4 * ENCODINGS_MAX);
            return [told, parser.phase, parser.push(Buffer.alloc(0), () => {})?.code];
          };
          expect(outcome(pieces(input, cut))).toEqual(outcome([input]));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('canary: a parser that loses a byte between pieces is caught', () => {
    const lossy = fc.property(fc.array(message, { minLength: 1, maxLength: 5 }), (messages) => {
      const [first = Buffer.alloc(0), ...rest] = messages;
      expect(reread([first.subarray(0, -1), ...rest], [7])).toEqual(messages);
    });
    expect(fc.check(lossy).failed).toBe(true);
  });
});
