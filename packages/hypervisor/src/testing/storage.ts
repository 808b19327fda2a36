import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { systemRng } from '@orangery/std';
import { describe, expect, test } from 'vitest';
import type { HostDriver } from '../driver.ts';
import type { Bench } from './bench.ts';

const MIB = 1 << 20;

export const GOLDEN = 'golden.qcow2';

export function describeStorage(bench: () => Bench): void {
  describe('storage', () => {
    test('the pool is made, and made again harmlessly', async () => {
      const { driver, pool, subject } = bench();
      const first = await driver.storage.ensurePool({ name: pool, path: subject.poolPath });
      expect(first).toMatchObject({ name: pool, path: subject.poolPath });
      expect(first.availableBytes).toBeGreaterThan(4096 * MIB);
      const again = await driver.storage.ensurePool({ name: pool, path: subject.poolPath });
      expect(again.path).toBe(first.path);
    });

    test('two servers may make the same pool at once', async () => {
      const { driver, pool, subject } = bench();
      const name = `${pool}-twice`;
      const path = `${subject.poolPath}-twice`;
      await Promise.all([1, 2, 3].map(() => driver.storage.ensurePool({ name, path })));
      await Promise.all([1, 2].map(() => driver.storage.deletePool(name)));
      await driver.storage.deletePool(name);
      await expect(driver.storage.list(name)).rejects.toMatchObject({ code: 'notFound' });
      await expect(driver.storage.names(name)).rejects.toMatchObject({ code: 'notFound' });
    });

    test('a pool of that name in another folder is not ours', async () => {
      const { driver, pool } = bench();
      await expect(driver.storage.ensurePool({ name: pool, path: '/srv/other' })).rejects.toMatchObject({
        code: 'notOurs',
      });
    });

    test('inspect finds the accelerator by booting, remembers it, and leaves nothing behind', async () => {
      const { driver, pool } = bench();
      const facts = await driver.inspect(pool);
      bench().facts = facts;
      expect(['kvm', 'tcg']).toContain(facts.accelerator);
      expect(facts.probe).toMatch(/booted .*in \d+ ms/);
      expect(facts.cpus).toBeGreaterThan(0);
      expect(facts.freeMemoryBytes).toBeLessThanOrEqual(facts.memoryBytes);
      expect(facts.hostClass).toContain('q35');
      const again = await driver.inspect(pool);
      expect([again.accelerator, again.probedAtMs]).toEqual([facts.accelerator, facts.probedAtMs]);
      expect(await driver.storage.list(pool)).toEqual([]);
      expect(await oursOf(driver)).toEqual([]);
    });

    test('who stops waiting for inspect is let go at once, with his own reason', async () => {
      const { driver, pool } = bench();
      const reason = new Error('no longer interested');
      await expect(driver.inspect(pool, AbortSignal.abort(reason))).rejects.toBe(reason);
    });

    test('a volume arrives byte for byte, and again is left alone', async () => {
      const { driver, pool } = bench();
      const path = await bench().smallImage(3 * MIB);
      const { size } = await stat(path);
      const progress: number[] = [];
      const made = await driver.storage.importVolume(
        pool,
        { name: 'small.qcow2', fileBytes: size },
        createReadStream(path),
        { onProgress: (bytes) => progress.push(bytes) },
      );
      expect(made).toMatchObject({ name: 'small.qcow2', virtualBytes: 3 * MIB });
      expect(progress.at(-1)).toBe(size);
      expect(await digestOf(driver, pool, 'small.qcow2')).toBe(await digest(createReadStream(path)));
      const unread = Readable.from([Buffer.from('never read')]);
      const again = await driver.storage.importVolume(pool, { name: 'small.qcow2', fileBytes: size }, unread);
      expect(again).toEqual(made);
      expect(unread.destroyed).toBe(true);
      await driver.storage.delete(pool, 'small.qcow2');
      await driver.storage.delete(pool, 'small.qcow2');
      expect(await driver.storage.find(pool, 'small.qcow2')).toBeUndefined();
    });

    test('an import that its server did not live to finish is not taken for complete, and is repaired', async () => {
      const { driver, pool } = bench();
      const other = await bench().another();
      const path = await bench().smallImage(24 * MIB);
      const { size } = await stat(path);
      const volume = { name: 'torn.qcow2', fileBytes: size };
      // The other server's connection ends in the middle: it can clean up no more than a killed one.
      const half = createReadStream(path, { highWaterMark: MIB });
      let sent = 0;
      const dying = new Promise<void>((resolve) => {
        other.driver.storage
          .importVolume(pool, volume, half, {
            onProgress(bytes) {
              sent = bytes;
              if (bytes > size / 2) void other.driver.close().then(resolve);
            },
          })
          .catch(() => {});
      });
      await dying;
      await other.cleanup();
      expect(sent).toBeLessThan(size);
      const there = await driver.storage.find(pool, volume.name);
      // A raw file of the final size, or nothing: no qcow2 volume of 24 MiB.
      expect(there?.virtualBytes).not.toBe(24 * MIB);
      const made = await driver.storage.importVolume(pool, volume, createReadStream(path));
      expect(made.virtualBytes).toBe(24 * MIB);
      expect(await digestOf(driver, pool, volume.name)).toBe(await digest(createReadStream(path)));
      await driver.storage.delete(pool, volume.name);
    });

    test('a file that is shorter or longer than announced, or cannot be read, leaves no volume', async () => {
      const { driver, pool } = bench();
      for (const fileBytes of [2 * MIB, 4 * MIB]) {
        const content = Readable.from([systemRng.bytes(MIB), systemRng.bytes(2 * MIB)]);
        await expect(
          driver.storage.importVolume(pool, { name: 'wrong.qcow2', fileBytes }, content),
        ).rejects.toMatchObject({ code: 'refused' });
        expect(await driver.storage.find(pool, 'wrong.qcow2')).toBeUndefined();
      }
      await expect(
        driver.storage.importVolume(
          pool,
          { name: 'wrong.qcow2', fileBytes: MIB },
          createReadStream('/nonexistent'),
        ),
      ).rejects.toMatchObject({ code: 'ENOENT' });
      expect(await driver.storage.find(pool, 'wrong.qcow2')).toBeUndefined();
    });

    test('an import that is called off ends with the reason and leaves no volume', async () => {
      const { driver, pool } = bench();
      const controller = new AbortController();
      const reason = new Error('the image was replaced');
      const endless = Readable.from(
        (async function* () {
          for (;;) {
            await new Promise((resolve) => setImmediate(resolve));
            yield systemRng.bytes(MIB);
          }
        })(),
      );
      const work = driver.storage.importVolume(pool, { name: 'off.qcow2', fileBytes: 2048 * MIB }, endless, {
        signal: controller.signal,
        onProgress: (bytes) => bytes > 8 * MIB && controller.abort(reason),
      });
      await expect(work).rejects.toBe(reason);
      expect(await driver.storage.find(pool, 'off.qcow2')).toBeUndefined();
      expect(endless.destroyed).toBe(true);
    });

    test('the golden image arrives, and a machine of it takes less than 1 MiB', async () => {
      const { driver, pool, image } = bench();
      const golden = await driver.storage.importVolume(
        pool,
        { name: GOLDEN, fileBytes: image.bytes },
        createReadStream(image.path, { highWaterMark: MIB }),
      );
      const overlay = await driver.storage.createOverlay(pool, { name: 'a.qcow2', backing: GOLDEN });
      expect(overlay.virtualBytes).toBe(golden.virtualBytes);
      expect(overlay.allocatedBytes).toBeLessThan(MIB);
      await expect(
        driver.storage.createOverlay(pool, { name: 'b.qcow2', backing: 'none.qcow2' }),
      ).rejects.toMatchObject({ code: 'notFound' });
      await driver.storage.delete(pool, 'a.qcow2');
    });

    test('volumes are made and removed while an import goes on', async () => {
      const { driver, pool } = bench();
      const path = await bench().smallImage(16 * MIB);
      const { size } = await stat(path);
      const imports = [1, 2].map((index) =>
        driver.storage.importVolume(
          pool,
          { name: `at-once-${index}.qcow2`, fileBytes: size },
          createReadStream(path),
        ),
      );
      const overlays = Array.from({ length: 12 }, (_, index) => `overlay-${index}.qcow2`).map(
        async (name) => {
          await driver.storage.createOverlay(pool, { name, backing: GOLDEN });
          await driver.storage.delete(pool, name);
        },
      );
      await Promise.all([...imports, ...overlays]);
      for (const index of [1, 2]) await driver.storage.delete(pool, `at-once-${index}.qcow2`);
      expect((await driver.storage.list(pool)).map(({ name }) => name)).toEqual([GOLDEN]);
      expect(await driver.storage.names(pool)).toEqual([GOLDEN]);
    });

    test('an overlay becomes a volume of its own, in place of what a try before left, and its source stays', async () => {
      const { driver, pool } = bench();
      const { storage } = driver;
      const path = await bench().smallImage(3 * MIB);
      const base = { name: 'below.qcow2', fileBytes: (await stat(path)).size };
      await storage.importVolume(pool, base, createReadStream(path));
      await storage.createOverlay(pool, { name: 'above.qcow2', backing: base.name });
      await storage.createEmpty(pool, { name: 'flat.qcow2', virtualBytes: MIB });
      const flat = await storage.flatten(pool, { name: 'flat.qcow2', from: 'above.qcow2' });
      expect(flat.virtualBytes).toBe(3 * MIB);
      const head = await firstBytes(await storage.download(pool, 'flat.qcow2'), 16);
      // Bytes 8 to 15 of a qcow2 file: where the name of its backing file is; 0 is none.
      expect([head.subarray(0, 3).toString(), head.readBigUInt64BE(8)]).toEqual(['QFI', 0n]);
      // All of the base's random bytes are in it.
      expect(flat.allocatedBytes).toBeGreaterThanOrEqual(3 * MIB);
      expect(await digestOf(driver, pool, base.name)).toBe(await digest(createReadStream(path)));
      for (const name of ['flat.qcow2', 'above.qcow2', base.name]) await storage.delete(pool, name);
    });

    test('a file of any content arrives byte for byte, in place of what was there', async () => {
      const { driver, pool } = bench();
      for (const bytes of [2 * MIB, MIB + 7]) {
        const content = systemRng.bytes(bytes);
        const file = { name: 'medium.iso', fileBytes: bytes };
        await driver.storage.importFile(pool, file, Readable.from([content]));
        expect(await digestOf(driver, pool, file.name)).toBe(await digest(Readable.from([content])));
      }
      const short = driver.storage.importFile(
        pool,
        { name: 'medium.iso', fileBytes: 9 },
        Readable.from([Buffer.from('x')]),
      );
      await expect(short).rejects.toThrow('announced');
      expect(await driver.storage.find(pool, 'medium.iso')).toBeUndefined();
    });

    test('a pool that holds volumes is not forgotten', async () => {
      const { driver, pool } = bench();
      await expect(driver.storage.deletePool(pool)).rejects.toMatchObject({ code: 'refused' });
      expect(await driver.storage.find(pool, GOLDEN)).toBeDefined();
    });

    test('a full pool is told as such, and keeps no part of what did not fit', async () => {
      const { driver, pool, subject } = bench();
      const small = `${pool}-small`;
      const { availableBytes } = await driver.storage.ensurePool({
        name: small,
        path: subject.smallPoolPath,
      });
      expect(availableBytes).toBeLessThan(64 * MIB);
      const tooLarge = Array.from({ length: 96 }, () => systemRng.bytes(MIB));
      await expect(
        driver.storage.importVolume(
          small,
          { name: 'large.qcow2', fileBytes: 96 * MIB },
          Readable.from(tooLarge),
        ),
      ).rejects.toMatchObject({ code: 'diskFull' });
      expect(await driver.storage.list(small)).toEqual([]);

      const path = await bench().smallImage(MIB);
      const { size } = await stat(path);
      await driver.storage.importVolume(
        small,
        { name: 'base.qcow2', fileBytes: size },
        createReadStream(path),
      );
      const { availableBytes: left } = await driver.storage.ensurePool({
        name: small,
        path: subject.smallPoolPath,
      });
      const filler = systemRng.bytes(left - 64 * 1024);
      await driver.storage.importVolume(
        small,
        { name: 'filler.qcow2', fileBytes: filler.length },
        Readable.from([filler]),
      );
      await expect(
        driver.storage.createOverlay(small, { name: 'c.qcow2', backing: 'base.qcow2' }),
      ).rejects.toMatchObject({ code: 'diskFull' });
      expect(await driver.storage.find(small, 'c.qcow2')).toBeUndefined();
      await driver.storage.delete(small, 'filler.qcow2');
      await driver.storage.createOverlay(small, { name: 'c.qcow2', backing: 'base.qcow2' });
    });
  });
}

export async function oursOf({ machines, installationId }: HostDriver): Promise<string[]> {
  const all = await machines.list();
  return all.filter(({ mark }) => mark?.installationId === installationId).map(({ name }) => name);
}

async function firstBytes(content: Readable, count: number): Promise<Buffer> {
  for await (const chunk of content) return (chunk as Buffer).subarray(0, count);
  throw new Error('there is nothing in it');
}

async function digest(content: Readable): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of content) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

async function digestOf(driver: HostDriver, pool: string, name: string): Promise<string> {
  return digest(await driver.storage.download(pool, name));
}
