import { OrangeryError } from '@orangery/std';

/** A range of IPv4 addresses: its first one and how many bits all share. */
export type Subnet = { base: number; prefix: number };

/** What DHCP leaves free at the beginning: the host's own address, and some for what people place by hand. */
const KEPT = 16;
/** Ranges of 4,094 addresses in 10.64.0.0/10, which few people use for their own networks. */
const OWN = { base: 0x0a_40_00_00, prefix: 10 } as const;
const OWN_PREFIX = 20;
const RANGES = 2 ** (OWN_PREFIX - OWN.prefix);
/** Neighbouring choices lie apart, so that two installations that begin near each other do not meet. */
const STRIDE = 61;

/** Reads `10.20.0.0/22`. Throws `badSubnet` when it is none, or has no room for a machine. */
export function parseSubnet(text: string): Subnet {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(text);
  const numbers = match?.slice(1).map(Number) ?? [];
  const [a = 256, b = 256, c = 256, d = 256, prefix = 33] = numbers;
  if ([a, b, c, d].some((byte) => byte > 255) || prefix < 8 || prefix > 27) {
    throw new OrangeryError('badSubnet', `${text} is no range of IPv4 addresses between /8 and /27`, {
      fix: 'As in 10.20.0.0/22.',
    });
  }
  return subnetOf(((a << 24) | (b << 16) | (c << 8) | d) >>> 0, prefix);
}

/** The range that an address lies in. */
export function subnetOf(address: number, prefix: number): Subnet {
  return { base: (address & maskOf(prefix)) >>> 0, prefix };
}

export function overlap(one: Subnet, other: Subnet): boolean {
  const mask = maskOf(Math.min(one.prefix, other.prefix));
  return (one.base & mask) === (other.base & mask);
}

/** `offset` 1 is the host's own address in it. */
export function addressIn({ base }: Subnet, offset: number): string {
  const at = base + offset;
  return [at >>> 24, (at >>> 16) & 255, (at >>> 8) & 255, at & 255].join('.');
}

export const textOfSubnet = (subnet: Subnet): string => `${addressIn(subnet, 0)}/${subnet.prefix}`;

/** What DHCP gives away. */
export function leasable(subnet: Subnet): { start: string; end: string; count: number } {
  const last = 2 ** (32 - subnet.prefix) - 2;
  return { start: addressIn(subnet, KEPT), end: addressIn(subnet, last), count: last - KEPT + 1 };
}

/** Ranges of our own, in the order they are tried; `seed` is of the installation. */
export function candidates(seed: number, taken: readonly Subnet[], count: number): Subnet[] {
  const all = Array.from({ length: RANGES }, (_, index) =>
    subnetOf(OWN.base + (((seed + index * STRIDE) % RANGES) << (32 - OWN_PREFIX)), OWN_PREFIX),
  );
  return all.filter((each) => !taken.some((other) => overlap(each, other))).slice(0, count);
}

function maskOf(prefix: number): number {
  return prefix === 0 ? 0 : (0xff_ff_ff_ff << (32 - prefix)) >>> 0;
}
