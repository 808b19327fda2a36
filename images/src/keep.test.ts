import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { codeOf } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ImageKeep } from './keep.ts';
import { Uploads } from './uploads.ts';

const MIB = 1 << 20;
const UPLOAD = '11111111-1111-4111-8111-111111111111';
let folder: string;
let keep: ImageKeep;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'orangery-keep-'));
  keep = new ImageKeep(folder);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const file = (name: string, content: Buffer): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};
/** A raw disk of 4 MiB with a boot sector and something at its end. */
const disk = (): Buffer => {
  const content = Buffer.alloc(4 * MIB);
  content.writeUInt16LE(0xaa55, 510);
  content.write('the end', 4 * MIB - 16);
  return content;
};
const adopt = (source: string, sha256?: string) =>
  keep.adopt('made', source, { sha256, signal: new AbortController().signal, onProgress: () => {} });
const refusal = async (source: string, sha256?: string): Promise<string> => {
  const error: unknown = await adopt(source, sha256).then(
    () => 'taken',
    (thrown: unknown) => thrown,
  );
  expect([codeOf(error), existsSync(join(folder, 'made.qcow2'))]).toEqual(['imageRefused', false]);
  return String(error);
};

describe('a file that somebody brings along', () => {
  it('becomes a qcow2 image with the same content, from raw and from qcow2', async () => {
    const raw = file('raw', disk());
    const sha256 = createHash('sha256').update(disk()).digest('hex');
    for (const source of [raw, join(folder, 'other.qcow2')]) {
      if (source !== raw)
        execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', '-c', raw, source]);
      const kept = await adopt(source, source === raw ? sha256 : undefined);
      expect(kept).toMatchObject({ virtualBytes: 4 * MIB });
      const back = join(folder, 'back');
      execFileSync('qemu-img', ['convert', '-f', 'qcow2', '-O', 'raw', kept.path, back]);
      expect(readFileSync(back).equals(disk())).toBe(true);
      expect(await keep.find('made')).toEqual(kept);
      rmSync(kept.path);
    }
    expect(readdirSync(join(folder, '.work'))).toEqual([]);
  });

  it('is refused when it arrived otherwise than it was sent', async () => {
    expect(await refusal(file('raw', disk()), '0'.repeat(64))).toContain('SHA-256');
  });

  it('is refused when it is of another kind, by the name of that kind', async () => {
    expect(await refusal(file('a', Buffer.concat([Buffer.from('KDMV'), Buffer.alloc(MIB)])))).toContain(
      'VMDK',
    );
    expect(await refusal(file('b', Buffer.alloc(MIB)))).toContain('boot sector');
    const iso = Buffer.alloc(64 * 1024);
    iso.write('CD001', 32_769);
    expect(await refusal(file('c', iso))).toContain('installer');
    expect(await refusal(file('d', Buffer.from('hello')))).toContain('neither');
  });

  it('is refused when it names a file of this machine, and that file is in nothing that was made', async () => {
    const secret = file('secret', disk());
    const path = join(folder, 'evil.qcow2');
    execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', '-b', secret, '-F', 'raw', path]);
    expect(await refusal(path)).toContain('backing file');
  });

  it('is refused when it is damaged', async () => {
    const path = join(folder, 'broken.qcow2');
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', file('raw', disk()), path]);
    const content = readFileSync(path);
    // The first entry of the first-level table points behind the file's end.
    content.writeBigUInt64BE(0x8000_0000_4000_0000n, Number(content.readBigUInt64BE(40)));
    expect(await refusal(file('broken.qcow2', content))).toContain('damaged');
  });
});

describe('an image that comes from a host', () => {
  it('is there whole, or not at all', async () => {
    const path = join(folder, 'sent.qcow2');
    execFileSync('qemu-img', ['convert', '-f', 'raw', '-O', 'qcow2', file('raw', disk()), path]);
    const options = { signal: new AbortController().signal, onProgress: () => {} };
    const kept = await keep.receive('taken', createReadStream(path), options);
    expect(readFileSync(kept.path).equals(readFileSync(path))).toBe(true);
    const cut = Readable.from(
      (async function* () {
        yield readFileSync(path).subarray(0, 100_000);
        throw new Error('the line is gone');
      })(),
    );
    await expect(keep.receive('half', cut, options)).rejects.toThrow('the line is gone');
    expect(await keep.find('half')).toBeUndefined();
    const short = Readable.from([readFileSync(path).subarray(0, 100)]);
    await expect(keep.receive('half', short, options)).rejects.toMatchObject({ code: 'imageRefused' });
    expect(await keep.find('half')).toBeUndefined();
  });
});

describe('an upload', () => {
  const content = (text: string): AsyncIterable<Buffer> => Readable.from([Buffer.from(text)]);

  it('goes on where it was cut off, and nowhere else', async () => {
    const uploads = new Uploads(folder);
    expect(await uploads.received(UPLOAD)).toBe(0);
    expect(await uploads.append(UPLOAD, 0, content('abc'), 6)).toBe(3);
    for (const offset of [0, 2, 4])
      await expect(uploads.append(UPLOAD, offset, content('x'), 6)).rejects.toMatchObject({
        code: 'uploadOffset',
      });
    const cut = (async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('d');
      throw new Error('the line is gone');
    })();
    await expect(uploads.append(UPLOAD, 3, cut, 6)).rejects.toThrow('the line is gone');
    expect(await uploads.append(UPLOAD, await uploads.received(UPLOAD), content('ef'), 6)).toBe(6);
    expect(readFileSync(uploads.path(UPLOAD), 'utf8')).toBe('abcdef');
  });

  it('takes no byte more than was announced, and no path for an id', async () => {
    const uploads = new Uploads(folder);
    await expect(uploads.append(UPLOAD, 0, content('abcdefg'), 6)).rejects.toMatchObject({
      code: 'tooLarge',
    });
    expect(await uploads.received(UPLOAD)).toBe(0);
    expect(() => uploads.path('../../etc/passwd')).toThrow('no such upload');
  });
});
