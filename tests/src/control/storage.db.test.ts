import { askForDedupe, listStorage, storageLoop, updateStorage } from '@orangery/control';
import type { DedupeDriver, HostCounters, HostDriver } from '@orangery/hypervisor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { counted } from './counted.ts';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

const ID = '22222222-2222-4222-8222-222222222222';
const VOLUMES = [`machine-${ID}.qcow2`, `image-${ID}.qcow2`, `template-${ID}.save`, 'of-somebody-else.qcow2'];

/** A host whose disks take this long, and what its deduplication was asked. */
function hostWith(
  dedupe: Partial<DedupeDriver>,
  latencies: number[] = [],
): { driver: HostDriver; runs: string[][] } {
  const runs: string[][] = [];
  let waitedNs = 0n;
  let requests = 0n;
  const { driver } = listingHost({ machines: [], volumes: VOLUMES });
  const made: HostDriver = Object.create(driver, {
    dedupe: {
      value: {
        obstacle: () => Promise.resolve(undefined),
        run(_pool: string, volumes: string[]) {
          runs.push(volumes);
          return Promise.resolve({ usedBefore: 1000, usedAfter: 400 });
        },
        ...dedupe,
      },
    },
    counters: {
      value(): Promise<HostCounters> {
        requests += 10n;
        waitedNs += BigInt((latencies.shift() ?? 0) * 10e6);
        return Promise.resolve({
          cpuBusyNs: requests,
          cpuTotalNs: requests * 10n,
          machines: [{ ...counted(ID), requests, waitedNs }],
        });
      },
    },
  });
  return { driver: made, runs };
}

const shown = async (server: Awaited<ReturnType<World['server']>>) => {
  const [storage] = await listStorage(server);
  if (storage === undefined) throw new Error('no storage');
  return storage.dedupe;
};

describe('equal content of a storage pool', () => {
  it('is looked for when somebody asks: disks of ours alone, no save file, once', async () => {
    const host = hostWith({});
    const server = await world.server({ driver: host.driver });
    const loop = storageLoop(server);
    expect(await loop.turn(world.hostId, never())).toMatchObject({ detail: 'switched off' });
    expect(await askForDedupe(server, world.hostId)).toEqual({ kind: 'asked' });
    await loop.turn(world.hostId, never());
    await loop.turn(world.hostId, never());
    expect(host.runs).toEqual([VOLUMES.slice(0, 2)]);
    expect(await shown(server)).toMatchObject({
      savedBytes: 600,
      runs: [{ outcome: 'done', usedBefore: 1000, usedAfter: 400, progress: null }],
    });
  });

  it('is told where it cannot be, and asking is refused with the reason', async () => {
    const obstacle = 'The file system cannot share blocks';
    const server = await world.server({
      driver: hostWith({ obstacle: () => Promise.resolve(obstacle) }).driver,
    });
    await storageLoop(server).turn(world.hostId, never());
    expect((await shown(server)).obstacle).toBe(obstacle);
    expect(await askForDedupe(server, world.hostId)).toEqual({ kind: 'cannot', obstacle });
    const remote = await world.server({ driver: listingHost({ machines: [], volumes: [] }).driver });
    await storageLoop(remote).turn(world.hostId, never());
    expect((await shown(server)).obstacle).toMatch(/over SSH only libvirt is there/);
  });

  it('that failed is told, and a run whose server ended is closed by the next look', async () => {
    const fails = hostWith({ run: () => Promise.reject(new Error('the disk is on fire')) });
    const server = await world.server({ driver: fails.driver });
    await askForDedupe(server, world.hostId);
    await storageLoop(server).turn(world.hostId, never());
    expect((await shown(server)).runs).toMatchObject([{ outcome: 'failed', reason: /on fire/ }]);

    const aborted = new AbortController();
    const dies = hostWith({
      run: (_pool, _volumes, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error));
          aborted.abort(new Error('the server stops'));
        }),
    });
    const dying = await world.server({ driver: dies.driver });
    await askForDedupe(dying, world.hostId);
    await expect(storageLoop(dying).turn(world.hostId, aborted.signal)).rejects.toThrow('the server stops');
    expect((await shown(server)).runs[0]).toMatchObject({ outcome: null, endedAt: null });
    await storageLoop(server).turn(world.hostId, never());
    expect((await shown(server)).runs[0]).toMatchObject({ outcome: 'cut', reason: 'The server ended' });
  });

  it('stands still while machines wait for their disks', async () => {
    const answers: boolean[] = [];
    const host = hostWith(
      {
        async run(_pool, _volumes, { mayRun }) {
          for (let looks = 0; looks < 6; looks += 1) answers.push(await mayRun());
          return { usedBefore: 1, usedAfter: 1 };
        },
      },
      [0, 5, 50, 15, 5, 0],
    );
    const server = await world.server({ driver: host.driver });
    await updateStorage(server, { id: world.hostId, latencyLimitMs: 20 });
    await askForDedupe(server, world.hostId);
    await storageLoop(server).turn(world.hostId, never());
    // Above the limit it stops; well below it, it goes on.
    expect(answers).toEqual([true, true, false, false, true, true]);
  });

  it('is looked for in its time of the day, and ends with it', async () => {
    let ended: unknown;
    const host = hostWith({
      run: (_pool, _volumes, { signal }) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => {
            ended = signal.reason;
            reject(signal.reason as Error);
          });
          for (const { run } of timers) run();
        }),
    });
    const timers: { ms: number; run: () => void }[] = [];
    const server = await world.server({ driver: host.driver });
    const now = server.clock.now();
    const minute = new Date(now).getUTCHours() * 60 + new Date(now).getUTCMinutes();
    server.clock = {
      ...server.clock,
      now: () => now,
      after(ms, run) {
        timers.push({ ms, run });
        return () => {};
      },
    };
    await updateStorage(server, {
      id: world.hostId,
      enabled: true,
      fromMinute: (minute + 1_439) % 1_440,
      untilMinute: (minute + 30) % 1_440,
      timeZone: 'UTC',
    });
    await storageLoop(server).turn(world.hostId, never());
    expect(timers.map(({ ms }) => ms)).toEqual([30 * 60_000]);
    expect(ended).toMatchObject({ message: 'Its time was over' });
    expect(await shown(server)).toMatchObject({ runs: [{ outcome: 'cut', reason: 'Its time was over' }] });
    expect((await shown(server)).nextAt).not.toBeNull();
  });
});
