import { constants, type Libvirt, paramsToObject } from '@orangery/libvirt';
import type { HostCounters, MachineCounters } from '../driver.ts';

/** All processors together (`VIR_NODE_CPU_STATS_ALL_CPUS`). */
const ALL_CPUS = -1;
/** In these nobody works (`VIR_NODE_CPU_STATS_IDLE`, `…_IOWAIT`). */
const AT_REST = new Set(['idle', 'iowait']);

/** What a host and its machines did since it, or each machine, started: two calls, however many machines there are. */
export async function readCounters(client: Libvirt): Promise<HostCounters> {
  const { cpuTotal, balloon, interface: network, block } = constants.domainStats;
  const [times, { retStats }] = await Promise.all([
    cpuTimes(client),
    client.call('connectGetAllDomainStats', {
      doms: [],
      stats: cpuTotal | balloon | network | block,
      // One machine that is being saved, or whose QEMU hangs, must not hold up the numbers of all others.
      flags: constants.getAllDomainStats.nowait,
    }),
  ]);
  const sum = (kinds: CpuTimes): bigint => kinds.reduce((total, { value }) => total + value, 0n);
  return {
    cpuBusyNs: sum(times.filter(({ field }) => !AT_REST.has(field))),
    cpuTotalNs: sum(times),
    machines: retStats.map(({ dom, params }) => machineCounters(dom.uuid, paramsToObject(params))),
  };
}

function machineCounters(machineId: string, values: Readonly<Record<string, unknown>>): MachineCounters {
  const big = (name: string): bigint => {
    const value = values[name];
    return typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n;
  };
  const total = (group: 'block' | 'net', ...fields: string[]): bigint =>
    Array.from({ length: Number(big(`${group}.count`)) }, (_, index) => index)
      .flatMap((index) => fields.map((field) => big(`${group}.${index}.${field}`)))
      .reduce((all, value) => all + value, 0n);
  return {
    machineId,
    requests: total('block', 'rd.reqs', 'wr.reqs', 'fl.reqs'),
    waitedNs: total('block', 'rd.times', 'wr.times', 'fl.times'),
    readBytes: total('block', 'rd.bytes'),
    writtenBytes: total('block', 'wr.bytes'),
    // libvirt tells them as the guest sees them.
    receivedBytes: total('net', 'rx.bytes'),
    sentBytes: total('net', 'tx.bytes'),
    cpuNs: big('cpu.time'),
    memoryBytes: Number(big('balloon.rss') || big('balloon.current')) * 1024,
  };
}

type CpuTimes = { field: string; value: bigint }[];

/** libvirt wants to be asked first how many kinds of time it counts, and then for exactly as many. */
async function cpuTimes(client: Libvirt): Promise<CpuTimes> {
  const { nparams } = await client.call('nodeGetCpuStats', { cpuNum: ALL_CPUS, nparams: 0, flags: 0 });
  const { params } = await client.call('nodeGetCpuStats', { cpuNum: ALL_CPUS, nparams, flags: 0 });
  return params;
}
