import { systemClock } from '@orangery/std';
import { describe, expect, test } from 'vitest';
import { type Bench, eventually } from './bench.ts';
import { idOf } from './machines.ts';
import { type Clone, clonesOf } from './templates.ts';
import { oursOf } from './storage.ts';

/** A host that does not answer is told at once; nobody who waits for a desktop waits for a deadline. */
const AWAY_MS_MAX = 2_000;
const BACK_TIMEOUT_MS = 60_000;

export function describeAbsence(bench: () => Bench): void {
  describe('a host that goes away', () => {
    test('is told quickly, and used again when it is back, without being opened anew', async (context) => {
      const { daemon, driver } = bench().subject;
      if (daemon === undefined) {
        context.skip('the daemon of this host serves others');
        return;
      }
      const reconnected = new Promise((resolve) => {
        const stop = driver.onChange((change) => {
          if (change.kind !== 'reconnected') return;
          stop();
          resolve(true);
        });
      });
      await daemon.stop();
      const asks = [
        () => driver.machines.list(),
        () => driver.machines.agentAnswers(idOf(bench())),
        () => driver.storage.list(bench().pool),
        () => driver.machines.screenshot(idOf(bench())),
        () => driver.storage.download(bench().pool, 'template.save'),
      ];
      for (const ask of asks) {
        const startedMs = systemClock.monotonicMs();
        await expect(ask()).rejects.toMatchObject({ code: 'hostUnreachable' });
        expect(systemClock.monotonicMs() - startedMs).toBeLessThan(AWAY_MS_MAX);
      }
      await daemon.start();
      await eventually('the host is back', BACK_TIMEOUT_MS, () => driver.machines.list(), [
        'hostUnreachable',
      ]);
      expect(await reconnected).toBe(true);
      const clones = clonesOf.get(bench()) as [Clone, Clone];
      for (const clone of clones)
        expect(await driver.machines.find(clone.id)).toMatchObject({ state: 'running', mark: clone.mark });
      await eventually('the agent', BACK_TIMEOUT_MS, async () => {
        return (await driver.machines.agentAnswers(clones[0].id)) ? true : undefined;
      });
    });

    test('machines end at once, and ending them again is harmless', async () => {
      const { driver, pool } = bench();
      for (const clone of clonesOf.get(bench()) as Clone[]) {
        await Promise.all([driver.machines.destroy(clone.id), driver.machines.destroy(clone.id)]);
        await driver.machines.destroy(clone.id);
        expect(await driver.machines.find(clone.id)).toBeUndefined();
        await driver.storage.delete(pool, clone.disk.volume);
      }
      expect(await oursOf(driver)).toEqual([]);
    });
  });
}
