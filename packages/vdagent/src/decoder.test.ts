import { describe, expect, it } from 'vitest';
import { AgentDecoder, type Decoded } from './decoder.ts';
import { MESSAGE_BYTES_MAX } from './limits.ts';
import { encodeMessage } from './messages.ts';

const decode = (...chunks: Buffer[]): Decoded[] => {
  const decoder = new AgentDecoder();
  const found: Decoded[] = [];
  for (const chunk of chunks) decoder.push(chunk, (decoded) => found.push(decoded));
  expect(decoder.midway).toBe(false);
  return found;
};
const WHOLE = 2 ** 31;
const request = encodeMessage(8, Buffer.from([1, 0, 0, 0]));
const requested = { kind: 'message', type: 8, data: Buffer.from([1, 0, 0, 0]) };

describe('the decoder of an agent', () => {
  it('does not trust a chunk that is longer than its message, and takes the next one', () => {
    const long = Buffer.concat([request, Buffer.from('xx')]);
    long.writeUInt32LE(long.readUInt32LE(4) + 2, 4);
    expect(decode(long, request)).toEqual([requested, { kind: 'resynced', bytes: 2 }, requested]);
  });

  it('counts a message off that is too long to keep, and holds nothing of it', () => {
    const bytes = MESSAGE_BYTES_MAX + 1;
    expect(decode(encodeMessage(4, Buffer.alloc(bytes), 1, WHOLE), request)).toEqual([
      { kind: 'skipped', type: 4, bytes },
      requested,
    ]);
  });

  it('finds a message after a header that announces 4 GiB', () => {
    const found = decode(Buffer.from([1, 0, 0, 0, 255, 255, 255, 255]), request);
    expect(found).toEqual([{ kind: 'resynced', bytes: 8 }, requested]);
  });

  it('begins anew where it is told to', () => {
    const decoder = new AgentDecoder();
    const found: Decoded[] = [];
    decoder.push(encodeMessage(4, Buffer.alloc(500), 1, WHOLE).subarray(0, 60), () => expect.unreachable());
    expect(decoder.midway).toBe(true);
    decoder.resync();
    decoder.push(request, (decoded) => found.push(decoded));
    expect(found).toEqual([{ kind: 'resynced', bytes: 0 }, requested]);
  });
});
