import type { Pool, PoolChange } from '../../../api/client.ts';

export type NetworkKind = Pool['network']['kind'];

/** What the form asks. Numbers are '' while nothing is typed. */
export type NetworkForm = {
  kind: NetworkKind;
  subnet: string;
  bridge: string;
  vlan: number | '';
  openVSwitch: boolean;
  ipv6: boolean;
  neighbours: boolean;
};

/** The four kinds, in the console's words. */
export const NETWORKS: Readonly<Record<NetworkKind, { title: string; says: string }>> = {
  nat: {
    title: 'Out through the host',
    says: 'Machines reach everything the host does, under its address; nobody reaches them. Fits most.',
  },
  routed: {
    title: 'Routed',
    says: 'Machines keep their own addresses outside. Your router must know the way to their range.',
  },
  isolated: {
    title: 'Isolated',
    says: 'No way out, and no names: for exams, kiosks and what must not leak.',
  },
  bridge: {
    title: 'On a bridge',
    says: 'Machines stand in a network of yours, with addresses from its own server; with a tag, in a VLAN.',
  },
};

export const formOf = ({ subnet, bridge, vlan, ...rest }: Pool['network']): NetworkForm => ({
  ...rest,
  subnet: subnet ?? '',
  bridge: bridge ?? '',
  vlan: vlan ?? '',
});

/** What is sent: only what the kind has. */
export function networkOf(form: NetworkForm): NonNullable<PoolChange['network']> {
  const { kind, neighbours } = form;
  if (kind !== 'bridge') {
    const subnet = form.subnet.trim();
    return { kind, neighbours, subnet: subnet === '' ? null : subnet };
  }
  const { openVSwitch, ipv6, vlan } = form;
  return { kind, neighbours, bridge: form.bridge.trim(), openVSwitch, ipv6, vlan: vlan === '' ? null : vlan };
}

const SUBNET = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/;

/** How many machines a range has addresses for: all but its ends and 15 that are kept. Undefined: it is none. */
export function roomOf(text: string): number | undefined {
  const [, a, b, c, d, bits] = SUBNET.exec(text.trim()) ?? [];
  const prefix = Number(bits);
  if ([a, b, c, d].some((byte) => byte === undefined || Number(byte) > 255)) return undefined;
  return prefix >= 8 && prefix <= 27 ? 2 ** (32 - prefix) - 17 : undefined;
}

export function faultsOf(form: NetworkForm, machinesMax: number): Record<string, string | null> {
  if (form.kind === 'bridge') {
    return {
      bridge: /^[A-Za-z0-9_.-]{1,15}$/.test(form.bridge.trim())
        ? null
        : 'A bridge’s name on the hosts, as in br0',
      vlan:
        form.vlan === '' || (Number.isInteger(form.vlan) && form.vlan >= 1 && form.vlan <= 4_094)
          ? null
          : 'From 1 to 4,094',
    };
  }
  if (form.subnet.trim() === '') {
    return { subnet: form.kind === 'routed' ? 'Which range does your router send here?' : null };
  }
  const room = roomOf(form.subnet);
  if (room === undefined) return { subnet: 'A range from /8 to /27, as in 10.20.0.0/22' };
  return {
    subnet:
      room < machinesMax
        ? `It has addresses for ${room.toLocaleString('en')} machines; this pool may have ${machinesMax.toLocaleString('en')}`
        : null,
  };
}
