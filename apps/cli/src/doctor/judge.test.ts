import { describe, expect, it } from 'vitest';
import type { Finding } from './finding.ts';
import { judge } from './judge.ts';
import { rangesMet } from './ranges.ts';

const GIB = 2 ** 30;
const bad = (finding: Finding | undefined): string => {
  if (finding === undefined || finding.ok) return 'fine';
  // Each fault says why it matters and what to do.
  expect(finding.why.length).toBeGreaterThan(10);
  expect(finding.fix.length).toBeGreaterThan(10);
  return finding.grave ? 'fault' : 'warning';
};

describe('doctor', () => {
  it('names missing packages with the command that brings them', () => {
    expect(bad(judge.packages([]))).toBe('fine');
    const finding = judge.packages(['qemu-utils']);
    expect(bad(finding)).toBe('fault');
    expect(finding).toMatchObject({ fix: expect.stringContaining('qemu-utils') as string });
  });

  it('tells silence of libvirt from another libvirtd in the way', () => {
    expect(bad(judge.libvirt({ reachable: false, reason: 'refused', systemd: true }))).toBe('fault');
    expect(bad(judge.otherDaemons(['libvirtd (process 1)']))).toBe('fine');
    expect(bad(judge.otherDaemons(['libvirtd (process 1)', 'virtqemud (process 2)']))).toBe('warning');
  });

  it('takes emulation for a warning and no guest at all for a fault', () => {
    expect(bad(judge.accelerator({ accelerator: 'kvm', probe: 'booted' }))).toBe('fine');
    expect(bad(judge.accelerator({ accelerator: 'tcg', probe: 'KVM does not work' }))).toBe('warning');
    expect(bad(judge.accelerator({ failed: 'hung' }))).toBe('fault');
  });

  it('sees a device file that only root may open', () => {
    expect(bad(judge.kvmDevice({ exists: true, groupMayUse: true }))).toBe('fine');
    expect(bad(judge.kvmDevice({ exists: true, groupMayUse: false }))).toBe('fault');
    expect(bad(judge.kvmDevice({ exists: false, groupMayUse: false }))).toBe('warning');
  });

  it('judges room and speed of the disk apart', () => {
    const both = (freeBytes: number, writeMbPerSecond: number): string[] =>
      judge.disk({ path: '/x', freeBytes, writeMbPerSecond }).map(bad);
    expect(both(100 * GIB, 500)).toEqual(['fine', 'fine']);
    expect(both(1 * GIB, 500)).toEqual(['fault', 'fine']);
    expect(both(100 * GIB, 20)).toEqual(['fine', 'warning']);
  });

  it('judges memory, clock, DNS, port and address', () => {
    const memory = (availableBytes: number, mbPerSecond: number): string[] =>
      judge.memory({ totalBytes: 8 * GIB, availableBytes, mbPerSecond }).map(bad);
    expect(memory(6 * GIB, 3_000)).toEqual(['fine', 'fine']);
    expect(memory(GIB, 3_000)).toEqual(['warning', 'fine']);
    expect(memory(6 * GIB, 300)).toEqual(['fine', 'warning']);
    expect(bad(judge.clock({ offsetMs: 60_000, source: 'chronyd' }))).toBe('fault');
    expect(bad(judge.clock({ unknown: 'nobody' }))).toBe('warning');
    expect(bad(judge.dns({ hostname: 'x', resolves: false }))).toBe('warning');
    expect(bad(judge.port({ port: 8443, usedBy: 'another' }))).toBe('fault');
    expect(bad(judge.port({ port: 8443, usedBy: 'us' }))).toBe('fine');
    expect(bad(judge.address(['127.0.0.1', '::1', 'fe80::1']))).toBe('warning');
    expect(bad(judge.address(['192.0.2.7']))).toBe('fine');
  });

  it('judges the certificate’s end and names', () => {
    const seen = (days: number, names: string[]): string =>
      bad(judge.certificate({ validToMs: days * 86_400_000, nowMs: 0, names, wanted: ['localhost'] }));
    expect(seen(300, ['localhost'])).toBe('fine');
    expect(seen(5, ['localhost'])).toBe('warning');
    expect(seen(-1, ['localhost'])).toBe('fault');
    expect(seen(300, ['other'])).toBe('fault');
  });

  it('judges what a host can hold its machines to', () => {
    const no = { works: false, reason: 'no controller', fix: 'mount the controller' } as const;
    const yes = { works: true } as const;
    expect(judge.abilities({ cpuLimits: yes, guards: yes }).map(bad)).toEqual(['fine', 'fine']);
    expect(judge.abilities({ cpuLimits: no, guards: no }).map(bad)).toEqual(['warning', 'fault']);
  });

  it('tells where this machine has what networks of machines take their ranges from', () => {
    const met = (range: string) => rangesMet([{ interface: 'eth0', range }]);
    expect(met('192.168.0.0/16')).toEqual([]);
    expect(bad(judge.ranges(met('192.168.0.0/16')))).toBe('fine');
    expect(bad(judge.ranges(met('10.80.0.0/16')))).toBe('fine');
    expect(bad(judge.ranges(met('10.0.0.0/8')))).toBe('warning');
    expect(bad(judge.ranges(met('0.0.0.0/0')))).toBe('fine');
  });

  it('judges the rights of the state folder', () => {
    expect(bad(judge.rights({ path: '/s', mode: 0o40711, uid: 0 }))).toBe('fine');
    expect(bad(judge.rights({ path: '/s', mode: 0o40777, uid: 0 }))).toBe('fault');
    expect(bad(judge.rights({ path: '/s', mode: 0o40700, uid: 0 }))).toBe('fault');
    expect(bad(judge.rights(undefined))).toBe('fine');
  });
});
