import { PassThrough } from 'node:stream';
import { encodeKeyEvent, encodePointerEvent, encodeSetDesktopSize, encodeUpdateRequest } from '@orangery/rfb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Upstream } from './upstream.ts';

const HANDSHAKE = Buffer.from('RFB 003.008\n\u0001\u0001');
const u16 = fc.integer({ min: 0, max: 0xff_ff });

/** A message, and whether it may pass. */
const message = fc.oneof(
  u16.map((keysym) => ({ bytes: encodeKeyEvent(true, keysym), passes: true })),
  fc.tuple(u16, u16).map(([x, y]) => ({ bytes: encodePointerEvent(x, y, 1), passes: true })),
  u16.map((width) => ({ bytes: encodeUpdateRequest(true, { x: 0, y: 0, width, height: 9 }), passes: true })),
  fc.tuple(fc.integer({ min: 1, max: 4000 }), fc.boolean()).map(([width, fits]) => ({
    bytes: encodeSetDesktopSize(width, fits ? 600 : 0),
    passes: fits,
  })),
  fc.constant({ bytes: Buffer.from('ff010001', 'hex'), passes: false }),
  fc.uint8Array({ maxLength: 300 }).map((text) => {
    const head = Buffer.from([6, 0, 0, 0, 0, 0, 0, 0]);
    head.writeInt32BE(text.length, 4);
    return { bytes: Buffer.concat([head, text]), passes: false };
  }),
);
const sizes = fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 });

function carry(bytes: Buffer, cut: number[]): { passed: Buffer; refused: boolean } {
  const console = new PassThrough({ highWaterMark: 2 ** 24 });
  const upstream = new Upstream(console, { input: true, resize: true });
  let refused = false;
  let at = 0;
  for (let index = 0; at < bytes.length && !refused; index += 1) {
    const size = cut[index % cut.length] ?? 1;
    refused = upstream.push(bytes.subarray(at, at + size)).kind === 'refused';
    at += size;
  }
  return { passed: (console.read() as Buffer | null) ?? Buffer.alloc(0), refused };
}

describe('fuzz: browser to console', () => {
  it('passes exactly the messages that may pass, however they are cut', () => {
    fc.assert(
      fc.property(fc.array(message, { maxLength: 25 }), sizes, (messages, cut) => {
        const bytes = Buffer.concat([HANDSHAKE, ...messages.map((each) => each.bytes)]);
        const allowed = messages.filter((each) => each.passes).map((each) => each.bytes);
        const expected = { passed: Buffer.concat([HANDSHAKE, ...allowed]), refused: false };
        expect(carry(bytes, cut)).toEqual(expected);
        expect(carry(bytes, [bytes.length])).toEqual(expected);
      }),
    );
  });

  it('answers any bytes with a refusal or takes them, and passes the same for any cut that is not refused', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), sizes, (noise, cut) => {
        const bytes = Buffer.concat([HANDSHAKE, noise]);
        const whole = carry(bytes, [bytes.length]);
        const pieces = carry(bytes, cut);
        expect(pieces.refused).toBe(whole.refused);
        if (!whole.refused) expect(pieces.passed).toEqual(whole.passed);
      }),
      { numRuns: 500 },
    );
  });

  it('canary: a cut text that slipped through is caught', () => {
    const slipped = fc.property(fc.array(message, { minLength: 3, maxLength: 9 }), (messages) => {
      const bytes = Buffer.concat([HANDSHAKE, ...messages.map((each) => each.bytes)]);
      expect(carry(bytes, [50]).passed).toEqual(bytes);
    });
    expect(fc.check(slipped).failed).toBe(true);
  });
});
