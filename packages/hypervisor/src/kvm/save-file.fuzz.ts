import fc from 'fast-check';
import { OrangeryError } from '@orangery/std';
import { expect, test } from 'vitest';
import { headBytes, HEADER_BYTES, parseHead, replaceXml } from './save-file.ts';

const MAGIC = Buffer.from('LibvirtQemudSave');

/** Bytes that get past the first look: the magic and version, then anything. */
const nearly = fc
  .tuple(fc.uint8Array({ maxLength: 600 }), fc.nat(700), fc.nat(700), fc.boolean())
  .map(([bytes, dataBytes, cookieOffset, magic]) => {
    const head = Buffer.concat([Buffer.alloc(HEADER_BYTES), Buffer.from(bytes)]);
    if (magic) MAGIC.copy(head);
    head.writeUInt32LE(2, 16);
    head.writeUInt32LE(dataBytes, 20);
    head.writeUInt32LE(cookieOffset, 32);
    return head;
  });

test('any bytes give a head or one kind of error, and what is read can be written', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        nearly,
        fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      ),
      (bytes) => {
        const data = Buffer.from(bytes);
        try {
          const head = parseHead(data);
          expect(headBytes(data)).toBe(HEADER_BYTES + head.dataBytes);
          // Bytes that are no UTF-8 grow when they are written again: then there may be no room.
          const made = replaceXml(data.subarray(0, HEADER_BYTES + head.dataBytes), '<domain/>');
          expect(parseHead(made).xml).toBe('<domain/>');
        } catch (error) {
          expect(error).toBeInstanceOf(OrangeryError);
          expect(['malformedSaveFile', 'saveFileFull']).toContain((error as OrangeryError).code);
        }
      },
    ),
    { numRuns: 2000 },
  );
});
