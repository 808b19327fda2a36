import { describe, expect, test } from 'vitest';
import type { MachineDescription } from '../description.ts';
import { AGENT_CHANNEL, buildDomainXml, VDAGENT_CHANNEL } from './domain-xml.ts';
import { markOf } from './mark.ts';
import { attribute, childrenOf, find, root, textOf, type XmlNode } from './xml.ts';

const MACHINE: MachineDescription = {
  id: '22222222-2222-4222-8222-222222222222',
  name: 'ada-desktop',
  mark: { installationId: 'i-1', generation: 2, kind: 'machine', rowId: 'r-1' },
  cpus: 3,
  memoryMib: 2048,
  firmware: 'bios',
  disk: { pool: 'p', volume: 'v' },
  nics: [],
  accelerator: 'kvm',
  cpu: { mode: 'hostModel' },
  display: { width: 1280, height: 720 },
};

const built = (changes: Partial<MachineDescription> = {}): XmlNode =>
  root(buildDomainXml({ ...MACHINE, ...changes }, '/pool/a & b.qcow2'), 'domain');

describe('the XML of a machine', () => {
  test('bears its id, name, mark, size and disk', () => {
    const domain = built({ title: '<Ada & Grace>' });
    expect(attribute(domain, 'type')).toBe('kvm');
    expect(textOf(find(domain, 'uuid'))).toBe(MACHINE.id);
    expect(textOf(find(domain, 'title'))).toBe('<Ada & Grace>');
    expect(markOf(domain)).toEqual(MACHINE.mark);
    expect(textOf(find(domain, 'vcpu'))).toBe('3');
    expect(textOf(find(domain, 'memory'))).toBe('2048');
    expect(attribute(find(domain, 'memory'), 'unit')).toBe('MiB');
    expect(attribute(find(domain, 'devices', 'disk', 'source'), 'file')).toBe('/pool/a & b.qcow2');
  });

  test('costs libvirt one question about the CPU where each question is slow', () => {
    const names = (domain: XmlNode): (string | undefined)[] =>
      childrenOf(find(domain, 'qemu:capabilities')).map((each) => attribute(each, 'capability'));
    expect(names(built({ accelerator: 'tcg' }))).toEqual(['cpu-unavailable-features']);
    expect(names(built())).toEqual([]);
  });

  test('has a medium in its drive where it is given one, and boots its disk first', () => {
    const domain = root(buildDomainXml(MACHINE, '/pool/disk', '/pool/setup.iso'), 'domain');
    const disks = childrenOf(find(domain, 'devices'), 'disk');
    expect(disks.map((disk) => attribute(disk, 'device'))).toEqual(['disk', 'cdrom']);
    expect(attribute(find(disks[1], 'source'), 'file')).toBe('/pool/setup.iso');
    expect(find(disks[1], 'readonly')).toBeDefined();
    const order = childrenOf(find(domain, 'os'), 'boot').map((boot) => attribute(boot, 'dev'));
    expect(order).toEqual(['hd', 'cdrom']);
    expect(childrenOf(find(built(), 'os'), 'boot')).toHaveLength(1);
  });

  test('can be saved, forked and plugged into: no vdagent of QEMU’s own, spare ports, a generation id', () => {
    const domain = built();
    const devices = find(domain, 'devices');
    expect(find(domain, 'genid')).toBeDefined();
    const ports = childrenOf(devices, 'controller').filter(
      (each) => attribute(each, 'model') === 'pcie-root-port',
    );
    expect(ports.length).toBeGreaterThanOrEqual(16);
    const channels = childrenOf(devices, 'channel');
    expect(channels.map((each) => attribute(each, 'type'))).toEqual(['unix', 'unix']);
    expect(channels.map((each) => attribute(find(each, 'target'), 'name'))).toEqual([
      AGENT_CHANNEL,
      VDAGENT_CHANNEL,
    ]);
  });

  test('shows its screen on a socket alone', () => {
    const graphics = childrenOf(find(built(), 'devices'), 'graphics');
    expect(graphics).toHaveLength(1);
    expect(childrenOf(graphics[0], 'listen').map((each) => attribute(each, 'type'))).toEqual(['socket']);
    expect(attribute(graphics[0], 'port')).toBeUndefined();
  });

  test('does not start again by itself on its host', () => {
    expect(textOf(find(built(), 'on_poweroff'))).toBe('destroy');
    expect(textOf(find(built(), 'on_crash'))).toBe('destroy');
  });

  test('names emulation, firmware, CPU model and network cards when asked to', () => {
    const nics = [
      { network: 'org-1', macAddress: '52:54:00:00:00:01', neighbours: false },
      { network: 'org-2', macAddress: '52:54:00:00:00:02', neighbours: true },
    ];
    const cpu = { mode: 'named', model: 'Skylake-Client' } as const;
    const domain = built({ accelerator: 'tcg', firmware: 'uefi', nics, cpu });
    expect(attribute(domain, 'type')).toBe('qemu');
    expect(attribute(find(domain, 'os'), 'firmware')).toBe('efi');
    expect(attribute(find(domain, 'cpu'), 'match')).toBe('exact');
    expect(textOf(find(domain, 'cpu', 'model'))).toBe('Skylake-Client');
    const interfaces = childrenOf(find(domain, 'devices'), 'interface');
    expect(interfaces.map((each) => attribute(find(each, 'mac'), 'address'))).toEqual(
      nics.map((nic) => nic.macAddress),
    );
    expect(interfaces.map((each) => attribute(find(each, 'source'), 'network'))).toEqual(['org-1', 'org-2']);
    expect(interfaces.map((each) => attribute(find(each, 'port'), 'isolated'))).toEqual(['yes', undefined]);
    expect(interfaces.map((each) => attribute(find(each, 'filterref'), 'filter'))).toEqual([
      'org-1',
      'org-2',
    ]);
  });

  test('sets no limit that was not asked for', () => {
    for (const limits of [undefined, {}]) {
      const domain = limits === undefined ? built() : built({ limits });
      expect(find(domain, 'cputune')).toBeUndefined();
      expect(find(domain, 'memoryBacking')).toBeUndefined();
      expect(find(domain, 'devices', 'disk', 'iotune')).toBeUndefined();
    }
  });

  test('sets each limit that was asked for', () => {
    const domain = built({
      limits: {
        cpuShares: 200,
        cpuCap: 0.5,
        memoryReservedMib: 512,
        readBytesPerSecond: 1,
        writeBytesPerSecond: 2,
        iopsPerSecond: 3,
      },
    });
    const tune = find(domain, 'cputune');
    expect(textOf(find(tune, 'shares'))).toBe('200');
    expect(Number(textOf(find(tune, 'global_quota'))) / Number(textOf(find(tune, 'global_period')))).toBe(
      0.5,
    );
    expect(find(domain, 'memoryBacking', 'locked')).toBeDefined();
    const io = find(domain, 'devices', 'disk', 'iotune');
    expect(
      ['read_bytes_sec', 'write_bytes_sec', 'total_iops_sec'].map((name) => textOf(find(io, name))),
    ).toEqual(['1', '2', '3']);
  });
});
