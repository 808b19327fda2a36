export const ICON_BYTES_MAX = 65_536;
const ICON_SIDE_MAX = 512;
const PNG_MAGIC = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

/** Whether bytes are a PNG of a size that a tile's picture has (PNG 1.2, 4.1.1: IHDR comes first). */
export function isIcon(bytes: Buffer): boolean {
  if (bytes.length < 33 || bytes.length > ICON_BYTES_MAX) return false;
  if (!bytes.subarray(0, 8).equals(PNG_MAGIC) || bytes.toString('latin1', 12, 16) !== 'IHDR') return false;
  const [width, height] = [bytes.readUInt32BE(16), bytes.readUInt32BE(20)];
  return width >= 1 && width <= ICON_SIDE_MAX && height >= 1 && height <= ICON_SIDE_MAX;
}
