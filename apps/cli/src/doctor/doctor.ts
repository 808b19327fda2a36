import { X509Certificate } from 'node:crypto';
import { lookup } from 'node:dns/promises';
import { mkdir, open, readdir, readFile, rm, stat, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { freemem, hostname, networkInterfaces, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { openKvmDriver } from '@orangery/hypervisor';
import { exists } from '../exists.ts';
import { dialLibvirt, Libvirt, LocalChannel } from '@orangery/libvirt';
import { type Clock, messageOf, silentLog, systemRng } from '@orangery/std';
import { missingPackages, wantedPackages } from '../up/packages.ts';
import { DEFAULT_PORT, runningServer } from '../up/server.ts';
import type { Finding } from './finding.ts';
import { judge } from './judge.ts';
import { rangesMet, routes } from './ranges.ts';

/** Looks at everything Orangery stands on. Each look is told as soon as it is done. */
export async function doctor(
  options: { stateFolder: string; onFinding: (finding: Finding) => void },
  clock: Clock,
): Promise<Finding[]> {
  const { stateFolder, onFinding } = options;
  const findings: Finding[] = [];
  const tell = (...made: Finding[]): void => {
    for (const each of made) {
      findings.push(each);
      onFinding(each);
    }
  };
  const missing = await missingPackages(wantedPackages(false));
  tell(judge.packages(missing.map(({ name }) => name)));
  tell(judge.rights(await lookAtState(stateFolder)));
  tell(...(await lookAtDisk(stateFolder, clock)));
  tell(...(await lookAtMemory(clock)));
  tell(await lookAtClock());
  tell(
    judge.dns({
      hostname: hostname(),
      resolves: await lookup(hostname()).then(
        () => true,
        () => false,
      ),
    }),
  );
  tell(await lookAtPort(stateFolder));
  tell(await lookAtCertificate(stateFolder, clock));
  tell(judge.address(addresses()));
  tell(judge.ranges(rangesMet(await routes())));
  tell(judge.kvmDevice(await lookAtKvm()));
  tell(judge.otherDaemons(await libvirtDaemons()));
  const libvirt = await lookAtLibvirt();
  tell(judge.libvirt(libvirt));
  if (libvirt.reachable) tell(...(await lookAtHost(stateFolder, clock)));
  return findings;
}

async function lookAtState(path: string): Promise<{ path: string; mode: number; uid: number } | undefined> {
  const seen = await stat(path).catch(() => undefined);
  return seen === undefined ? undefined : { path, mode: seen.mode, uid: seen.uid };
}

const SPEED_BYTES = 64 << 20;

async function lookAtDisk(stateFolder: string, clock: Clock): Promise<Finding[]> {
  let path = stateFolder;
  while (!(await exists(path))) path = dirname(path);
  const { bavail, bsize } = await statfs(path);
  const file = join(path, `.doctor-${process.pid}`);
  const handle = await open(file, 'wx', 0o600);
  try {
    const chunk = Buffer.alloc(1 << 20, 0x5a);
    const startMs = clock.monotonicMs();
    for (let written = 0; written < SPEED_BYTES; written += chunk.length) await handle.write(chunk);
    await handle.sync();
    const seconds = (clock.monotonicMs() - startMs) / 1000;
    return judge.disk({ path, freeBytes: bavail * bsize, writeMbPerSecond: SPEED_BYTES / 1e6 / seconds });
  } finally {
    await handle.close();
    await rm(file, { force: true });
  }
}

const NEW_MEMORY_BYTES = 512 << 20;
const PAGE_BYTES = 4_096;

async function lookAtMemory(clock: Clock): Promise<Finding[]> {
  const availableBytes = await availableMemory();
  const bytes = Math.min(NEW_MEMORY_BYTES, Math.floor(availableBytes / 4));
  const startMs = clock.monotonicMs();
  const taken = Buffer.allocUnsafeSlow(bytes);
  for (let at = 0; at < bytes; at += PAGE_BYTES) taken[at] = 1;
  const seconds = (clock.monotonicMs() - startMs) / 1000;
  return judge.memory({ totalBytes: totalmem(), availableBytes, mbPerSecond: bytes / 1e6 / seconds });
}

async function availableMemory(): Promise<number> {
  const text = await readFile('/proc/meminfo', 'utf8').catch(() => '');
  const kib = Number(/^MemAvailable:\s+(\d+) kB/m.exec(text)?.[1]);
  return Number.isFinite(kib) ? kib * 1024 : freemem();
}

/** Whoever keeps the time leaves a sign: systemd-timesyncd a stamp, chrony and ntpd a process. */
async function lookAtClock(): Promise<Finding> {
  if (await exists('/run/systemd/timesync/synchronized')) {
    return judge.clock({ offsetMs: 0, source: 'systemd-timesyncd' });
  }
  const names = await commands();
  const keeper = ['chronyd', 'ntpd', 'ptp4l', 'phc2sys'].find((name) =>
    names.some(({ name: each }) => each === name),
  );
  return judge.clock(
    keeper === undefined
      ? { unknown: 'neither timesyncd nor chrony nor ntpd runs' }
      : { offsetMs: 0, source: keeper },
  );
}

async function lookAtPort(stateFolder: string): Promise<Finding> {
  const running = await runningServer(stateFolder);
  if (running !== undefined) return judge.port({ port: running.port, usedBy: 'us' });
  const saved = Number(await readFile(join(stateFolder, 'port'), 'utf8').catch(() => ''));
  const port = saved > 0 ? saved : DEFAULT_PORT;
  const taken = await new Promise<boolean>((resolve) => {
    const socket = connect({ port, host: '127.0.0.1', timeout: 1_000 });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
    socket.once('timeout', () => resolve(false));
  });
  return judge.port({ port, usedBy: taken ? 'another' : 'nobody' });
}

async function lookAtCertificate(stateFolder: string, clock: Clock): Promise<Finding> {
  const pem = await readFile(join(stateFolder, 'tls', 'server.crt'), 'utf8').catch(() => undefined);
  if (pem === undefined) return judge.certificate({ none: true });
  const certificate = new X509Certificate(pem);
  const names = (certificate.subjectAltName ?? '').split(', ').map((entry) => entry.replace(/^[^:]+:/, ''));
  const wanted = ['localhost', hostname()];
  return judge.certificate({
    validToMs: certificate.validToDate.getTime(),
    nowMs: clock.now(),
    names,
    wanted,
  });
}

function addresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .map((entry) => entry.address);
}

async function lookAtKvm(): Promise<{ exists: boolean; groupMayUse: boolean }> {
  const seen = await stat('/dev/kvm').catch(() => undefined);
  return {
    exists: seen !== undefined,
    groupMayUse: seen !== undefined && (seen.mode & 0o060) === 0o060 && seen.gid !== 0,
  };
}

/** Daemons of this machine's own process and mount namespace; those of containers are nobody's business here. */
async function libvirtDaemons(): Promise<string[]> {
  const own = await namespaceOf('self');
  const found: string[] = [];
  for (const { name, pid } of await commands()) {
    if (name !== 'libvirtd' && name !== 'virtqemud') continue;
    if ((await namespaceOf(String(pid))) === own) found.push(`${name} (process ${pid})`);
  }
  return found;
}

async function namespaceOf(pid: string): Promise<string> {
  const seen = await stat(`/proc/${pid}/ns/mnt`).catch(() => undefined);
  return String(seen?.ino ?? '');
}

async function commands(): Promise<{ name: string; pid: number }[]> {
  const pids = (await readdir('/proc')).map(Number).filter((pid) => pid > 0);
  const all = await Promise.all(
    pids.map(async (pid) => ({
      pid,
      name: (await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => '')).trim(),
    })),
  );
  return all.filter(({ name }) => name !== '');
}

