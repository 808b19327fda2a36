import type { MachineDescription, NicDescription, ResourceLimits } from '../description.ts';
import { GUARD_PARAMETERS } from './guards.ts';
import { markElement } from './mark.ts';
import { buildXml, element, type XmlNode } from './xml.ts';

/** A q35 machine has one free slot; each hot-plugged NIC or disk needs a port that is there from the start (measured). */
const SPARE_PORTS = 8;
/** Ports for the devices a machine starts with. */
const OWN_PORTS = 8;

/** Channels that every machine has, by their names in the guest. */
export const AGENT_CHANNEL = 'org.qemu.guest_agent.0';
/** The name that vdagent looks for; a plain socket, as QEMU's own vdagent forbids to save and migrate. */
export const VDAGENT_CHANNEL = 'com.redhat.spice.0';

const EMULATED = { type: 'qemu', 'xmlns:qemu': 'http://libvirt.org/schemas/domain/qemu/1.0' };

export function buildDomainXml(machine: MachineDescription, diskPath: string, cdromPath?: string): string {
  const { cpus, memoryMib, limits } = machine;
  return buildXml([
    element('domain', machine.accelerator === 'kvm' ? { type: 'kvm' } : EMULATED, [
      element('name', {}, [machine.name]),
      element('uuid', {}, [machine.id]),
      machine.title === undefined ? undefined : element('title', {}, [machine.title]),
      element('genid'),
      element('metadata', {}, [markElement(machine.mark)]),
      element('memory', { unit: 'MiB' }, [String(memoryMib)]),
      element('vcpu', {}, [String(cpus)]),
      ...limitElements(limits),
      element('os', machine.firmware === 'uefi' ? { firmware: 'efi' } : {}, [
        element('type', { arch: 'x86_64', machine: 'q35' }, ['hvm']),
        element('boot', { dev: 'hd' }),
        cdromPath === undefined ? undefined : element('boot', { dev: 'cdrom' }),
      ]),
      element('features', {}, [element('acpi'), element('apic')]),
      cpu(machine),
      element('clock', { offset: 'utc' }, [
        element('timer', { name: 'rtc', tickpolicy: 'catchup' }),
        element('timer', { name: 'pit', tickpolicy: 'delay' }),
        element('timer', { name: 'hpet', present: 'no' }),
      ]),
      element('on_poweroff', {}, ['destroy']),
      element('on_reboot', {}, ['restart']),
      element('on_crash', {}, ['destroy']),
      element('devices', {}, devices(machine, diskPath, cdromPath)),
      machine.accelerator === 'kvm' ? undefined : oneQuestionAboutTheCpu(),
    ]),
  ]);
}

/**
 * At each start libvirt asks QEMU for some 400 properties of the CPU, one by one: 245 to 350 ms of an instant clone's second
 * on a host that has to emulate. Without this ability of QEMU it asks for all of them at once, as it did before it knew it.
 */
function oneQuestionAboutTheCpu(): XmlNode {
  return element('qemu:capabilities', {}, [element('qemu:del', { capability: 'cpu-unavailable-features' })]);
}

function cpu({ cpu: wish, cpus }: MachineDescription): XmlNode {
  const topology = element('topology', { sockets: 1, cores: cpus, threads: 1 });
  if (wish.mode === 'named') {
    return element('cpu', { mode: 'custom', match: 'exact' }, [element('model', {}, [wish.model]), topology]);
  }
  return element('cpu', { mode: wish.mode === 'hostModel' ? 'host-model' : 'maximum' }, [topology]);
}

/** The limits that stand in the machine's own elements: CPU and memory. Each machine has its own, forks too. */
export function limitElements(limits: ResourceLimits | undefined): XmlNode[] {
  return [memoryBacking(limits), cpuTune(limits)].filter((each) => each !== undefined);
}

