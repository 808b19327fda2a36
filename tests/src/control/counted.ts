import type { MachineCounters } from '@orangery/hypervisor';

/** Of a machine that did nothing yet. */
export const counted = (machineId: string): MachineCounters => ({
  machineId,
  requests: 0n,
  waitedNs: 0n,
  readBytes: 0n,
  writtenBytes: 0n,
  receivedBytes: 0n,
  sentBytes: 0n,
  cpuNs: 0n,
  memoryBytes: 0,
});
