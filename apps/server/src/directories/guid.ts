/**
 * Microsoft's order of a GUID's bytes ([MS-DTYP] section 2.3.4.2): the first three fields are little-endian.
 */
const ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;
const TEXT = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** As people write it; undefined for what is not 16 bytes. */
export function guidToText(bytes: Buffer): string | undefined {
  if (bytes.length !== ORDER.length) return undefined;
  const hex = ORDER.map((at) => bytes.toString('hex', at, at + 1)).join('');
  return [0, 8, 12, 16, 20].map((from, part) => hex.slice(from, [8, 12, 16, 20, 32][part])).join('-');
}

/** As the directory stores it; undefined for what is none. */
export function textToGuid(text: string): Buffer | undefined {
  if (!TEXT.test(text)) return undefined;
  const plain = Buffer.from(text.replaceAll('-', ''), 'hex');
  return Buffer.from(ORDER.map((at) => plain[at] ?? 0));
}
