import { chmod, chown, mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { dialLibvirt, Libvirt, LocalChannel } from '@orangery/libvirt';
import { exists } from '../exists.ts';
import { type Clock, messageOf, OrangeryError } from '@orangery/std';
import { isAlive, run } from '../run.ts';

/** Who of us uses the daemons on this machine; the last one to go stops what the first one started. */
const USERS_FOLDER = '/run/orangery/libvirt-users';
const STARTED_FILE = '/run/orangery/libvirt-started';
const DAEMONS = ['virtlogd', 'virtlockd', 'libvirtd'] as const;
const START_TIMEOUT_MS = 30_000;

/** Makes libvirt answer: by systemd where it runs, else by hand. Says what it did. */
export async function startLibvirt(stateFolder: string, clock: Clock): Promise<string> {
  await mkdir(USERS_FOLDER, { recursive: true });
  await writeFile(userFile(stateFolder), stateFolder);
  const device = await giveKvmToItsGroup();
  if (await answers()) return device;
  if (await exists('/run/systemd/system')) {
    await run('systemctl', ['start', 'virtlogd.socket', 'virtlockd.socket', 'libvirtd.service']);
  } else {
    const started: number[] = [];
    for (const daemon of DAEMONS) {
      const known = await pidOf(daemon);
      if (known !== undefined && isAlive(known)) continue;
      await run(`/usr/sbin/${daemon}`, ['-d']);
      const pid = await pidOf(daemon);
      if (pid !== undefined) started.push(pid);
    }
    await writeFile(STARTED_FILE, started.join('\n'));
  }
  const deadline = clock.monotonicMs() + START_TIMEOUT_MS;
  for (;;) {
    const reason = await whyNot();
    if (reason === undefined) return `started${device === '' ? '' : `, ${device}`}`;
    if (clock.monotonicMs() > deadline) {
      throw new OrangeryError('libvirtSilent', `libvirtd was started but does not answer: ${reason}`, {
        fix: 'Look at /var/log/libvirt and at "journalctl -u libvirtd"; another libvirtd may hold its socket.',
      });
    }
    await clock.sleep(100);
  }
}

/** Lets go of the daemons; true when they were ours and nobody else uses them. */
export async function releaseLibvirt(stateFolder: string, clock: Clock): Promise<boolean> {
  await rm(userFile(stateFolder), { force: true });
  const others = await readdir(USERS_FOLDER).catch(() => []);
  const pids = (await readFile(STARTED_FILE, 'utf8').catch(() => ''))
    .split('\n')
    .map(Number)
    .filter((pid) => pid > 1);
  if (others.length > 0 || pids.length === 0) return false;
  for (const pid of pids.reverse()) {
    if (!isAlive(pid)) continue;
    process.kill(pid, 'SIGTERM');
    for (let tries = 0; tries < 100 && isAlive(pid); tries += 1) await clock.sleep(50);
  }
  await rm(STARTED_FILE, { force: true });
  return true;
}

const answers = async (): Promise<boolean> => (await whyNot()) === undefined;

async function whyNot(): Promise<string | undefined> {
  const channel = new LocalChannel();
  try {
    const client = await Libvirt.connect({ dial: dialLibvirt(channel), uri: 'qemu:///system' });
    await client.close();
    return undefined;
  } catch (error) {
    return messageOf(error);
  } finally {
    await channel.close();
  }
}

/**
 * Without udev nobody applies the distribution's rule for /dev/kvm (group kvm, mode 0660). Then QEMU, which runs as
 * another account than libvirtd, cannot open it, and libvirtd probes QEMU's abilities anew at each call: seconds each
 * (measured: 8 s instead of 0.03 s).
 */
async function giveKvmToItsGroup(): Promise<string> {
  const device = await stat('/dev/kvm').catch(() => undefined);
  if (device === undefined || (device.mode & 0o060) === 0o060 || (await exists('/run/udev/control')))
    return '';
  const gid = Number(/^kvm:[^:]*:(\d+):/m.exec(await readFile('/etc/group', 'utf8'))?.[1]);
  if (!Number.isInteger(gid)) return '';
  await chown('/dev/kvm', 0, gid);
  await chmod('/dev/kvm', 0o660);
  return '/dev/kvm given to group kvm';
}

async function pidOf(daemon: string): Promise<number | undefined> {
  const pid = Number(await readFile(`/run/${daemon}.pid`, 'utf8').catch(() => ''));
  return pid > 1 ? pid : undefined;
}

function userFile(stateFolder: string): string {
  return join(USERS_FOLDER, createHash('sha256').update(stateFolder).digest('hex').slice(0, 16));
}
