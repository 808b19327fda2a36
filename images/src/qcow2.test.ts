import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { codeOf } from '@orangery/std';
import { afterAll, describe, expect, it } from 'vitest';
import { QCOW2_HEAD_BYTES, readQcow2 } from './qcow2.ts';

const folder = mkdtempSync(join(tmpdir(), 'orangery-qcow2-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** As qemu-img itself makes it. */
function made(name: string, ...options: string[]): Buffer {
  const path = join(folder, name);
  execFileSync('qemu-img', ['create', '-q', '-f', 'qcow2', ...options, path, '64M']);
  return readFileSync(path).subarray(0, QCOW2_HEAD_BYTES);
}
const reason = (head: Buffer): string => {
  try {
    readQcow2(head);
    return 'fine';
  } catch (error) {
    expect(codeOf(error)).toBe('imageRefused');
    return String(error);
  }
};

describe('a qcow2 file that somebody sends', () => {
  it('of either version is read', () => {
    for (const compat of ['0.10', '1.1'])
      expect(readQcow2(made(`plain-${compat}`, '-o', `compat=${compat}`))).toEqual({
        virtualBytes: 64 << 20,
      });
  });

  it('is refused when it names another file, which would be read from this machine', () => {
    made('base');
    expect(reason(made('overlay', '-b', join(folder, 'base'), '-F', 'qcow2'))).toContain('backing file');
    expect(reason(made('host', '-u', '-b', '/etc/shadow', '-F', 'raw'))).toContain('backing file');
    const data = join(folder, 'data');
    expect(reason(made('external', '-o', `data_file=${data}`))).toContain('in another file');
  });

  it('is refused when the name of a data file stands there without its bit', () => {
    const head = made('hidden', '-o', `data_file=${join(folder, 'hidden.data')}`);
    head.writeBigUInt64BE(head.readBigUInt64BE(72) & ~4n, 72);
    expect(reason(head)).toContain('in another file');
  });

  it('is refused when it is encrypted, dirty, corrupt, of the future, or cut off', () => {
    const head = made('head');
    const changed = (at: number, value: number): string => {
      const copy = Buffer.from(head);
      copy.writeUInt32BE(value, at);
      return reason(copy);
    };
    expect(changed(32, 1)).toContain('encrypted');
    expect(changed(76, 1)).toContain('cleanly');
    expect(changed(76, 2)).toContain('corrupt');
    expect(changed(72, 1)).toContain('unknown');
    expect(changed(4, 9)).toContain('version 9');
    expect(changed(20, 40)).toContain('clusters');
    expect(changed(60, 3)).toContain('snapshots');
    expect(reason(head.subarray(0, 90))).toContain('cut off');
  });

  it('never costs more than its own error, whatever is in it', () => {
    const head = made('fuzz');
    fc.assert(
      fc.property(
        fc.array(fc.record({ at: fc.nat(600), byte: fc.nat(255) }), { maxLength: 30 }),
        fc.nat(700),
        (changes, length) => {
          const copy = Buffer.from(head.subarray(0, length));
          for (const { at, byte } of changes) if (at < copy.length) copy[at] = byte;
          reason(copy);
        },
      ),
      { numRuns: 2_000 },
    );
  });
});
