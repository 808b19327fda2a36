import { describe, expect, test } from 'vitest';
import { XdrWriter } from './writer.ts';

describe('the writer', () => {
  test('refuses what would arrive as something else', () => {
    const writer = new XdrWriter(64);
    const bad = expect.objectContaining({ code: 'xdr.badValue' });
    expect(() => writer.int(2 ** 31)).toThrow(bad);
    expect(() => writer.int(1.5)).toThrow(bad);
    expect(() => writer.uint(-1)).toThrow(bad);
    expect(() => writer.hyper(2n ** 63n)).toThrow(bad);
    expect(() => writer.uhyper(-1n)).toThrow(bad);
    expect(() => writer.uuid('not-a-uuid')).toThrow(bad);
    expect(() => writer.string('name\0forged', 64)).toThrow(bad);
    expect(writer.finish().length).toBe(0);
  });

  test('refuses a field and a message beyond their bounds', () => {
    const tooLong = expect.objectContaining({ code: 'xdr.tooLong' });
    expect(() => new XdrWriter(1024).string('abcde', 4)).toThrow(tooLong);
    const writer = new XdrWriter(16);
    writer.uhyper(1n);
    writer.uhyper(1n);
    expect(() => writer.uhyper(1n)).toThrow(tooLong);
  });

  test('grows at any field without losing what came before', () => {
    const writer = new XdrWriter(1 << 20);
    for (let value = 0; value < 10_000; value += 1) writer.uint(value);
    const bytes = writer.finish();
    for (let value = 0; value < 10_000; value += 1) expect(bytes.readUInt32BE(4 * value)).toBe(value);
  });

  test('pads with zeros, also in a buffer that held something else', () => {
    const writer = new XdrWriter(1024);
    writer.string('abcde', 16);
    expect(writer.finish().toString('hex')).toBe('000000056162636465000000');
  });
});
