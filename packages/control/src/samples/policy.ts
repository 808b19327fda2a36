import type { HostCounters, MachineCounters } from '@orangery/hypervisor';

/** As a row has them; see the table's migration. */
export type MachineSample = [
  cpus: number,
  memoryBytes: number,
  read: number,
  written: number,
  received: number,
  sent: number,
  latencyMs: number | null,
];

export const FINE = { everyMs: 10_000, keptMs: 3_600_000 } as const;
export const COARSE = { everyMs: 900_000, keptMs: 7 * 86_400_000 } as const;

/** A look at a host, and when it was, in milliseconds of a clock that only goes forward. */
export type Look = { counters: HostCounters; atMs: number };

const FLOWS = ['readBytes', 'writtenBytes', 'receivedBytes', 'sentBytes'] as const;

/** What each machine did between two looks; one that was not there at both, or began anew, did nothing that is known. */
export function machinesBetween(
  before: Look,
  after: Look,
  latencies: ReadonlyMap<string, number | null>,
): Record<string, MachineSample> {
  const seconds = (after.atMs - before.atMs) / 1_000;
  if (seconds <= 0) return {};
  const earlier = new Map(before.counters.machines.map((machine) => [machine.machineId, machine]));
  const samples: Record<string, MachineSample> = {};
  for (const machine of after.counters.machines) {
    const { machineId } = machine;
    const from = earlier.get(machineId);
    if (!latencies.has(machineId) || from === undefined || beganAnew(from, machine)) continue;
    const a = (what: (typeof FLOWS)[number]): number =>
      Math.round(Number(machine[what] - from[what]) / seconds);
    samples[machineId] = [
      Math.round(Number(machine.cpuNs - from.cpuNs) / seconds / 1e6) / 1_000,
      machine.memoryBytes,
      a('readBytes'),
      a('writtenBytes'),
      a('receivedBytes'),
      a('sentBytes'),
      latencies.get(machineId) ?? null,
    ];
  }
  return samples;
}

/** What only grows has shrunk: its machine was started again, or a disk or card was taken out. */
const beganAnew = (before: MachineCounters, after: MachineCounters): boolean =>
  after.cpuNs < before.cpuNs || FLOWS.some((what) => after[what] < before[what]);

/** All machines of a host together: bytes a second, in the order of a row. */
export const flowsOf = (machines: Record<string, MachineSample>): [number, number, number, number] =>
  Object.values(machines).reduce<[number, number, number, number]>(
    ([r, w, i, o], [, , read, written, received, sent]) => [r + read, w + written, i + received, o + sent],
    [0, 0, 0, 0],
  );
