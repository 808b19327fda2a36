import type { NetworkDescription } from '../description.ts';
import type { NetworkState } from '../driver.ts';
import { markElement } from './mark.ts';
import { addressIn, leasable, parseSubnet, type Subnet } from './subnets.ts';
import { attribute, buildXml, element, find, root, type XmlNode } from './xml.ts';

/** A machine that is off for the night keeps its address. */
const LEASE_HOURS = 24;

/** @param subnet where the network has addresses of its own */
export function networkXml(network: NetworkDescription, subnet?: Subnet): string {
  return buildXml([
    element('network', {}, [
      element('name', {}, [network.name]),
      element('metadata', {}, [markElement(network.mark)]),
      ...(network.kind === 'bridge' ? outside(network) : subnet === undefined ? [] : inside(network, subnet)),
    ]),
  ]);
}

function outside(network: NetworkDescription & { kind: 'bridge' }): XmlNode[] {
  const { bridge, openVSwitch, vlan } = network;
  return [
    element('forward', { mode: 'bridge' }),
    element('bridge', { name: bridge }),
    ...(openVSwitch ? [element('virtualport', { type: 'openvswitch' })] : []),
    ...(vlan === undefined ? [] : [element('vlan', {}, [element('tag', { id: vlan })])]),
  ];
}

function inside({ name, kind }: NetworkDescription, subnet: Subnet): XmlNode[] {
  const { start, end } = leasable(subnet);
  return [
    ...(kind === 'isolated' ? [] : [element('forward', { mode: kind === 'routed' ? 'route' : 'nat' })]),
    element('bridge', { name, stp: 'on', delay: 0 }),
    // Names of others would be a way out.
    ...(kind === 'isolated' ? [element('dns', { enable: 'no' })] : []),
    element('ip', { address: addressIn(subnet, 1), prefix: subnet.prefix }, [
      element('dhcp', {}, [
        element('range', { start, end }, [element('lease', { expiry: LEASE_HOURS, unit: 'hours' })]),
      ]),
    ]),
  ];
}

/** The range of a definition, whoever made it; undefined where it has none that we can read. */
export function subnetIn(xml: string): Subnet | undefined {
  const ip = find(root(xml, 'network'), 'ip');
  const address = attribute(ip, 'address');
  const prefix = attribute(ip, 'prefix') ?? prefixOf(attribute(ip, 'netmask'));
  if (address === undefined || prefix === undefined) return undefined;
  try {
    return parseSubnet(`${address}/${prefix}`);
  } catch {
    return undefined;
  }
}

export function stateOf(name: string, xml: string): NetworkState {
  const subnet = subnetIn(xml);
  return {
    name,
    bridge: attribute(find(root(xml, 'network'), 'bridge'), 'name') ?? '',
    subnet: subnet === undefined ? undefined : `${addressIn(subnet, 1)}/${subnet.prefix}`,
    machinesMax: subnet === undefined ? undefined : leasable(subnet).count,
  };
}

function prefixOf(netmask: string | undefined): number | undefined {
  if (netmask === undefined) return undefined;
  const bits = netmask
    .split('.')
    .map((byte) => Number(byte).toString(2).padStart(8, '0'))
    .join('');
  return bits.indexOf('0') < 0 ? 32 : bits.indexOf('0');
}
