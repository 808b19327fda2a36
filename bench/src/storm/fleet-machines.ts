import type { Duplex } from 'node:stream';
import {
  type GuestResult,
  KvmMachines,
  type MachineDescription,
  type MachineUsage,
  markXml,
  type NicDescription,
  type Picture,
} from '@orangery/hypervisor';
import { constants, type Domain, type Libvirt, LibvirtError } from '@orangery/libvirt';
import { OrangeryError } from '@orangery/std';
import { DONE, paintedDesktop } from './guests.ts';

const CARD_NAMESPACE = 'urn:orangery:fleet:1';

const reference = (id: string): Domain => ({ name: '', uuid: id, id: -1 });

/** The delays of one host, and chance. */
export type Pace = {
  execute: () => Promise<void>;
  attach: () => Promise<void>;
  destroy: () => Promise<void>;
};

/**
 * Machines in libvirt's test driver: made, listed, looked for, and ended there by the calls that KVM's driver makes. What
 * only a guest could answer is answered here, after the delays.
 */
export class FleetMachines extends KvmMachines {
  readonly #client: Libvirt;
  readonly #pace: Pace;

  constructor(parts: ConstructorParameters<typeof KvmMachines>[0], pace: Pace) {
    super(parts);
    this.#client = parts.client;
    this.#pace = pace;
  }

  override async start(description: MachineDescription): Promise<void> {
    await this.#client.call('domainCreateXml', { xmlDesc: domainXml(description), flags: 0 });
    for (const nic of description.nics) await this.#plug(description.id, nic);
  }

  override async destroy(id: string): Promise<void> {
    await this.#pace.destroy();
    await super.destroy(id);
  }

  override async shutdown(id: string): Promise<void> {
    await this.destroy(id);
  }

  override async attachNic(id: string, nic: NicDescription): Promise<void> {
    await this.requireOurs(id);
    await this.#pace.attach();
    await this.#plug(id, nic);
  }

  override async nics(id: string): Promise<{ macAddress: string; addresses: string[] }[]> {
    try {
      const { metadata } = await this.#client.call('domainGetMetadata', {
        dom: reference(id),
        type: constants.metadata.element,
        uri: CARD_NAMESPACE,
        flags: 0,
      });
      const macAddress = /mac=['"]([^'"]+)['"]/.exec(metadata)?.[1];
      return macAddress === undefined ? [] : [{ macAddress, addresses: [] }];
    } catch (error) {
      if (error instanceof LibvirtError && error.code === 'libvirt.noDomainMetadata') return [];
      throw error;
    }
  }

  override attachDisk(id: string): Promise<void> {
    return Promise.reject(new OrangeryError('refused', `A fleet's machine ${id} takes no second disk`));
  }

  override disks(): Promise<{ path: string; serial: string | undefined }[]> {
    return Promise.resolve([]);
  }

  /** At rest, all of them. */
  override async usage(): Promise<MachineUsage[]> {
    const machines = await this.list();
    return machines.map(({ id }) => ({
      id,
      cpuTimeNs: 0n,
      memoryBytes: 0,
      diskReadBytes: 0n,
      diskWriteBytes: 0n,
    }));
  }

  override screenshot(): Promise<Picture> {
    return Promise.resolve(paintedDesktop());
  }

  override async agentAnswers(id: string): Promise<boolean> {
    return (await this.find(id))?.state === 'running';
  }

  override async exec(id: string): Promise<GuestResult> {
    await this.requireOurs(id);
    await this.#pace.execute();
    return DONE;
  }

  override dialConsole(id: string): Promise<Duplex> {
    return Promise.reject(new OrangeryError('notFound', `A fleet's machine ${id} has no console`));
  }

  override dialChannel(id: string): Promise<Duplex> {
    return Promise.reject(new OrangeryError('notFound', `A fleet's machine ${id} has no channels`));
  }

  /** The test driver plugs in no devices: the card is a note that the machine bears. */
  async #plug(id: string, { macAddress }: NicDescription): Promise<void> {
    await this.#client.call('domainSetMetadata', {
      dom: reference(id),
      type: constants.metadata.element,
      metadata: `<card mac='${macAddress}'/>`,
      key: 'fleet',
      uri: CARD_NAMESPACE,
      flags: constants.affect.live,
    });
  }
}

/** What the test driver reads of a machine: names are host names, so nothing needs escaping. */
function domainXml({ id, name, mark, memoryMib, cpus }: MachineDescription): string {
  return `<domain type='test'><name>${name}</name><uuid>${id}</uuid><metadata>${markXml(mark)}</metadata>
<memory unit='MiB'>${memoryMib}</memory><vcpu>${cpus}</vcpu><os><type>hvm</type></os></domain>`;
}
