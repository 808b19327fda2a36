import type { MachineCounters } from '@orangery/hypervisor';
import { describe, expect, it } from 'vitest';
import { flowsOf, machinesBetween } from './policy.ts';

const machine = (machineId: string, grown: number, memoryBytes = 7): MachineCounters => ({
  machineId,
  requests: 0n,
  waitedNs: 0n,
  readBytes: BigInt(grown),
  writtenBytes: BigInt(2 * grown),
  receivedBytes: BigInt(3 * grown),
  sentBytes: BigInt(4 * grown),
  cpuNs: BigInt(grown) * 1_000_000n,
  memoryBytes,
});
const look = (atMs: number, ...machines: MachineCounters[]) => ({
  atMs,
  counters: { cpuBusyNs: 0n, cpuTotalNs: 0n, machines },
});
const ours = new Map<string, number | null>([
  ['a', 40],
  ['b', null],
]);

describe('what machines did between two looks', () => {
  it('is what was added, a second', () => {
    expect(
      machinesBetween(
        look(1_000, machine('a', 0), machine('b', 100)),
        look(11_000, machine('a', 15_000, 9), machine('b', 100)),
        ours,
      ),
    ).toEqual({ a: [1.5, 9, 1_500, 3_000, 4_500, 6_000, 40], b: [0, 7, 0, 0, 0, 0, null] });
  });

  it('knows nothing of one that is new, that began anew, or that is none of ours', () => {
    const between = machinesBetween(
      look(0, machine('b', 500), machine('foreign', 0)),
      look(10_000, machine('a', 10), machine('b', 10), machine('foreign', 10)),
      ours,
    );
    expect(between).toEqual({});
  });

  it('is nothing between two looks of one moment', () => {
    expect(machinesBetween(look(5, machine('a', 0)), look(5, machine('a', 9)), ours)).toEqual({});
  });
});

it('a host’s flows are those of its machines together', () => {
  expect(flowsOf({ a: [1, 2, 1, 2, 3, 4, null], b: [1, 2, 10, 20, 30, 40, 5] })).toEqual([11, 22, 33, 44]);
  expect(flowsOf({})).toEqual([0, 0, 0, 0]);
});
