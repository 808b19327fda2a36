import { encode } from 'fast-png';
import fc from 'fast-check';
import { OrangeryError } from '@orangery/std';
import { expect, test } from 'vitest';
import { parsePicture } from './picture.ts';

const PPM = Buffer.from('P6\n3 2\n255\n0123456789abcdefgh', 'latin1');
const PNG = Buffer.from(
  encode({ width: 3, height: 2, channels: 3, depth: 8, data: new Uint8Array(18).fill(99) }),
);

/** A valid picture with some bytes changed, and cut off or longer. */
const damaged = fc
  .tuple(
    fc.constantFrom(PPM, PNG),
    fc.array(fc.tuple(fc.nat(80), fc.nat(255)), { maxLength: 4 }),
    fc.nat(100),
    fc.uint8Array({ maxLength: 8 }),
  )
  .map(([picture, changes, keep, more]) => {
    const copy = Buffer.from(picture);
    for (const [at, value] of changes) if (at < copy.length) copy[at] = value;
    return Buffer.concat([copy.subarray(0, keep), more]);
  });

test('any bytes give a picture of the size they name, or one kind of error', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        damaged,
        fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      ),
      (bytes) => {
        try {
          const { width, height, rgb } = parsePicture(Buffer.from(bytes));
          expect(rgb.length).toBe(width * height * 3);
        } catch (error) {
          expect(error).toBeInstanceOf(OrangeryError);
          expect((error as OrangeryError).code).toBe('malformedPicture');
        }
      },
    ),
    { numRuns: 3000 },
  );
});
