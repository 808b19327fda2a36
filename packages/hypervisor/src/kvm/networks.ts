import { createHash } from 'node:crypto';
import type { Libvirt, Network } from '@orangery/libvirt';
import { OrangeryError } from '@orangery/std';
import type { NetworkDescription } from '../description.ts';
import type { NetworkDriver, NetworkState } from '../driver.ts';
import { firstLine, isCode, telling } from './errors.ts';
import { KvmGuards } from './guards.ts';
import { mapBounded } from './map-bounded.ts';
import { markOf } from './mark.ts';
import { networkXml, stateOf, subnetIn } from './network-xml.ts';
import { candidates, overlap, parseSubnet, type Subnet, textOfSubnet } from './subnets.ts';
import { root } from './xml.ts';

/** Each costs a start of dnsmasq that fails. */
const TRIES_MAX = 16;
const CALLS_AT_ONCE = 8;
/** virConnectListAllNetworksFlags */
const ACTIVE = 2;

type Known = { net: Network; xml: string };

export class KvmNetworks implements NetworkDriver {
  readonly #client: Libvirt;
  readonly #installationId: string;
  readonly #guards: KvmGuards;

  constructor(client: Libvirt, installationId: string) {
    this.#client = client;
    this.#installationId = installationId;
    this.#guards = new KvmGuards(client, installationId);
  }

  ensure(network: NetworkDescription): Promise<NetworkState> {
    return telling(`network ${network.name}`, async () => {
      const { name } = network;
      if (network.kind === 'bridge') await this.#requireBridge(network.bridge);
      const known = await this.#lookup(name);
      if (known !== undefined) {
        this.#requireOurs(name, known.xml);
        if (await this.#startKnown(known.net)) {
          await this.#guards.ensure(network, subnetIn(known.xml));
          return stateOf(name, known.xml);
        }
        // Its range is taken by now: nothing of it ran, so it may be made anew.
        await this.#client.call('networkUndefine', { net: known.net });
      }
      const xml = await this.#make(network);
      await this.#guards.ensure(network, subnetIn(xml));
      return stateOf(name, xml);
    });
  }

  stop(name: string): Promise<void> {
    return telling(`network ${name}`, async () => {
      const known = await this.#lookup(name);
      if (known === undefined) return;
      this.#requireOurs(name, known.xml);
      const { active } = await this.#client.call('networkIsActive', { net: known.net });
      if (active) await this.#client.call('networkDestroy', { net: known.net });
    });
  }

