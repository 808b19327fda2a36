import { defineConfig } from 'vitest/config';
import { LongestFirst } from './tests/src/setup/longest-first.ts';

/**
 * The suite's projects, from the fastest to the slowest. What a test needs is said by its file's name:
 *
 * - `x.test.ts`, `x.fuzz.ts`: nothing but the process it runs in
 * - `x.db.test.ts`: a PostgreSQL cluster of the suite's own
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
          testTimeout: 60_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: 'host',
          include: ['{packages,apps,images,lab,tests}/**/src/**/*.host.test.ts'],
          globalSetup: ['tests/src/setup/host.ts'],
          testTimeout: 300_000,
          hookTimeout: 600_000,
          // A guest that boots takes one processor; more at a time measure each other.
          maxWorkers: 2,
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
