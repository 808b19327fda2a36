import { access, chmod, chown, readFile, stat } from 'node:fs/promises';
import { execFile } from 'node:child_process';
import net from 'node:net';
import { promisify } from 'node:util';

const run = promisify(execFile);

const SOCKET = '/run/libvirt/libvirt-sock';
const DAEMONS = ['virtlogd', 'virtlockd', 'libvirtd'] as const;
const END_TIMEOUT_MS = 10_000;
const POLL_MS = 50;

/** For the project "host": libvirtd answers on this machine. Stops at the end only what it started. */
export default async function setup(): Promise<() => Promise<void>> {
  await giveKvmToItsGroup();
  if ((await answers()) || (await exists('/run/systemd/system'))) return async () => {};
  const started: number[] = [];
  for (const daemon of DAEMONS) {
    if ((await pidOf(daemon)) !== undefined) continue;
    // Returns when its socket listens.
    await run(`/usr/sbin/${daemon}`, ['-d']);
    const pid = await pidOf(daemon);
    if (pid !== undefined) started.push(pid);
  }
  if (!(await answers())) throw new Error(`libvirtd was started but nobody listens on ${SOCKET}`);
  return async () => {
    for (const pid of started.reverse()) {
      if (!isAlive(pid)) continue;
      process.kill(pid, 'SIGTERM');
      for (let waitedMs = 0; isAlive(pid) && waitedMs < END_TIMEOUT_MS; waitedMs += POLL_MS) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
      }
    }
  };
}

/**
 * Where no udev applies the distribution's rule for /dev/kvm (group kvm, mode 0660), QEMU's account cannot open it, and
 * libvirtd probes QEMU anew at each call: 8 s instead of 0.03 s.
 */
async function giveKvmToItsGroup(): Promise<void> {
  const device = await stat('/dev/kvm').catch(() => undefined);
  if (device === undefined || (device.mode & 0o060) === 0o060 || (await exists('/run/udev/control'))) return;
  const gid = Number(/^kvm:[^:]*:(\d+):/m.exec(await readFile('/etc/group', 'utf8'))?.[1]);
  if (!Number.isInteger(gid)) return;
  await chown('/dev/kvm', 0, gid);
  await chmod('/dev/kvm', 0o660);
}

function answers(): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect(SOCKET);
    socket.once('error', () => resolve(false));
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
  });
}

async function pidOf(daemon: string): Promise<number | undefined> {
  const pid = Number(await readFile(`/run/${daemon}.pid`, 'utf8').catch(() => ''));
  return pid > 1 && isAlive(pid) ? pid : undefined;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
