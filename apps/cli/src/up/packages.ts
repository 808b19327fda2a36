import { readFile } from 'node:fs/promises';
import { hostPackages } from '@orangery/images';
import { OrangeryError } from '@orangery/std';
import { run } from '../run.ts';

export type Package = { name: string; reason: string };

/** What a machine needs to run Orangery and to be its first host. */
const serverPackages: readonly Package[] = [
  { name: 'libvirt-daemon-system', reason: 'runs virtual machines' },
  { name: 'libvirt-clients', reason: 'virsh, to look for yourself' },
  { name: 'qemu-system-x86', reason: 'the hypervisor' },
  { name: 'qemu-block-extra', reason: 'disks on iSCSI, NFS and Ceph' },
  { name: 'qemu-utils', reason: 'disk images' },
  { name: 'ovmf', reason: 'UEFI for machines' },
  { name: 'dnsmasq-base', reason: 'addresses for machines' },
  { name: 'nftables', reason: 'lets machines reach the network' },
  { name: 'iptables', reason: 'keeps machines to their own addresses (ebtables)' },
  { name: 'iproute2', reason: 'bridges for machines' },
  { name: 'ffmpeg', reason: 'what plays on a desktop is sent as video' },
  { name: 'duperemove', reason: 'stores equal content of disks once' },
  { name: 'postgresql', reason: 'holds all state, in a cluster of its own' },
  { name: 'util-linux', reason: 'locks, so that two starts do not meet' },
];

/** What the tests need besides. */
const testPackages: readonly Package[] = [
  { name: 'chromium', reason: 'the browser of the journeys' },
  { name: 'openssh-server', reason: 'a second host, reached over SSH' },
  { name: 'openssh-client', reason: 'keys for it' },
  { name: 'xfsprogs', reason: 'a file system that can share blocks' },
  { name: 'procps', reason: 'to see that no process is left behind' },
  { name: 'curl', reason: 'benches speak to the state folder’s socket' },
  { name: 'openssl', reason: 'throw-away certificates for benches' },
  { name: 'samba-ad-dc', reason: 'a domain of Active Directory' },
  { name: 'samba-ad-provision', reason: 'makes that domain' },
  { name: 'samba-dsdb-modules', reason: 'its directory' },
  { name: 'samba-vfs-modules', reason: 'its folders, which making it wants' },
  { name: 'winbind', reason: 'its accounts' },
  { name: 'slapd', reason: 'a directory of people (OpenLDAP)' },
  { name: 'bsdutils', reason: 'a terminal for shells that complete' },
  { name: 'zsh', reason: 'the command line is completed in it, as in bash' },
  { name: 'python3-libvirt', reason: 'the peer that the RPC client is measured beside' },
];

export function wantedPackages(forTests: boolean): Package[] {
  const all = [...serverPackages, ...hostPackages, ...(forTests ? testPackages : [])];
  return all.filter((each, index) => all.findIndex((other) => other.name === each.name) === index);
}

/** Those of `packages` that are not installed. */
export async function missingPackages(packages: readonly Package[]): Promise<Package[]> {
  const status = await readFile('/var/lib/dpkg/status', 'utf8').catch(() => '');
  const installed = new Set<string>();
  for (const entry of status.split('\n\n')) {
    const name = /^Package: (.+)$/m.exec(entry)?.[1];
    if (name !== undefined && /^Status: .* installed$/m.test(entry)) installed.add(name);
  }
  return packages.filter(({ name }) => !installed.has(name));
}

export async function installPackages(
  packages: readonly Package[],
  onOutput: (line: string) => void,
): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new OrangeryError(
      'notRoot',
      `${packages.length} Debian packages are missing, and only root may install them`,
      {
        fix: `sudo apt-get install --no-install-recommends ${packages.map(({ name }) => name).join(' ')}`,
      },
    );
  }
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  await run('apt-get', ['update'], { env, onOutput });
  // Daemons are started by `up` itself, not by their packages, where there is no systemd.
  const names = packages.map(({ name }) => name);
  await run('apt-get', ['install', '-y', '--no-install-recommends', ...names], { env, onOutput });
}
