import { describe, expect, it } from 'vitest';
import type { HostFacts } from '../driver.ts';
import { probeCounts } from './probe-age.ts';

const HOUR_MS = 3_600_000;
const versions = { hypervisor: 'QEMU', hypervisorVersion: '7.2.22', managementVersion: 'libvirt 9.0.0' };
const known: HostFacts = {
  ...versions,
  hostname: 'h',
  cpus: 2,
  memoryBytes: 1,
  freeMemoryBytes: 1,
  accelerator: 'tcg',
  probe: 'a guest booted',
  probedAtMs: 100 * HOUR_MS,
  hostClass: 'c',
  abilities: { cpuLimits: { works: true }, guards: { works: true } },
};

describe('the probe of an earlier look', () => {
  it('counts for a day', () => {
    expect(probeCounts(known, versions, 101 * HOUR_MS)).toBe(true);
    expect(probeCounts(known, versions, 125 * HOUR_MS)).toBe(false);
  });

  it('does not count when it lies in the future, or when QEMU or libvirt changed', () => {
    expect(probeCounts(known, versions, 99 * HOUR_MS)).toBe(false);
    expect(probeCounts(known, { ...versions, hypervisorVersion: '8.0.0' }, 101 * HOUR_MS)).toBe(false);
    expect(probeCounts(known, { ...versions, managementVersion: 'libvirt 10.0.0' }, 101 * HOUR_MS)).toBe(
      false,
    );
  });
});
