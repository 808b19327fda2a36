import { chmod, chown, copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fingerprintOf } from '@orangery/libvirt';
import { invariant } from '@orangery/std';
import { run } from './run.ts';

/** The account that Orangery enters the host as: see docs/hosts.md for its rights, and why it needs no others. */
export const ACCOUNT = 'orangery';
/** Open libvirt's socket, and pass through QEMU's folder to the consoles' sockets. */
const GROUPS = ['libvirt', 'libvirt-qemu'];
const SYSTEM_ID_MAX = 999;

export type HostKeys = { hostKeySha256: string; privateKey: string };

/**
 * Writes what the host has of its own: names, accounts, settings of its daemons, keys. What is there stays (a host that
 * starts again is the same host), apart from what depends on its address.
 *
 * @param folder its `root/` is laid over this machine's file system inside the host
 */
export async function writeHostFiles(
  folder: string,
  host: { name: string; address: string; uuid: string },
): Promise<HostKeys> {
  const root = (path: string): string => join(folder, 'root', path);
  for (const path of ['etc/libvirt', 'etc/ssh', 'var/lib/orangery', 'var/lib/libvirt', 'var/log/libvirt'])
    await mkdir(root(path), { recursive: true });
  for (const script of ['host-init.sh', 'start-libvirt.sh'])
    await copyFile(new URL(script, import.meta.url), join(folder, script));
  await writeFile(root('etc/hostname'), `${host.name}\n`);
  await writeFile(root('etc/hosts'), `127.0.0.1 localhost\n${host.address} ${host.name}\n`);
  await writeAccount(root);
  await makeQemuFolder(root('var/lib/libvirt/qemu'));
  for (const [file, lines] of Object.entries(daemonSettings(host.uuid)))
    await writeFile(root(`etc/libvirt/${file}`), `${lines.join('\n')}\n`);
  await writeFile(root('etc/ssh/sshd_config'), `${sshdSettings(host.address).join('\n')}\n`);
  return makeKeys(root);
}

/** As Debian's package makes it: closed to all but QEMU's group. */
async function makeQemuFolder(path: string): Promise<void> {
  const entry = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((line) => line.startsWith('libvirt-qemu:'));
  const group = (await readFile('/etc/group', 'utf8'))
    .split('\n')
    .find((line) => line.startsWith('libvirt-qemu:'));
  const [uid, gid] = [Number(entry?.split(':')[2]), Number(group?.split(':')[2])];
  invariant(uid > 0 && gid > 0, 'the package libvirt-daemon-system makes the account libvirt-qemu');
  await mkdir(path, { recursive: true });
  await chown(path, uid, gid);
  await chmod(path, 0o750);
}

/** A copy of this machine's accounts with one more, so that this machine's own stay as they are. */
async function writeAccount(root: (path: string) => string): Promise<void> {
  const lines = async (path: string): Promise<string[]> =>
    (await readFile(path, 'utf8')).split('\n').filter((line) => line !== '');
  const others = (entries: string[]): string[] => entries.filter((line) => !line.startsWith(`${ACCOUNT}:`));
  const passwd = others(await lines('/etc/passwd'));
  const group = others(await lines('/etc/group'));
  const taken = new Set([...passwd, ...group].map((line) => Number(line.split(':')[2])));
  let id = SYSTEM_ID_MAX;
  while (taken.has(id)) id -= 1;
  const joined = group.map((line) => {
    const [name = '', , , members = ''] = line.split(':');
    if (!GROUPS.includes(name)) return line;
    return `${line.slice(0, line.lastIndexOf(':'))}:${[members, ACCOUNT].filter((each) => each !== '').join(',')}`;
  });
  // "*" is no password's hash, so none fits; "!" would lock the account for keys too (sshd(8), UsePAM no).
  const shadow = [...others(await lines('/etc/shadow')), `${ACCOUNT}:*:20000::::::`];
  const account = `${ACCOUNT}:x:${id}:${id}:Orangery:/nonexistent:/usr/sbin/nologin`;
  await writeFile(root('etc/passwd'), `${[...passwd, account].join('\n')}\n`);
  await writeFile(root('etc/group'), `${[...joined, `${ACCOUNT}:x:${id}:`].join('\n')}\n`);
  await writeFile(root('etc/shadow'), `${shadow.join('\n')}\n`, { mode: 0o640 });
}

function daemonSettings(uuid: string): Record<string, string[]> {
  const log = (daemon: string): string => `log_outputs = "3:file:/var/log/libvirt/${daemon}.log"`;
  return {
    'libvirtd.conf': [
      `host_uuid = "${uuid}"`,
      log('libvirtd'),
      // What Debian's polkit rule grants to group libvirt; there is no polkit here.
      'auth_unix_rw = "none"',
      'auth_unix_ro = "none"',
      'unix_sock_group = "libvirt"',
      'unix_sock_ro_perms = "0770"',
      'unix_sock_rw_perms = "0770"',
    ],
    'virtlogd.conf': [log('virtlogd')],
    'virtlockd.conf': [log('virtlockd')],
    // The control groups are this machine's: two daemons must not sort their machines into the same folders.
    'qemu.conf': ['cgroup_controllers = [ ]'],
  };
}

function sshdSettings(address: string): string[] {
  return [
    `ListenAddress ${address}:22`,
    'HostKey /etc/ssh/host_ed25519',
    'PidFile /run/sshd.pid',
    'AuthorizedKeysFile /etc/ssh/authorized_keys/%u',
    'AuthenticationMethods publickey',
    'PasswordAuthentication no',
    'KbdInteractiveAuthentication no',
    'PermitRootLogin no',
    'UsePAM no',
    `AllowUsers ${ACCOUNT}`,
    'LogLevel VERBOSE',
    `Match User ${ACCOUNT}`,
    // The one thing the account is for: sockets of the host, dialled from outside.
    '  AllowStreamLocalForwarding local',
    // Without it OpenSSH (measured: 9.2) denies the sockets too, and so it does with any PermitOpen.
    '  AllowTcpForwarding local',
    '  PermitListen none',
    '  AllowAgentForwarding no',
    '  X11Forwarding no',
    '  PermitTunnel no',
    '  PermitTTY no',
  ];
}

async function makeKeys(root: (path: string) => string): Promise<HostKeys> {
  const hostKey = root('etc/ssh/host_ed25519');
  const userKey = root('../user_ed25519');
  for (const file of [hostKey, userKey]) {
    const known = await readFile(file).catch(() => undefined);
    if (known === undefined) await run('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', '', '-f', file]);
  }
  await mkdir(root('etc/ssh/authorized_keys'), { recursive: true });
  await writeFile(root(`etc/ssh/authorized_keys/${ACCOUNT}`), await readFile(`${userKey}.pub`));
  const hostPublic = (await readFile(`${hostKey}.pub`, 'utf8')).split(' ')[1];
  invariant(hostPublic !== undefined, 'ssh-keygen writes type and key');
  return {
    hostKeySha256: fingerprintOf(Buffer.from(hostPublic, 'base64')),
    privateKey: await readFile(userKey, 'utf8'),
  };
}
