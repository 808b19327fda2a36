import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { type Bench, eventually } from './bench.ts';
import { oursOf } from './storage.ts';
import { type Clone, forkerOf } from './templates.ts';

const GIB = 2 ** 30;
const VOLUME = 'profile-one.qcow2';
const SERIAL = 'prof-0123456789ab';

type Adopted = { first: boolean; usedBytes: number; sizeBytes: number; language: string; timeZone: string };

/** Volumes that are plugged into machines, and a person's home on one of them. */
export function describeDisks(bench: () => Bench): void {
  describe('disks', () => {
    let one: Clone;
    let other: Clone;
    const fork = async (): Promise<Clone> => {
      const clone = await (forkerOf.get(bench()) as () => Promise<Clone>)();
      await eventually('the agent', 60_000, async () =>
        (await bench().driver.machines.agentAnswers(clone.id)) ? true : undefined,
      );
      return clone;
    };
    const discard = async (clone: Clone): Promise<void> => {
      await bench().driver.machines.destroy(clone.id);
      await bench().driver.storage.delete(bench().pool, clone.disk.volume);
    };
    const plug = (id: string): Promise<void> =>
      bench().driver.machines.attachDisk(id, { pool: bench().pool, volume: VOLUME, serial: SERIAL });
    const adopt = async (id: string, more: object = {}): Promise<Adopted> =>
      JSON.parse(
        await bench().guest(
          id,
          '/usr/lib/orangery/adopt',
          [],
          JSON.stringify({ serial: SERIAL, name: 'Ada', ...more }),
        ),
      ) as Adopted;
    const inHome = (id: string, script: string): Promise<string> =>
      bench().guest(id, '/bin/sh', ['-c', `cd /home/desktop && ${script}`]);

    test('an empty volume takes no room, and again is left alone', async () => {
      const { storage } = bench().driver;
      const made = await storage.createEmpty(bench().pool, { name: VOLUME, virtualBytes: GIB });
      expect(made.virtualBytes).toBe(GIB);
      expect(made.allocatedBytes).toBeLessThan(1 << 20);
      const again = await storage.createEmpty(bench().pool, { name: VOLUME, virtualBytes: 2 * GIB });
      expect(again).toMatchObject({ path: made.path, virtualBytes: GIB });
    });

    test('it grows, and never shrinks', async () => {
      const { storage } = bench().driver;
      await storage.grow(bench().pool, VOLUME, 2 * GIB);
      await storage.grow(bench().pool, VOLUME, GIB);
      expect((await storage.find(bench().pool, VOLUME))?.virtualBytes).toBe(2 * GIB);
      await expect(storage.grow(bench().pool, 'none.qcow2', GIB)).rejects.toMatchObject({ code: 'notFound' });
    });

    test('it is plugged into one machine, and into no second one', async () => {
      one = await fork();
      other = await fork();
      const { machines } = bench().driver;
      await plug(one.id);
      await plug(one.id);
      const disks = await machines.disks(one.id);
      expect(disks.map(({ serial }) => serial)).toEqual([undefined, SERIAL]);
      await expect(plug(other.id)).rejects.toMatchObject({ code: 'refused' });
      expect(await machines.disks(other.id)).toHaveLength(1);
      const bad = { pool: bench().pool, volume: VOLUME, serial: 'a serial with spaces' };
      await expect(machines.attachDisk(other.id, bad)).rejects.toMatchObject({ code: 'refused' });
      await expect(bench().stranger.driver.machines.attachDisk(one.id, bad)).rejects.toMatchObject({
        code: 'notOurs',
      });
    });

    test('a person’s home goes from one machine to the next', { timeout: 120_000 }, async () => {
      const first = await adopt(one.id, { language: 'de_AT', timeZone: 'Europe/Vienna', keyboard: 'de' });
      expect(first).toMatchObject({ first: true, language: 'de_DE.UTF-8', timeZone: 'Europe/Vienna' });
      expect(first.sizeBytes).toBeGreaterThan(1.8 * GIB);
      await inHome(one.id, 'su desktop -c "echo Zitrone >note && mkdir -p .config && echo 1 >.config/mark"');
      expect(await inHome(one.id, 'getent passwd desktop')).toContain(':Ada:');
      expect(await adopt(one.id)).toMatchObject({ first: false });
      const left = JSON.parse(await bench().guest(one.id, '/usr/lib/orangery/leave')) as {
        usedBytes: number;
      };
      expect(left.usedBytes).toBeGreaterThan(0);
      expect(await inHome(one.id, 'cat note || true')).toBe('');
      await discard(one);

      await plug(other.id);
      expect(await adopt(other.id)).toMatchObject({ first: false });
      expect(await inHome(other.id, 'cat note .config/mark && stat -c %U note')).toBe('Zitrone\n1\ndesktop');
    });

    test(
      'a home whose machine died in the middle is checked and used again',
      { timeout: 120_000 },
      async () => {
        await inHome(other.id, 'su desktop -c "echo later >second" && sync');
        await discard(other);
        one = await fork();
        await plug(one.id);
        expect(await adopt(one.id)).toMatchObject({ first: false });
        expect(await inHome(one.id, 'cat note second')).toBe('Zitrone\nlater');
        await discard(one);
        expect(await oursOf(bench().driver)).toEqual([]);
      },
    );

    test('a disk with something else on it is left alone', { timeout: 120_000 }, async () => {
      const { driver, pool } = bench();
      const path = await bench().smallImage(8 << 20);
      const { size } = await stat(path);
      await driver.storage.importVolume(
        pool,
        { name: 'strange.qcow2', fileBytes: size },
        createReadStream(path),
      );
      one = await fork();
      await driver.machines.attachDisk(one.id, { pool, volume: 'strange.qcow2', serial: 'strange' });
      await expect(adopt(one.id, { serial: 'strange' })).rejects.toThrow(/ended with 1/);
      await discard(one);
    });
  });
}
