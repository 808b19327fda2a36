import { constants, type Libvirt, paramsToObject } from '@orangery/libvirt';
import type { HostCounters } from '../driver.ts';

/** All processors together (`VIR_NODE_CPU_STATS_ALL_CPUS`). */
const ALL_CPUS = -1;
/** In these nobody works (`VIR_NODE_CPU_STATS_IDLE`, `…_IOWAIT`). */
const AT_REST = new Set(['idle', 'iowait']);

/** What processors and disks of a host did since it, or each machine, started. */
export async function readCounters(client: Libvirt): Promise<HostCounters> {
  const [times, { retStats }] = await Promise.all([
    cpuTimes(client),
    client.call('connectGetAllDomainStats', {
      doms: [],
      stats: constants.domainStats.block,
      // One machine that is being saved, or whose QEMU hangs, must not hold up the numbers of all others.
      flags: constants.getAllDomainStats.nowait,
    }),
  ]);
  const sum = (kinds: CpuTimes): bigint => kinds.reduce((total, { value }) => total + value, 0n);
  return {
    cpuBusyNs: sum(times.filter(({ field }) => !AT_REST.has(field))),
    cpuTotalNs: sum(times),
    disks: retStats.map(({ dom, params }) => {
      const values = paramsToObject(params);
      const disks = Array.from({ length: Number(values['block.count'] ?? 0) }, (_, index) => index);
      const total = (...fields: string[]): bigint =>
        disks
          .flatMap((disk) => fields.map((field) => values[`block.${disk}.${field}`]))
          .reduce<bigint>((all, value) => (typeof value === 'bigint' ? all + value : all), 0n);
      return {
        machineId: dom.uuid,
        requests: total('rd.reqs', 'wr.reqs', 'fl.reqs'),
        waitedNs: total('rd.times', 'wr.times', 'fl.times'),
      };
    }),
  };
}

type CpuTimes = { field: string; value: bigint }[];

/** libvirt wants to be asked first how many kinds of time it counts, and then for exactly as many. */
async function cpuTimes(client: Libvirt): Promise<CpuTimes> {
  const { nparams } = await client.call('nodeGetCpuStats', { cpuNum: ALL_CPUS, nparams: 0, flags: 0 });
  const { params } = await client.call('nodeGetCpuStats', { cpuNum: ALL_CPUS, nparams, flags: 0 });
  return params;
}
