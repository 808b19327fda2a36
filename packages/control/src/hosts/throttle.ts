import type { HostCounters, MachineCounters } from '@orangery/hypervisor';

/** How busy a host was between two looks. */
export type HostLoad = {
  /** Share of all its processors' time, 0 to 1. */
  cpuBusy: number;
  /** Milliseconds that a request to a disk took; null: nobody asked. */
  diskMs: number | null;
};

type DiskCounters = Pick<HostCounters, 'cpuBusyNs' | 'cpuTotalNs'> & {
  machines: readonly Pick<MachineCounters, 'machineId' | 'requests' | 'waitedNs'>[];
};

/** The load between two looks; undefined when they are of one moment, or of before and after a reboot. */
export function loadBetween(before: DiskCounters, after: DiskCounters): HostLoad | undefined {
  const total = after.cpuTotalNs - before.cpuTotalNs;
  const busy = after.cpuBusyNs - before.cpuBusyNs;
  if (total <= 0n || busy < 0n) return undefined;
  const earlier = new Map(before.machines.map((machine) => [machine.machineId, machine]));
  let requests = 0n;
  let waitedNs = 0n;
  for (const disk of after.machines) {
    // One that was not there before began at nothing; one that was restarted in between is left out.
    const from = earlier.get(disk.machineId) ?? { requests: 0n, waitedNs: 0n };
    if (disk.requests < from.requests || disk.waitedNs < from.waitedNs) continue;
    requests += disk.requests - from.requests;
    waitedNs += disk.waitedNs - from.waitedNs;
  }
  return {
    cpuBusy: Math.min(1, Number(busy) / Number(total)),
    diskMs: requests === 0n ? null : Number(waitedNs) / Number(requests) / 1e6,
  };
}

/** From here on people feel it when another machine starts. */
export const CPU_BUSY_MAX = 0.85;
export const DISK_MS_MAX = 20;
/** A host of many processors still has one storage. */
export const STARTS_MAX = 16;
const STARTS_MIN = 2;

/** What people on a host suffer from now, in words. */
export function strainsOf({ cpuBusy, diskMs }: HostLoad): string[] {
  return [
    ...(cpuBusy > CPU_BUSY_MAX ? [`its processors are ${Math.round(cpuBusy * 100)} % busy`] : []),
    ...(diskMs !== null && diskMs > DISK_MS_MAX ? [`a disk request takes ${Math.round(diskMs)} ms`] : []),
  ];
}

/**
 * How many machines may start on a host at the same time: one more as long as nobody suffers, half as many as soon as
 * somebody does (additive increase, multiplicative decrease, as TCP). Always two: one that somebody waits for never
 * waits for one that only stands by.
 */
export function decideStarts(
  load: HostLoad,
  before: number,
  cpus: number,
): { startsMax: number; reason: string } {
  const strains = strainsOf(load);
  const most = Math.min(STARTS_MAX, Math.max(STARTS_MIN, cpus));
  if (strains.length > 0) {
    return {
      startsMax: Math.max(STARTS_MIN, Math.floor(Math.min(before, most) / 2)),
      reason: strains.join(', '),
    };
  }
  return { startsMax: Math.min(most, before + 1), reason: 'nobody is slowed down' };
}

/** What a host does for machines now. */
export type Work = {
  startsMax: number;
  cpus: number;
  /** Machines that start on it, until they are ready or, where somebody waits for them, theirs. */
  starting: number;
  /** Those that were ready and are being made somebody's. */
  adopting: number;
};

/**
 * Whether a ready machine may be made its person's now: as much work for a guest as a start, and people look on. One for
 * each processor, so that who came first sees theirs first, instead of all of them at the end.
 */
export const mayAdopt = ({ startsMax, cpus, starting, adopting }: Work): boolean =>
  starting + adopting < Math.max(startsMax, cpus);

/**
 * Whether a machine may start now: what people wait for goes first, and before it those that were just taken and are ready,
 * as they are there sooner. What only stands by takes half of the room, and none of what machines need that are becoming
 * somebody's, or are to.
 */
export function mayStart(host: Work & { becoming: number; justTaken: number; awaited: boolean }): boolean {
  if (host.awaited) {
    const adopting = host.adopting + host.justTaken;
    return host.starting < host.startsMax && mayAdopt({ ...host, adopting });
  }
  return host.starting + host.adopting + host.becoming < Math.floor(host.startsMax / 2);
}
