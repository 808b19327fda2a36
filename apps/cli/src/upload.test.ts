import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UPLOAD_PIECE_BYTES } from '@orangery/contract';
import { systemClock } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { barText, sendFile, sha256Of } from './upload.ts';

const folder = mkdtempSync(join(tmpdir(), 'orangery-upload-'));
const path = join(folder, 'disk');
const content = Buffer.alloc(UPLOAD_PIECE_BYTES + 100, 'ab');
beforeAll(() => writeFileSync(path, content));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('an import from the command line', () => {
  const send = (put: (at: number, body: Buffer) => { status: number; body: unknown }, from = 0) =>
    sendFile({
      path,
      bytes: content.length,
      versionId: 'v',
      from,
      put: (url, body) =>
        Promise.resolve(put(Number(new URL(url, 'http://x').searchParams.get('offset')), body)),
      clock: systemClock,
      onProgress: () => {},
    });

  it('sends every byte once, from where the server has it', async () => {
    for (const from of [0, 7, UPLOAD_PIECE_BYTES]) {
      const parts: Buffer[] = [];
      await send((at, body) => {
        parts.push(Buffer.from(body));
        return { status: 200, body: { received: at + body.length } };
      }, from);
      expect(Buffer.concat(parts).equals(content.subarray(from))).toBe(true);
    }
  });

  it('goes on where the server says, and ends with its reason', async () => {
    const offsets: number[] = [];
    await send((at, body) => {
      offsets.push(at);
      return offsets.length === 1
        ? { status: 409, body: { received: 50 } }
        : { status: 200, body: { received: at + body.length } };
    });
    expect(offsets.slice(0, 2)).toEqual([0, 50]);
    await expect(send(() => ({ status: 413, body: { detail: 'too large' } }))).rejects.toThrow('too large');
  });

  it('tells how far, how fast and how long', async () => {
    expect(barText('disk', 2 ** 29, 2 ** 30, 2 ** 26)).toBe(
      'disk ████████████░░░░░░░░░░░░ 50 %  512 of 1024 MiB  64.0 MiB/s  8.0 s left',
    );
    expect(await sha256Of(path, () => {})).toMatch(/^[0-9a-f]{64}$/);
  });
});
