import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';
import type { Plugin } from 'vite';

const brotli = promisify(brotliCompress);
const zip = promisify(gzip);
const TEXT = /\.(?:js|css|svg|json|webmanifest|md)$/;
/** What is smaller fits into one packet anyway. */
const BYTES_MIN = 1_000;

/** Leaves each text compressed beside itself, as small as it gets: it is built once and sent a thousand times. */
export function compressed(): Plugin {
  return {
    name: 'orangery-compressed',
    async writeBundle({ dir = '' }, bundle) {
      for (const name of Object.keys(bundle).filter((each) => TEXT.test(each))) {
        const path = join(dir, name);
        const text = await readFile(path);
        if (text.length < BYTES_MIN) continue;
        const params = {
          [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
          [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
        };
        await writeFile(`${path}.br`, await brotli(text, { params }));
        await writeFile(`${path}.gz`, await zip(text, { level: constants.Z_BEST_COMPRESSION }));
      }
    },
  };
}
