import { BlockList, isIP } from 'node:net';

/**
 * Addresses that nobody is to be reached at, whoever typed them: what a cloud tells its machines about themselves
 * (credentials, too) is link-local, and the rest names no one machine.
 */
const nowhere = new BlockList();
for (const [address, prefix] of [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['192.0.0.0', 24],
  ['224.0.0.0', 3],
] as const)
  nowhere.addSubnet(address, prefix, 'ipv4');
for (const [address, prefix] of [
  ['::', 128],
  ['fe80::', 10],
  ['fd00:ec2::254', 128],
  ['ff00::', 8],
] as const)
  nowhere.addSubnet(address, prefix, 'ipv6');

const ourselves = new BlockList();
ourselves.addSubnet('127.0.0.0', 8, 'ipv4');
ourselves.addAddress('::1', 'ipv6');

/**
 * Why an address that an administrator typed is not to be connected to; undefined: it may be. Addresses of the
 * organisation's own networks may: mail servers, log servers and hosts are there.
 *
 * @param address an IP address, resolved: the one that is connected to then, so that a name cannot change in between
 * @param ports on this machine itself only these: other services here trust whoever connects from it
 */
export function outwardObstacle(address: string, port: number, ports: readonly number[]): string | undefined {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  const family = isIP(plain) === 4 ? 'ipv4' : 'ipv6';
  if (isIP(plain) === 0) return `${address} is no address`;
  if (nowhere.check(plain, family)) return `${address} is not an address of a server of yours`;
  if (ourselves.check(plain, family) && !ports.includes(port))
    return `on this machine itself, only port ${ports.join(', ')} can be used`;
  return undefined;
}