  delete(name: string): Promise<void> {
    return telling(`network ${name}`, async () => {
      const known = await this.#lookup(name);
      if (known !== undefined) {
        await this.stop(name);
        await this.#client.call('networkUndefine', { net: known.net }).catch((error: unknown) => {
          if (!isCode(error, 'libvirt.noNetwork')) throw error;
        });
      }
      await this.#guards.delete(name);
    });
  }

  list(): Promise<{ name: string; cards: number }[]> {
    return telling('networks', async () => {
      const all = await this.#all(0);
      const ours = all.filter(({ xml }) => this.#isOurs(xml));
      const networks = await mapBounded(ours, CALLS_AT_ONCE, async ({ net }) => ({
        name: net.name,
        cards: await this.#cardsIn(net),
      }));
      const alone = (await this.#guards.list()).filter((name) => !all.some(({ net }) => net.name === name));
      return [...networks, ...alone.map((name) => ({ name, cards: 0 }))];
    });
  }

  async #cardsIn(network: Network): Promise<number> {
    try {
      const all = { network, needResults: true, flags: 0 };
      return (await this.#client.call('networkListAllPorts', all)).ports.length;
    } catch (error) {
      // One that is stopped is not asked by libvirt; one that is gone has none either.
      if (isCode(error, 'libvirt.operationInvalid', 'libvirt.noNetwork')) return 0;
      throw error;
    }
  }

  /** Defines and starts it; its definition is what comes back. */
  async #make(network: NetworkDescription): Promise<string> {
    if (network.kind === 'bridge') {
      return this.#start(networkXml(network)).catch((error: unknown) => {
        if (network.vlan === undefined || !isCode(error, 'libvirt.configUnsupported')) throw error;
        throw new OrangeryError(
          'refused',
          `The host’s libvirt cannot tag frames with VLAN ${network.vlan} on the bridge ${network.bridge}`,
          {
            cause: error,
            fix: 'It can on Open vSwitch, and from libvirt 11 on with a Linux bridge that filters VLANs. Else make a bridge on the VLAN’s own interface, and name that one without a tag: docs/networks.md.',
          },
        );
      });
    }
    if (network.subnet !== undefined) {
      const subnet = parseSubnet(network.subnet);
      await this.#requireFree(network.name, subnet);
      return this.#start(networkXml(network, subnet)).catch((error: unknown) => {
        if (!isCode(error, 'libvirt.internalError')) throw error;
        throw taken(textOfSubnet(subnet), firstLine(error), error);
      });
    }
    const seed = createHash('sha256').update(network.mark.installationId).digest().readUInt16BE(0);
    const known = (await this.#all(0)).map(({ xml }) => subnetIn(xml)).filter((each) => each !== undefined);
    const choices = candidates(seed, known, TRIES_MAX);
    let refusal: unknown;
    for (const subnet of choices) {
      try {
        return await this.#start(networkXml(network, subnet));
      } catch (error) {
        // That a range is in use has no code of its own in libvirt.
        if (!isCode(error, 'libvirt.internalError')) throw error;
        refusal = error;
      }
    }
    const tried = `any of ${choices.length} address ranges of 10.64.0.0/10`;
    throw new OrangeryError(
      'refused',
      `${network.name} could not be started on ${tried}: ${refusal === undefined ? 'the host’s other networks have them all' : firstLine(refusal)}`,
      {
        cause: refusal,
        fix: 'Give the pool a range of its own that the host does not use; or look at the host’s libvirtd log: dnsmasq, the firewall, or a left-over bridge may be in the way.',
      },
    );
  }

  async #start(xml: string): Promise<string> {
    const { net } = await this.#client.call('networkDefineXml', { xml });
    try {
      await this.#client.call('networkCreate', { net });
      await this.#client.call('networkSetAutostart', { net, autostart: true });
      return xml;
    } catch (error) {
      await this.#client.call('networkUndefine', { net }).catch(() => {});
      throw error;
    }
  }

  /** libvirt itself refuses a range only where an interface has exactly the same one. */
  async #requireFree(name: string, subnet: Subnet): Promise<void> {
    for (const { net, xml } of await this.#all(ACTIVE)) {
      const other = subnetIn(xml);
      if (net.name === name || other === undefined || !overlap(subnet, other)) continue;
      throw taken(textOfSubnet(subnet), `the network ${net.name} has ${textOfSubnet(other)}`);
    }
  }

  /** Some hosts cannot list their interfaces: there a bridge that is missing is found when a machine is plugged in. */
  async #requireBridge(bridge: string): Promise<void> {
    const { ifaces } = await this.#client
      .call('connectListAllInterfaces', { needResults: true, flags: 0 })
      .catch((error: unknown) => {
        if (isCode(error, 'libvirt.noSupport')) return { ifaces: [] };
        throw error;
      });
    const names = ifaces.map(({ name }) => name);
    if (names.length === 0 || names.includes(bridge)) return;
    throw new OrangeryError('refused', `The host has no interface ${bridge}`, {
      fix: `Make the bridge on the host, as docs/networks.md tells, or name one of these: ${names.join(', ')}.`,
    });
  }

  /** Whether it runs now; false when the host no longer has room for its range. */
  async #startKnown(net: Network): Promise<boolean> {
    const { active } = await this.#client.call('networkIsActive', { net });
    if (!active) {
      try {
        await this.#client.call('networkCreate', { net });
      } catch (error) {
        if (isCode(error, 'libvirt.internalError')) return false;
        // Another server of this installation was faster.
        if (!(await this.#client.call('networkIsActive', { net })).active) throw error;
      }
    }
    const { autostart } = await this.#client.call('networkGetAutostart', { net });
    if (!autostart) await this.#client.call('networkSetAutostart', { net, autostart: true });
    return true;
  }

  async #all(flags: number): Promise<Known[]> {
    const { nets } = await this.#client.call('connectListAllNetworks', { needResults: true, flags });
    const known = await mapBounded(nets, CALLS_AT_ONCE, (net) => this.#lookup(net.name));
    return known.filter((each) => each !== undefined);
  }

  async #lookup(name: string): Promise<Known | undefined> {
    try {
      const { net } = await this.#client.call('networkLookupByName', { name });
      const { xml } = await this.#client.call('networkGetXmlDesc', { net, flags: 0 });
      return { net, xml };
    } catch (error) {
      if (isCode(error, 'libvirt.noNetwork')) return undefined;
      throw error;
    }
  }

  #isOurs(xml: string): boolean {
    return markOf(root(xml, 'network'))?.installationId === this.#installationId;
  }

  #requireOurs(name: string, xml: string): void {
    if (this.#isOurs(xml)) return;
    throw new OrangeryError(
      'notOurs',
      `A network named ${name} is there, but it was not made by this installation`,
    );
  }
}

function taken(range: string, by: string, cause?: unknown): OrangeryError {
  return new OrangeryError('refused', `The range ${range} is in use on this host: ${by}`, {
    cause,
    fix: 'Give the pool another range, or none: then a free one is found.',
  });
}
