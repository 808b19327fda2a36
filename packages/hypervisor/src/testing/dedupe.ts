import { createHash } from 'node:crypto';
import { describe, expect, inject, test } from 'vitest';
import { type Bench, eventually } from './bench.ts';
import { GOLDEN } from './storage.ts';
import { type Clone, forkerOf } from './templates.ts';

const MIB = 2 ** 20;
/** What each of three people saves: the same. */
const DOCUMENT = 48 * MIB;
const KEPT_ONCE = 0.8;

/** Begins in the middle of a block, as nobody's file lies where another's does. */
const SAVE = `cat /usr/lib/x86_64-linux-gnu/*.so.* | head -c ${DOCUMENT} >/root/document; sync; sha256sum /root/document`;
/** Writes, forgets what is in memory, reads, compares; until the file "enough" is there. */
const REWRITE = `cd /root; (while ! test -e enough; do
head -c 16000000 document >copy; sync; echo 1 >/proc/sys/vm/drop_caches
head -c 16000000 document | cmp - copy || echo bad >>spoilt
echo done >>turns; done) >/dev/null 2>&1 &`;

/** The same file on several machines, stored once while they run and write. */
export function describeDedupe(bench: () => Bench): void {
  describe.skipIf(!inject('longParts').includes('equal content'))('equal content', () => {
    const made: Clone[] = [];
    const sh = (clone: Clone, script: string): Promise<string> =>
      bench().guest(clone.id, '/bin/sh', ['-c', script]);

    test('is stored once, and what is read stays as it was', { timeout: 280_000 }, async (context) => {
      const { driver, pool } = bench();
      const { dedupe } = driver;
      if (dedupe === undefined) {
        context.skip('its files are not on this machine');
        return;
      }
      const obstacle = await dedupe.obstacle(pool);
      if (obstacle !== undefined) {
        context.skip(obstacle);
        return;
      }
      for (let people = 0; people < 3; people += 1) {
        made.push(await (forkerOf.get(bench()) as () => Promise<Clone>)());
      }
      const sums = await Promise.all(
        made.map(async (clone) => {
          await eventually('the agent', 60_000, async () =>
            (await driver.machines.agentAnswers(clone.id)) ? true : undefined,
          );
          return sh(clone, SAVE);
        }),
      );
      expect(new Set(sums).size).toBe(1);
      const [writer] = made as [Clone];
      await sh(writer, REWRITE);
      const still = async (): Promise<string[]> => {
        const names = (await driver.storage.list(pool)).map(({ name }) => name);
        const kept = names.filter((name) => name === GOLDEN || name.endsWith('.save'));
        return Promise.all(
          kept.map(async (name) => `${name} ${await digest(driver.storage.download(pool, name))}`),
        );
      };
      const before = await still();
      expect(before).toHaveLength(2);
      const volumes = (await driver.storage.list(pool)).map(({ name }) => name);
      const steps = new Set<string>();
      const result = await dedupe.run(
        pool,
        volumes.filter((name) => name.endsWith('.qcow2')),
        {
          signal: new AbortController().signal,
          mayRun: () => Promise.resolve(true),
          onProgress: ({ step }) => steps.add(step),
        },
      );
      await sh(writer, 'touch /root/enough');
      const saved = result.usedBefore - result.usedAfter;
      process.stdout.write(`gave back ${Math.round(saved / MIB)} of ${(2 * DOCUMENT) / MIB} MiB\n`);
      expect(saved).toBeGreaterThan(KEPT_ONCE * 2 * DOCUMENT);
      expect([...steps]).toEqual(['comparing', 'sharing']);
      expect(await still()).toEqual(before);
      for (const clone of made) {
        expect(await sh(clone, 'echo 1 >/proc/sys/vm/drop_caches; sha256sum /root/document')).toBe(sums[0]);
      }
      expect(await sh(writer, 'test ! -e /root/spoilt && wc -l </root/turns')).toMatch(/^[1-9]/);
    });

    test('is left where it is when it is called off, and asked about where it cannot be', async (context) => {
      const { driver, pool } = bench();
      const { dedupe } = driver;
      if (dedupe === undefined || (await dedupe.obstacle(pool)) !== undefined) {
        context.skip('not on this host');
        return;
      }
      expect(await dedupe.obstacle(`${pool}-small`)).toMatch(/cannot share blocks/);
      const over = new AbortController();
      const running = dedupe.run(
        pool,
        made.map(({ disk }) => disk.volume),
        {
          signal: over.signal,
          mayRun: () => Promise.resolve(false),
          onProgress: () => {},
        },
      );
      over.abort(new Error('enough'));
      await expect(running).rejects.toThrow('enough');
      for (const { id, disk } of made) {
        await driver.machines.destroy(id);
        await driver.storage.delete(disk.pool, disk.volume);
      }
    });
  });

  describe('equal memory', () => {
    test('is kept once where that is switched on, and told', async () => {
      const { memorySharing } = bench().driver;
      const before = await memorySharing?.look();
      expect(before?.savedBytes).toBeGreaterThanOrEqual(0);
      if (memorySharing?.switchable !== true) {
        await expect(memorySharing?.set(true)).rejects.toMatchObject({ code: 'refused' });
        return;
      }
      try {
        await memorySharing.set(true);
        expect(await memorySharing.look()).toMatchObject({ on: true });
        await memorySharing.set(false);
        expect(await memorySharing.look()).toMatchObject({ on: false });
      } finally {
        await memorySharing.set(before?.on ?? false);
      }
    });
  });
}

async function digest(content: Promise<AsyncIterable<Buffer>>): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of await content) hash.update(chunk);
  return hash.digest('hex');
}
