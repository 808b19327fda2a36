import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { longParts } from './tests/src/setup/long-parts.ts';

/** What takes minutes, from the longest on: begun late, it would be waited for alone. */
const LONG = [
  'pools/profile.host.test.ts',
  'kvm/kvm.host.test.ts',
  'kvm/kvm-remote.host.test.ts',
  'crash/crash.host.test.ts',
  'bad-days/trouble.host.test.ts',
  'images/src/boot.host.test.ts',
  'images/src/build.host.test.ts',
  'crash/libvirtd.host.test.ts',
];

const rank = ({ moduleId }: TestSpecification): number => {
  const found = LONG.findIndex((path) => moduleId.endsWith(path));
  return found === -1 ? LONG.length : found;
};

class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    return sorted.toSorted((a, b) => rank(a) - rank(b));
  }
}

/**
 * The suite's projects, from the fastest to the slowest. What a test needs is said by its file's name:
 *
 * - `x.test.ts`, `x.fuzz.ts`: nothing but the process it runs in
 * - `x.db.test.ts`: a PostgreSQL cluster of the suite's own, servers that people's accounts come from, Chromium
 * - `x.host.test.ts`: libvirtd and QEMU, on this machine and on a second host reached over SSH
 * - `tests/src/journeys/*.journey.ts`: the whole product with Chromium
 */
export default defineConfig({
  test: {
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{packages,apps,images,lab,bench,tests}/**/src/**/*.{test,fuzz}.{ts,tsx}'],
          exclude: ['**/node_modules/**', '**/*.{db,host}.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'database',
          include: ['{packages,apps,tests}/**/src/**/*.db.test.ts'],
          globalSetup: ['tests/src/setup/database.ts'],
          provide: { longParts: longParts() },
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'host',
          include: ['{packages,apps,images,lab,bench,tests}/**/src/**/*.host.test.ts'],
          globalSetup: ['tests/src/setup/host.ts'],
          provide: { longParts: longParts() },
          testTimeout: 300_000,
          hookTimeout: 600_000,
          // Two guests that boot side by side take three times as long: there is nothing to win on two processors.
          fileParallelism: false,
        },
      },
      {
        test: {
          name: 'journey',
          include: ['tests/src/journeys/*.journey.ts'],
          testTimeout: 600_000,
          hookTimeout: 900_000,
          fileParallelism: false,
        },
      },
    ],
  },
});
