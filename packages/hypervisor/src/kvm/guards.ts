import { createHash } from 'node:crypto';
import type { Libvirt, Nwfilter } from '@orangery/libvirt';
import { OrangeryError } from '@orangery/std';
import type { NetworkDescription } from '../description.ts';
import { isCode } from './errors.ts';
import { addressIn, type Subnet } from './subnets.ts';
import { buildXml, element, type XmlNode } from './xml.ts';

/**
 * What stands between a machine's card and its network: a filter of libvirt's, one for each network and of its name.
 * Everything is matched on Ethernet's level (ebtables), so it holds on bridges that carry other machines too, and needs
 * nothing of the host's IP firewall. It refers to no filter of the host's own: those may be changed or missing.
 *
 * libvirt fills in `$MAC` from the card, and `$IP` from the DHCP answer that it overhears; until then a machine may
 * only ask for an address. `$LINKLOCAL` is ours: what the guest makes of its MAC (RFC 4291, appendix A).
 */
export const GUARD_PARAMETERS = (macAddress: string): { name: string; value: string }[] => [
  { name: 'CTRL_IP_LEARNING', value: 'dhcp' },
  { name: 'LINKLOCAL', value: linkLocalOf(macAddress) },
];

/** Without a match it is for every frame; `<all/>` would speak of IP alone. */
type Rule = { direction: 'in' | 'out' | 'inout'; action: 'accept' | 'drop'; match?: XmlNode };

const DHCP_SERVER = 67;
const DHCP_CLIENT = 68;
const DHCPV6_SERVER = 547;
const ROUTER_ADVERTISEMENT = 134;
const REDIRECT = 137;
/** Before the rules that libvirt's own chains might hold. */
const PRIORITY = -700;

export function guardXml(network: NetworkDescription, subnet: Subnet | undefined): string {
  const rules = rulesOf(network, subnet);
  return buildXml([
    element('filter', { name: network.name, chain: 'root', priority: PRIORITY }, [
      element('uuid', {}, [guardUuid(network.mark.installationId, network.name)]),
      ...rules.map(({ direction, action, match }, index) =>
        // The order is the meaning: the first that fits decides.
        element('rule', { action, direction, priority: 100 + index }, [match]),
      ),
    ]),
  ]);
}

function rulesOf(network: NetworkDescription, subnet: Subnet | undefined): Rule[] {
  const out = (action: Rule['action'], match: XmlNode): Rule => ({ direction: 'out', action, match });
  const into = (action: Rule['action'], match: XmlNode): Rule => ({ direction: 'in', action, match });
  const ip = (attributes: Record<string, string | number>): XmlNode => element('ip', attributes);
  return [
    out('drop', element('mac', { match: 'no', srcmacaddr: '$MAC' })),
    // An address is asked for with none, and kept with the one there is; nobody but the network's own server answers.
    out('drop', ip({ protocol: 'udp', srcportstart: DHCP_SERVER })),
    out(
      'accept',
      ip({
        srcipaddr: '0.0.0.0',
        dstipaddr: '255.255.255.255',
        protocol: 'udp',
        srcportstart: DHCP_CLIENT,
        dstportstart: DHCP_SERVER,
      }),
    ),
    out('accept', element('arp', { arpsrcmacaddr: '$MAC', arpsrcipaddr: '$IP' })),
    // "Has anybody this address?", before it is taken (RFC 5227).
    out('accept', element('arp', { opcode: 'Request', arpsrcmacaddr: '$MAC', arpsrcipaddr: '0.0.0.0' })),
    out('drop', element('arp')),
    // QEMU tells switches where a machine has gone.
    out('accept', element('rarp', { opcode: 'Request_Reverse', arpsrcmacaddr: '$MAC' })),
    ...(network.neighbours || subnet === undefined ? [] : apart(subnet, out, into, ip)),
    out('accept', ip({ srcipaddr: '$IP' })),
    ...(network.kind === 'bridge' && network.ipv6 ? ipv6(out, into) : []),
    into('accept', ip({})),
    into('accept', element('arp')),
    { direction: 'inout', action: 'drop' },
  ];
}

/** Ports that are isolated do not hand frames to each other; this closes the way through the host, which routes. */
function apart(
  subnet: Subnet,
  out: (action: Rule['action'], match: XmlNode) => Rule,
  into: (action: Rule['action'], match: XmlNode) => Rule,
  ip: (attributes: Record<string, string | number>) => XmlNode,
): Rule[] {
  const host = addressIn(subnet, 1);
  const range = addressIn(subnet, 0);
  return [
    out('accept', ip({ srcipaddr: '$IP', dstipaddr: host })),
    out('drop', ip({ dstipaddr: range, dstipmask: subnet.prefix })),
    into('accept', ip({ srcipaddr: host })),
    into('drop', ip({ srcipaddr: range, srcipmask: subnet.prefix })),
  ];
}