function memoryBacking(limits: ResourceLimits | undefined): XmlNode | undefined {
  // The kernel keeps what is locked: the only guarantee that QEMU's driver offers.
  return limits?.memoryReservedMib === undefined
    ? undefined
    : element('memoryBacking', {}, [element('locked')]);
}

const CPU_PERIOD_US = 100_000;

function cpuTune(limits: ResourceLimits | undefined): XmlNode | undefined {
  const children = [
    limits?.cpuShares === undefined ? undefined : element('shares', {}, [String(limits.cpuShares)]),
    ...(limits?.cpuCap === undefined
      ? []
      : [
          element('global_period', {}, [String(CPU_PERIOD_US)]),
          element('global_quota', {}, [String(Math.round(limits.cpuCap * CPU_PERIOD_US))]),
        ]),
  ];
  return children.every((child) => child === undefined) ? undefined : element('cputune', {}, children);
}

export function ioTune(limits: ResourceLimits | undefined): XmlNode | undefined {
  const entries: [string, number | undefined][] = [
    ['read_bytes_sec', limits?.readBytesPerSecond],
    ['write_bytes_sec', limits?.writeBytesPerSecond],
    ['total_iops_sec', limits?.iopsPerSecond],
  ];
  const children = entries
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => element(name, {}, [String(value)]));
  return children.length === 0 ? undefined : element('iotune', {}, children);
}

function devices(
  machine: MachineDescription,
  diskPath: string,
  cdromPath: string | undefined,
): (XmlNode | undefined)[] {
  const ports = Array.from({ length: OWN_PORTS + SPARE_PORTS }, () =>
    element('controller', { type: 'pci', model: 'pcie-root-port' }),
  );
  const channel = (name: string): XmlNode =>
    element('channel', { type: 'unix' }, [
      element('source', { mode: 'bind' }),
      element('target', { type: 'virtio', name }),
    ]);
  return [
    element('controller', { type: 'pci', model: 'pcie-root' }),
    ...ports,
    element('controller', { type: 'usb', model: 'none' }),
    element('disk', { type: 'file', device: 'disk' }, [
      element('driver', { name: 'qemu', type: 'qcow2', discard: 'unmap' }),
      element('source', { file: diskPath }),
      element('target', { dev: 'vda', bus: 'virtio' }),
      ioTune(machine.limits),
    ]),
    cdromPath === undefined ? undefined : cdromElement(cdromPath),
    ...machine.nics.map(nicElement),
    channel(AGENT_CHANNEL),
    channel(VDAGENT_CHANNEL),
    element('serial', { type: 'pty' }),
    element('input', { type: 'tablet', bus: 'virtio' }),
    element('graphics', { type: 'vnc' }, [element('listen', { type: 'socket' })]),
    element('video', {}, [
      element('model', { type: 'virtio', heads: 1, primary: 'yes' }, [
        element('resolution', { x: machine.display.width, y: machine.display.height }),
      ]),
    ]),
    element('memballoon', { model: 'virtio', freePageReporting: 'on' }, [element('stats', { period: 10 })]),
    element('rng', { model: 'virtio' }, [element('backend', { model: 'random' }, ['/dev/urandom'])]),
  ];
}

function cdromElement(path: string): XmlNode {
  return element('disk', { type: 'file', device: 'cdrom' }, [
    element('driver', { name: 'qemu', type: 'raw' }),
    element('source', { file: path }),
    element('target', { dev: 'sda', bus: 'sata' }),
    element('readonly'),
  ]);
}

export function nicElement(nic: NicDescription): XmlNode {
  return element('interface', { type: 'network' }, [
    element('mac', { address: nic.macAddress }),
    element('source', { network: nic.network }),
    element('model', { type: 'virtio' }),
    // A bridge's isolated ports exchange nothing with each other.
    nic.neighbours ? undefined : element('port', { isolated: 'yes' }),
    element(
      'filterref',
      { filter: nic.network },
      GUARD_PARAMETERS(nic.macAddress).map((parameter) => element('parameter', parameter)),
    ),
  ]);
}
