import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { arbitraryOf } from '../testing/arbitrary.ts';
import { MESSAGE_BYTES_MAX } from '../wire/limits.ts';
import { serverError } from '../wire/message.ts';
import { XdrError } from '../xdr/error.ts';
import { XdrReader } from '../xdr/reader.ts';
import type { AnyType } from '../xdr/types.ts';
import { XdrWriter } from '../xdr/writer.ts';
import { domainEvents } from './domain-events.ts';
import { procedures } from './table.ts';

const types: [string, AnyType][] = [
  ['serverError', serverError],
  ...Object.entries(procedures).flatMap(([name, procedure]): [string, AnyType][] => [
    [`${name} arguments`, procedure.args],
    [`${name} result`, procedure.result],
  ]),
  ...Object.entries(domainEvents).map(([name, event]): [string, AnyType] => [`event ${name}`, event.payload]),
];

function encode(type: AnyType, value: unknown): Buffer {
  const writer = new XdrWriter(MESSAGE_BYTES_MAX);
  type.write(writer, value);
  return writer.finish();
}

function decode(type: AnyType, bytes: Buffer): unknown {
  const reader = new XdrReader(bytes);
  const value = type.read(reader);
  reader.end();
  return value;
}

describe('every type of the table', () => {
  test('reads back what it wrote, in whole words, and no less than it claims', () => {
    for (const [name, type] of types) {
      const property = fc.property(arbitraryOf(type), (value) => {
        const bytes = encode(type, value);
        expect(bytes.length % 4).toBe(0);
        expect(bytes.length).toBeGreaterThanOrEqual(type.bytesMin);
        expect(decode(type, bytes), name).toEqual(value);
      });
      fc.assert(property, { numRuns: 20 });
    }
  });

  test('throws nothing but XdrError on random, cut, and spoilt bytes', () => {
    for (const [name, type] of types) {
      const spoilt = fc
        .tuple(arbitraryOf(type), fc.nat(), fc.nat(255), fc.boolean())
        .map(([value, at, byte, cut]) => {
          const bytes = encode(type, value);
          if (bytes.length === 0) return bytes;
          if (cut) return bytes.subarray(0, at % bytes.length);
          bytes[at % bytes.length] = byte;
          return bytes;
        });
      const random = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));
      const property = fc.property(fc.oneof(spoilt, random), (bytes) => {
        try {
          decode(type, bytes);
        } catch (error) {
          if (!(error instanceof XdrError))
            throw new Error(`${name} threw ${String(error)}`, { cause: error });
        }
      });
      fc.assert(property, { numRuns: 20 });
    }
  });

  test('is refused when cut at any byte', () => {
    const type = procedures.connectListAllDomains.result;
    const dom = { name: 'a', uuid: '00000000-0000-4000-8000-000000000001', id: 1 };
    const bytes = encode(type, { domains: [dom, dom], ret: 2 });
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decode(type, bytes.subarray(0, length))).toThrow(XdrError);
    }
    expect(() => decode(type, Buffer.concat([bytes, Buffer.alloc(4)]))).toThrow(/follow the value/);
  });

  test('allocates nothing for a count that the message cannot hold', () => {
    const type = procedures.connectGetAllDomainStats.result;
    const bytes = Buffer.alloc(64);
    bytes.writeUInt32BE(16_384, 0);
    expect(() => decode(type, bytes)).toThrow(expect.objectContaining({ code: 'xdr.truncated' }));
    bytes.writeUInt32BE(16_385, 0);
    expect(() => decode(type, bytes)).toThrow(expect.objectContaining({ code: 'xdr.tooLong' }));
  });
});

test('no two procedures of a program share a number', () => {
  const keys = Object.values(procedures).map(({ program, number }) => `${program}:${number}`);
  expect(new Set(keys).size).toBe(keys.length);
});
