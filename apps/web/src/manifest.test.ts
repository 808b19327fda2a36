import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';

const read = (name: string): Promise<Buffer> => readFile(new URL(`../public/${name}`, import.meta.url));

/** Width and height stand in a PNG's first chunk (PNG 1.2, 4.1.1). */
const sizeOf = (png: Buffer): string => `${png.readUInt32BE(16)}x${png.readUInt32BE(20)}`;

it('what browsers want of an application that is installed is there, in the sizes that it says', async () => {
  const manifest = JSON.parse((await read('manifest.webmanifest')).toString()) as {
    icons: { src: string; sizes: string; purpose: string }[];
    start_url: string;
    display: string;
  };
  const pictures = manifest.icons.filter(({ src }) => src.endsWith('.png'));
  for (const { src, sizes } of pictures) expect([src, sizeOf(await read(src))]).toEqual([src, sizes]);
  expect(pictures.map(({ sizes, purpose }) => `${sizes} ${purpose}`)).toEqual([
    '192x192 any',
    '512x512 any',
    '512x512 maskable',
  ]);
  expect([manifest.start_url, manifest.display]).toEqual(['/', 'standalone']);
  expect(sizeOf(await read('apple-touch-icon.png'))).toBe('180x180');
});
