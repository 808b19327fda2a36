import { messageOf, systemClock } from '@orangery/std';
import { describe, expect, test } from 'vitest';
import type { ResourceLimits } from '../description.ts';
import type { MachineUsage } from '../driver.ts';
import { type Bench, eventually } from './bench.ts';
import { type Clone, forkerOf } from './templates.ts';

const MIB = 2 ** 20;
/** Guests that spin beside each other take a minute. */
const LONG = process.env['ORANGERY_TEST_LONG'] === '1';
const WORK_S = 6;
/** In the midst of the work: its beginning and end are a guest's agent's. */
const SETTLE_MS = 1_000;
const MEASURE_MS = 4_000;
const WRITE_LIMIT = 8 * MIB;
const CAP = 0.5;
/** What a neighbour keeps of what is its due. */
const KEPT = 0.8;

/** Counts as fast as one CPU of the guest can. */
const WORK = `timeout ${WORK_S} sh -c 'trap "echo \\$i; exit 0" TERM; i=0; while :; do i=$((i+1)); done'; true`;
/** Behind the guest's own agent, which could not answer else; for the host each of its CPUs is busy all the same. */
const SPIN =
  '(nice -n 19 sh -c "while :; do :; done" & nice -n 19 sh -c "while :; do :; done" &) >/dev/null 2>&1 </dev/null';
const WRITE =
  '(while :; do dd if=/dev/zero of=/root/flood bs=1M count=64 oflag=direct; done) >/dev/null 2>&1 &';

/** What machines take from each other, measured on the host while they run beside each other. */
export function describeFairness(bench: () => Bench): void {
  describe('limits', () => {
    const made: Clone[] = [];
    const holds = (): boolean => LONG && bench().facts?.abilities.cpuLimits.works === true;
    const fork = async (limits: ResourceLimits): Promise<Clone> => {
      const clone = await (forkerOf.get(bench()) as (limits: ResourceLimits) => Promise<Clone>)(limits);
      made.push(clone);
      await eventually('the agent', 60_000, async () =>
        (await bench().driver.machines.agentAnswers(clone.id)) ? true : undefined,
      );
      return clone;
    };
    const begin = (clone: Clone, script: string): Promise<string> =>
      bench().guest(clone.id, '/bin/sh', ['-c', script]);

    /** What each machine took of the host in each second of some. */
    async function rates(): Promise<Map<string, { cpu: number; written: number }>> {
      const look = async (): Promise<{ atMs: number; all: MachineUsage[] }> => {
        const all = await bench().driver.machines.usage();
        return { atMs: systemClock.monotonicMs(), all };
      };
      const before = await look();
      await systemClock.sleep(MEASURE_MS);
      const after = await look();
      const seconds = (after.atMs - before.atMs) / 1000;
      return new Map(
        after.all.map((now) => {
          const then = before.all.find(({ id }) => id === now.id) ?? now;
          const cpu = Number(now.cpuTimeNs - then.cpuTimeNs) / 1e9 / seconds;
          return [now.id, { cpu, written: Number(now.diskWriteBytes - then.diskWriteBytes) / seconds }];
        }),
      );
    }

    async function work(clone: Clone): Promise<{ counted: number; all: Awaited<ReturnType<typeof rates>> }> {
      const working = begin(clone, WORK);
      await systemClock.sleep(SETTLE_MS);
      const all = await rates();
      return { counted: Number(await working), all };
    }

    test('a host that cannot hold its machines to them says so, and what to do', () => {
      const { cpuLimits } = bench().facts?.abilities ?? {};
      if (cpuLimits?.works === false) expect(`${cpuLimits.reason} ${cpuLimits.fix}`).toMatch(/cgroup/);
      else expect(cpuLimits).toEqual({ works: true });
    });

    test('what a machine may write is all it writes', { timeout: 120_000 }, async () => {
      const writer = await fork({ cpuShares: 1024, writeBytesPerSecond: WRITE_LIMIT });
      await begin(writer, WRITE);
      await systemClock.sleep(SETTLE_MS);
      const { written = 0 } = (await rates()).get(writer.id) ?? {};
      expect(written).toBeGreaterThan(WRITE_LIMIT * 0.5);
      expect(written).toBeLessThan(WRITE_LIMIT * 1.25);
    });

    test('memory that is kept is locked', { timeout: 120_000 }, async (context) => {
      const kept = await fork({ memoryReservedMib: 1024 }).catch((error: unknown) => {
        // Not even root may raise the limit in some containers; libvirt says so, and nothing is started.
        if (/cannot limit locked memory/.test(messageOf(error))) return undefined;
        throw error;
      });
      if (kept === undefined) {
        context.skip('this host lets libvirt lock no memory');
        return;
      }
      expect(await bench().subject.lockedBytes(kept.id)).toBeGreaterThan(1024 * MIB);
      await bench().driver.machines.destroy(kept.id);
    });

    test('a machine that is capped takes no more of an idle host', { timeout: 120_000 }, async (context) => {
      if (!holds()) context.skip('only with ORANGERY_TEST_LONG=1, on a host with control groups');
      const capped = await fork({ cpuCap: CAP });
      await begin(capped, SPIN);
      await systemClock.sleep(SETTLE_MS);
      const { cpu = 0 } = (await rates()).get(capped.id) ?? {};
      expect(cpu).toBeGreaterThan(CAP * 0.5);
      expect(cpu).toBeLessThan(CAP * 1.2);
      await bench().driver.machines.destroy(capped.id);
    });

    // The writer of before goes on. A measured neighbour counts with one CPU, first beside it alone, then beside a machine
    // that spins with all its CPUs too, all with equal shares. Its due is what it took alone, or half of what the two
    // together get now, if that is less (the host may have fewer CPUs than they want, and other work): so the measure
    // does not depend on the host's size or load. Without control groups each thread would count, and the neighbour's
    // one get a third of what the three have.
    test(
      'a neighbour keeps its due beside one that spins and one that writes',
      { timeout: 200_000 },
      async (context) => {
        if (!holds()) context.skip('only with ORANGERY_TEST_LONG=1, on a host with control groups');
        const neighbour = await fork({ cpuShares: 1024 });
        const alone = await work(neighbour);
        const hog = await fork({ cpuShares: 1024 });
        await begin(hog, SPIN);
        const beside = await work(neighbour);
        const cpu = (all: typeof alone.all, clone: Clone): number => all.get(clone.id)?.cpu ?? 0;
        const due = Math.min(
          1,
          (cpu(beside.all, neighbour) + cpu(beside.all, hog)) / 2 / cpu(alone.all, neighbour),
        );
        const kept = beside.counted / alone.counted;
        const seen = `counted ${alone.counted} alone, ${beside.counted} beside: ${kept.toFixed(2)} of it, ${due.toFixed(2)} is its due; CPUs: ${cpu(alone.all, neighbour).toFixed(2)} alone, ${cpu(beside.all, neighbour).toFixed(2)} beside ${cpu(beside.all, hog).toFixed(2)} of the other`;
        process.stdout.write(`${seen}\n`);
        expect(alone.counted, seen).toBeGreaterThan(1000);
        expect(kept, seen).toBeGreaterThan(KEPT * due);
      },
    );

    test('leave nothing behind', async () => {
      for (const { id, disk } of made) {
        await bench().driver.machines.destroy(id);
        await bench().driver.storage.delete(disk.pool, disk.volume);
      }
    });
  });
}
