import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AgentDecoder, type Decoded } from './decoder.ts';
import { MESSAGE_BYTES_MAX } from './limits.ts';
import { decodeMessage, encodeData, encodeMessage, type SpokenMessage } from './messages.ts';
import { CAPABILITY, type Capability, MESSAGE } from './tables.ts';

const u32 = fc.integer({ min: 0, max: 0xff_ff_ff_ff });
const selection = fc.integer({ min: 0, max: 2 });
const small = fc.integer({ min: -16_384, max: 16_384 });
const monitor = fc.record({ width: u32, height: u32, depth: u32, x: small, y: small });

const message: fc.Arbitrary<SpokenMessage> = fc.oneof(
  fc.record({
    name: fc.constant('announceCapabilities' as const),
    request: fc.boolean(),
    capabilities: fc.subarray(Object.keys(CAPABILITY) as Capability[]).map((names) => new Set(names)),
  }),
  fc.record({
    name: fc.constant('monitorsConfig' as const),
    monitors: fc.array(monitor, { maxLength: 16 }),
  }),
  fc.record({
    name: fc.constant('clipboardGrab' as const),
    selection,
    types: fc.array(u32, { maxLength: 9 }),
  }),
  fc.record({ name: fc.constant('clipboardRequest' as const), selection, type: u32 }),
  fc.record({
    name: fc.constant('clipboard' as const),
    selection,
    type: u32,
    data: fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
  }),
  fc.record({ name: fc.constant('clipboardRelease' as const), selection }),
  fc.record({ name: fc.constant('reply' as const), to: u32, error: u32 }),
);
const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 10 });
const encode = (word: SpokenMessage, chunkBytes?: number): Buffer =>
  encodeMessage(MESSAGE[word.name], encodeData(word, true), 1, chunkBytes);

function decode(bytes: Buffer, cut: number[]): Decoded[] {
  const decoder = new AgentDecoder();
  const found: Decoded[] = [];
  let at = 0;
  for (let index = 0; at < bytes.length; index += 1) {
    const size = cut[index % cut.length] ?? 1;
    decoder.push(bytes.subarray(at, at + size), (decoded) => found.push(decoded));
    at += size;
    expect(decoder.heldBytes).toBeLessThanOrEqual(MESSAGE_BYTES_MAX + size + 28);
  }
  return found;
}

const understood = (found: Decoded[]): unknown[] =>
  found.map((each) => (each.kind === 'message' ? decodeMessage(each.type, each.data, true) : each));

describe('fuzz: the agent protocol', () => {
  it('gives back each message, for any size of chunks and any cut of the stream', () => {
    fc.assert(
      fc.property(
        fc.array(message, { maxLength: 6 }),
        sizes,
        fc.integer({ min: 1, max: 2040 }),
        (words, cut, size) => {
          const bytes = Buffer.concat(words.map((word) => encode(word, size)));
          expect(understood(decode(bytes, cut))).toEqual(words);
        },
      ),
    );
  });

  it('tells the same for any cut of any bytes, and a message after garbage is found', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), message, sizes, (noise, word, cut) => {
        const bytes = Buffer.concat([noise, encode(word), encode(word)]);
        expect(decode(bytes, cut)).toEqual(decode(bytes, [bytes.length]));
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 500 }), message, (length, word) => {
        // 0xab… is no port, so the search begins at its first byte.
        const bytes = Buffer.concat([Buffer.alloc(length, 0xab), encode(word)]);
        expect(understood(decode(bytes, [17]))).toEqual([{ kind: 'resynced', bytes: length }, word]);
      }),
    );
  });

  it('understands or refuses any data of any type, and never throws', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 20 }),
        fc.uint8Array({ maxLength: 60 }),
        fc.boolean(),
        (type, data, sel) => {
          expect(decodeMessage(type, Buffer.from(data), sel).name).toBeTypeOf('string');
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('canary: a chunk header that counts one too many is caught', () => {
    const wrong = fc.property(message, (word) => {
      const bytes = encode(word);
      bytes.writeUInt32LE(bytes.readUInt32LE(4) + 1, 4);
      expect(understood(decode(Buffer.concat([bytes, encode(word)]), [64]))).toEqual([word, word]);
    });
    expect(fc.check(wrong).failed).toBe(true);
  });
});
