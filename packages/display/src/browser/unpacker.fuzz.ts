import { constants, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Packer } from '../stream/packer.ts';
import { Unpacker } from './unpacker.ts';

const piece = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 5_000 }),
  fc
    .tuple(fc.nat(255), fc.integer({ min: 1, max: 300_000 }))
    .map(([fill, length]) => new Uint8Array(length).fill(fill)),
);
/** The greeting of RFB: the stream is read from its 18th byte on. */
const greeting = new Uint8Array(Buffer.from('RFB 003.008\n'));
const cuts = fc.array(fc.integer({ min: 1, max: 4_000 }), { minLength: 1, maxLength: 6 });

describe('fuzz: what is packed', () => {
  it('is there again after each piece, however the line cuts it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 6 }), cuts, async (pieces, sizes) => {
        const packer = new Packer();
        let told: Uint8Array[] = [];
        const unpacker = new Unpacker((bytes) => told.push(bytes.slice()));
        for (const each of [greeting, ...pieces]) {
          const packed = await packer.pack(Buffer.from(each));
          for (let at = 0, cut = 0; at < packed.length; cut += 1) {
            const size = sizes[cut % sizes.length] ?? 1;
            unpacker.push(packed.subarray(at, at + size));
            at += size;
          }
          expect(Buffer.concat(told).equals(Buffer.from(each))).toBe(true);
          told = [];
        }
        packer.close();
      }),
      { numRuns: 40 },
    );
  });

  it('is refused when it is something else, and never more than noise', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 6, maxLength: 400 }), fc.boolean(), (noise, headed) => {
        const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x68]);
        const unpacker = new Unpacker(() => {});
        try {
          unpacker.push(headed ? Buffer.concat([head, noise]) : noise);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is refused when it asks for more memory than a page of ours gives', () => {
    const unpacker = new Unpacker(() => {});
    const params = { [constants.ZSTD_c_windowLog]: 27, [constants.ZSTD_c_contentSizeFlag]: 0 };
    const large = zstdCompressSync(Buffer.alloc(2 ** 27), { params });
    expect(() => unpacker.push(large)).toThrow(/more than this page keeps|not known here/);
  });
});
