import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LibvirtError } from '../errors.ts';
import { FrameReader } from './frames.ts';
import { HEADER_BYTES, MESSAGE_BYTES_MAX } from './limits.ts';

function frameOf(length: number, fill: number): Buffer {
  const frame = Buffer.alloc(length, fill);
  frame.writeUInt32BE(length, 0);
  return frame;
}

test('messages come out whole and in order, whatever pieces they come in', () => {
  const lengths = fc.array(fc.integer({ min: HEADER_BYTES, max: 300 }), { minLength: 1, maxLength: 20 });
  const cuts = fc.array(fc.integer({ min: 1, max: 400 }), { minLength: 1, maxLength: 50 });
  fc.assert(
    fc.property(lengths, cuts, (lengths, cuts) => {
      const frames = lengths.map((length, index) => frameOf(length, index));
      const bytes = Buffer.concat(frames);
      const reader = new FrameReader();
      const seen: Buffer[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn += 1) {
        const end = at + cuts[turn % cuts.length]!;
        reader.push(bytes.subarray(at, end), (frame) => seen.push(Buffer.from(frame)));
        at = end;
      }
      expect(seen).toEqual(frames);
      expect(reader.held).toBe(0);
    }),
  );
});

test('a message longer or shorter than any may be is refused from its first four bytes', () => {
  for (const length of [0, HEADER_BYTES - 1, MESSAGE_BYTES_MAX + 1, 0xffff_ffff]) {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(length, 0);
    for (const pieces of [[bytes], [...bytes].map((byte) => Buffer.from([byte]))]) {
      const reader = new FrameReader();
      const push = (): void => {
        for (const piece of pieces) reader.push(piece, () => {});
        // The length is looked at when it is whole; the next byte finds it at the latest.
        reader.push(Buffer.from([0]), () => {});
      };
      expect(push).toThrow(LibvirtError);
    }
  }
});

test('room grows with what came, not with what the peer claims', () => {
  const reader = new FrameReader();
  const head = Buffer.alloc(8);
  head.writeUInt32BE(MESSAGE_BYTES_MAX, 0);
  const before = process.memoryUsage().arrayBuffers;
  const readers = Array.from({ length: 50 }, () => new FrameReader());
  for (const one of [reader, ...readers]) one.push(head, () => {});
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MESSAGE_BYTES_MAX);
});
