import { stat } from 'node:fs/promises';
import { afterAll, beforeAll, describe } from 'vitest';
import { Bench, type Subject } from './bench.ts';
import { describeAbsence } from './absence.ts';
import { describeDedupe } from './dedupe.ts';
import { describeDisks } from './disks.ts';
import { describeFairness } from './fairness.ts';
import { describeGuards } from './guards.ts';
import { describeMachines } from './machines.ts';
import { describeNetworks } from './networks.ts';
import { describeStorage } from './storage.ts';
import { describeTemplates } from './templates.ts';

/** Starting a host takes seconds; so does taking down what a test that failed left running. */
const HOOK_TIMEOUT_MS = 120_000;

/**
 * Checks a driver against every obligation of `driver.ts`, with real guests. The parts follow one another on one host:
 * the machine that "machines" boots is the one that "templates" saves and forks, as booting is what takes the time.
 *
 * @param makeDriver each call gives a driver of an installation of its own, on the same host
 * @param image the path of a qcow2 image whose guest keeps what images/README.md promises
 * @param guests false: only what needs none, where another host boots them in the same run
 */
export function describeDriver(
  name: string,
  makeDriver: () => Promise<Subject>,
  image: () => Promise<string>,
  { guests }: { guests: boolean } = { guests: true },
): void {
  describe(name, () => {
    let bench: Bench | undefined;
    const here = (): Bench => {
      if (bench === undefined) throw new Error('the host was not made');
      return bench;
    };

    beforeAll(async () => {
      const path = await image();
      bench = await Bench.make(makeDriver, { path, bytes: (await stat(path)).size });
    });
    afterAll(async () => {
      await bench?.remove();
    }, HOOK_TIMEOUT_MS);

    describeStorage(here);
    describeNetworks(here);
    describe.skipIf(!guests)('with guests', () => {
      describeMachines(here);
      describeTemplates(here);
      describeAbsence(here);
      describeDisks(here);
      describeDedupe(here);
      describeGuards(here);
      describeFairness(here);
    });
  });
}