async function lookAtLibvirt(): Promise<Parameters<typeof judge.libvirt>[0]> {
  const channel = new LocalChannel();
  try {
    const client = await Libvirt.connect({ dial: dialLibvirt(channel), uri: 'qemu:///system' });
    const { libVer } = await client.call('connectGetLibVersion', {});
    await client.close();
    return {
      reachable: true,
      version: `${libVer / 1_000_000n}.${(libVer / 1000n) % 1000n}.${libVer % 1000n}`,
    };
  } catch (error) {
    return { reachable: false, reason: messageOf(error), systemd: await exists('/run/systemd/system') };
  } finally {
    await channel.close();
  }
}

/** Boots the probe from a storage pool of its own, which is gone afterwards. */
async function lookAtHost(stateFolder: string, clock: Clock): Promise<Finding[]> {
  const installationId = systemRng.uuid();
  const name = `doctor-${installationId.slice(0, 8)}`;
  const path = join((await exists(stateFolder)) ? stateFolder : '/var/lib', name);
  const driver = await openKvmDriver({
    channel: new LocalChannel(),
    installationId,
    clock,
    rng: systemRng,
    log: silentLog,
  });
  try {
    await mkdir(path, { mode: 0o711 });
    await driver.storage.ensurePool({ name, path });
    const facts = await driver.inspect(name);
    return [judge.accelerator(facts), ...judge.abilities(facts.abilities)];
  } catch (error) {
    return [judge.accelerator({ failed: messageOf(error) })];
  } finally {
    await driver.storage.deletePool(name).catch(() => {});
    await driver.close();
    await rm(path, { recursive: true, force: true });
  }
}
