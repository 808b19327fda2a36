import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decideStarts, loadBetween, mayAdopt, mayStart, STARTS_MAX } from './throttle.ts';

const disk = (machineId: string, requests: bigint, waitedNs: bigint) => ({ machineId, requests, waitedNs });
const counters = (busy: bigint, total: bigint, ...disks: ReturnType<typeof disk>[]) => ({
  cpuBusyNs: busy,
  cpuTotalNs: total,
  machines: disks,
});

describe('the load between two looks', () => {
  it('is what was added', () => {
    expect(
      loadBetween(
        counters(100n, 200n, disk('a', 10n, 50_000_000n)),
        counters(400n, 600n, disk('a', 20n, 90_000_000n), disk('b', 10n, 20_000_000n)),
      ),
    ).toEqual({ cpuBusy: 0.75, diskMs: 3 });
  });

  it('knows nothing of disks that nobody used, and leaves out what began anew', () => {
    expect(loadBetween(counters(0n, 0n), counters(0n, 10n))).toEqual({ cpuBusy: 0, diskMs: null });
    expect(
      loadBetween(counters(0n, 0n, disk('a', 9n, 9n)), counters(1n, 10n, disk('a', 1n, 1n)))?.diskMs,
    ).toBeNull();
  });

  it('is none across a reboot', () => {
    expect(loadBetween(counters(100n, 200n), counters(1n, 2n))).toBeUndefined();
    expect(loadBetween(counters(100n, 200n), counters(100n, 200n))).toBeUndefined();
  });
});

describe('starts on a host', () => {
  const calm = { cpuBusy: 0.2, diskMs: 1 };

  it('grow one by one while nobody suffers', () => {
    expect(decideStarts(calm, 2, 64)).toEqual({ startsMax: 3, reason: 'nobody is slowed down' });
    expect(decideStarts({ ...calm, diskMs: null }, 4, 4).startsMax).toBe(4);
  });

  it('halve when somebody does, and the reason says by what', () => {
    expect(decideStarts({ cpuBusy: 0.93, diskMs: 45 }, 9, 64)).toEqual({
      startsMax: 4,
      reason: 'its processors are 93 % busy, a disk request takes 45 ms',
    });
  });

  it('never end, never exceed, and come to two under lasting strain', () => {
    const load = fc.record({
      cpuBusy: fc.double({ min: 0, max: 1, noNaN: true }),
      diskMs: fc.option(fc.double({ min: 0, max: 1e4, noNaN: true })),
    });
    fc.assert(
      fc.property(fc.array(load, { maxLength: 50 }), fc.integer({ min: 1, max: 512 }), (loads, cpus) => {
        let startsMax = 2;
        for (const each of loads) {
          ({ startsMax } = decideStarts(each, startsMax, cpus));
          expect(startsMax).toBeGreaterThanOrEqual(2);
          expect(startsMax).toBeLessThanOrEqual(Math.min(STARTS_MAX, Math.max(2, cpus)));
        }
        for (let look = 0; look < 5; look += 1) {
          ({ startsMax } = decideStarts({ cpuBusy: 1, diskMs: null }, startsMax, cpus));
        }
        expect(startsMax).toBe(2);
      }),
    );
  });

  it('leave room for whom somebody waits for', () => {
    const host = {
      startsMax: 4,
      cpus: 8,
      starting: 2,
      adopting: 0,
      becoming: 0,
      justTaken: 0,
      awaited: false,
    };
    const two = { ...host, startsMax: 2, cpus: 2, starting: 1 };
    expect(mayStart(host)).toBe(false);
    expect(mayStart({ ...host, awaited: true })).toBe(true);
    expect(mayStart({ ...host, starting: 4, awaited: true })).toBe(false);
    expect(mayStart(two)).toBe(false);
    expect(mayStart({ ...two, awaited: true })).toBe(true);
    expect(mayStart({ ...two, becoming: 9, awaited: true })).toBe(true);
    expect(mayStart({ ...two, becoming: 9, justTaken: 1, awaited: true })).toBe(false);
    expect(mayStart({ ...host, starting: 0, becoming: 2 })).toBe(false);
    expect(mayStart({ ...host, starting: 0, becoming: 1 })).toBe(true);
    expect(mayStart({ ...host, starting: 0, adopting: 2 })).toBe(false);
  });

  it('and what becomes somebody’s are together one for each processor', () => {
    const host = { startsMax: 2, cpus: 8, starting: 2, adopting: 5 };
    expect(mayAdopt(host)).toBe(true);
    expect(mayAdopt({ ...host, adopting: 6 })).toBe(false);
    expect(mayStart({ ...host, starting: 1, adopting: 7, becoming: 0, justTaken: 0, awaited: true })).toBe(
      false,
    );
    expect(mayAdopt({ ...host, startsMax: 9, adopting: 6 })).toBe(true);
  });
});