/**
 * IPv6 on a bridge of others: a machine speaks from its own link-local address or from a global one, and is neither
 * router nor DHCP server. Which global address is its own nobody here knows: those are not checked.
 */
function ipv6(
  out: (action: Rule['action'], match: XmlNode) => Rule,
  into: (action: Rule['action'], match: XmlNode) => Rule,
): Rule[] {
  const six = (attributes: Record<string, string | number>): XmlNode => element('ipv6', attributes);
  return [
    out('drop', six({ protocol: 'icmpv6', type: ROUTER_ADVERTISEMENT })),
    out('drop', six({ protocol: 'icmpv6', type: REDIRECT })),
    out('drop', six({ protocol: 'udp', srcportstart: DHCPV6_SERVER })),
    out('accept', six({ srcipaddr: '$LINKLOCAL' })),
    out('drop', six({ srcipaddr: 'fe80::', srcipmask: 10 })),
    out('accept', six({})),
    into('accept', six({})),
  ];
}

/** The address that a guest makes for itself from its MAC: U/L bit turned, ff:fe in the middle. */
export function linkLocalOf(macAddress: string): string {
  const bytes = macAddress.split(':').map((byte) => Number.parseInt(byte, 16));
  const [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0] = bytes;
  const group = (high: number, low: number): string => ((high << 8) | low).toString(16);
  return `fe80::${group(a ^ 2, b)}:${group(c, 0xff)}:${group(0xfe, d)}:${group(e, f)}`;
}

/** The same for the same network at all times: libvirt takes a filter anew only under the UUID it has. */
export function guardUuid(installationId: string, name: string): string {
  const hex = createHash('sha256').update(`${installationId} ${name}`).digest('hex');
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `5${hex.slice(13, 16)}`,
    `8${hex.slice(17, 20)}`,
    hex.slice(20, 32),
  ].join('-');
}

export class KvmGuards {
  readonly #client: Libvirt;
  readonly #installationId: string;

  constructor(client: Libvirt, installationId: string) {
    this.#client = client;
    this.#installationId = installationId;
  }

  /** Defines the filter, or brings it up to date: machines that use it feel it at once. */
  async ensure(network: NetworkDescription, subnet: Subnet | undefined): Promise<void> {
    await this.#ours(network.name);
    try {
      // The same again changes nothing on the host: libvirt compares.
      await this.#client.call('nwfilterDefineXml', { xml: guardXml(network, subnet) });
    } catch (error) {
      if (!isCode(error, 'libvirt.noSupport')) throw error;
      throw new OrangeryError('refused', 'The host’s libvirt cannot filter what machines send', {
        cause: error,
        fix: 'Install libvirt’s nwfilter driver there (Fedora, RHEL: libvirt-daemon-driver-nwfilter).',
      });
    }
  }

  /** Again is harmless. */
  async delete(name: string): Promise<void> {
    const nwfilter = await this.#ours(name);
    if (nwfilter === undefined) return;
    await this.#client.call('nwfilterUndefine', { nwfilter }).catch((error: unknown) => {
      if (!isCode(error, 'libvirt.noNwfilter')) throw error;
    });
  }

  /** Those that this installation could have made, by name and UUID. */
  async list(): Promise<string[]> {
    const { filters } = await this.#client
      .call('connectListAllNwfilters', { needResults: true, flags: 0 })
      .catch((error: unknown) => {
        if (isCode(error, 'libvirt.noSupport')) return { filters: [] };
        throw error;
      });
    return filters
      .filter(({ name, uuid }) => uuid === guardUuid(this.#installationId, name))
      .map(({ name }) => name);
  }

  async #ours(name: string): Promise<Nwfilter | undefined> {
    try {
      const { nwfilter } = await this.#client.call('nwfilterLookupByName', { name });
      if (nwfilter.uuid === guardUuid(this.#installationId, name)) return nwfilter;
    } catch (error) {
      if (isCode(error, 'libvirt.noNwfilter')) return undefined;
      throw error;
    }
    throw new OrangeryError(
      'notOurs',
      `A filter named ${name} is there, but it was not made by this installation`,
    );
  }
}
