import { OrangeryError } from '@orangery/std';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FlvReader, type VideoPicture } from './flv.ts';

const START = Buffer.from([0, 0, 0, 1]);
const HEAD = Buffer.concat([Buffer.from('FLV'), Buffer.alloc(10, 1)]);

function tag(type: number, body: Buffer): Buffer {
  const head = Buffer.alloc(11);
  head.writeUInt8(type, 0);
  head.writeUIntBE(body.length, 1, 3);
  return Buffer.concat([head, body, Buffer.alloc(4)]);
}

const u16 = (value: number): Buffer => Buffer.from([value >> 8, value & 0xff]);
const u32 = (value: number): Buffer => Buffer.from([0, 0, value >> 8, value & 0xff]);
const unit = fc
  .uint8Array({ minLength: 1, maxLength: 50 })
  .map((bytes) => Buffer.concat([Buffer.from([0x65]), bytes]));
const configuration = (sps: Buffer, pps: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([0x17, 0, 0, 0, 0, 1, 0x42, 0, 30, 0xff, 0xe1]),
    u16(sps.length),
    sps,
    Buffer.from([1]),
    u16(pps.length),
    pps,
  ]);
const picture = (key: boolean, units: Buffer[]): Buffer =>
  Buffer.concat([
    Buffer.from([key ? 0x17 : 0x27, 1, 0, 0, 0]),
    ...units.flatMap((each) => [u32(each.length), each]),
  ]);

describe('fuzz: what a video encoder says', () => {
  it('is told picture by picture, however it is cut', () => {
    fc.assert(
      fc.property(
        unit,
        unit,
        fc.array(fc.tuple(fc.boolean(), fc.array(unit, { minLength: 1, maxLength: 3 })), { maxLength: 6 }),
        fc.integer({ min: 1, max: 40 }),
        (sps, pps, pictures, cut) => {
          const said = Buffer.concat([
            HEAD,
            tag(18, Buffer.from('what it is')),
            tag(9, configuration(sps, pps)),
            ...pictures.map(([key, units]) => tag(9, picture(key, units))),
          ]);
          const told: VideoPicture[] = [];
          const reader = new FlvReader((each) => told.push({ ...each, data: Buffer.from(each.data) }));
          for (let at = 0; at < said.length; at += cut) reader.push(Buffer.from(said.subarray(at, at + cut)));
          expect(told).toEqual(
            pictures.map(([key, units]) => ({
              key,
              data: Buffer.concat((key ? [sps, pps, ...units] : units).flatMap((each) => [START, each])),
            })),
          );
        },
      ),
    );
  });

  it('is refused with a reason when it is something else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom(0, 1, 2), (noise, how) => {
        const body = Buffer.from(noise);
        const inside = Buffer.concat([Buffer.from([0x17, noise[0] ?? 0, 0, 0, 0]), body]);
        const said = [body, Buffer.concat([HEAD, body]), Buffer.concat([HEAD, tag(9, inside)])][how];
        const reader = new FlvReader(() => {});
        try {
          reader.push(said ?? body);
        } catch (error) {
          expect(error).toBeInstanceOf(OrangeryError);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('is refused when a unit is longer than its picture, and a picture longer than any', () => {
    const long = Buffer.from([0x27, 1, 0, 0, 0, 0, 0, 0, 9, 0x65]);
    expect(() => new FlvReader(() => {}).push(Buffer.concat([HEAD, tag(9, long)]))).toThrow(
      /ends within a unit/,
    );
    const head = Buffer.from([9, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0, 0, 0]);
    expect(() => new FlvReader(() => {}).push(Buffer.concat([HEAD, head]))).toThrow(
      /announces 16777215 bytes/,
    );
  });
});
