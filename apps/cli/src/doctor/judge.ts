import { isIP } from 'node:net';
import type { Abilities } from '@orangery/hypervisor';
import { type Finding, fault, fine, warning } from './finding.ts';

const GIB = 2 ** 30;
/** Golden image, template's disk and memory, and a few desktops. */
const DISK_FREE_MIN = 12 * GIB;
/** A clone's memory is read at this speed; below it a desktop takes longer than people wait. */
const DISK_SPEED_MIN_MB = 100;
const MEMORY_MIN = 4 * GIB;
/** Memory that is the machine's own comes at 2,000 MB/s and more; a desktop takes some 700 MB of it as it opens. */
const MEMORY_SPEED_MIN_MB = 1_000;
const CLOCK_OFF_MAX_MS = 2_000;
const CERTIFICATE_WARN_DAYS = 14;
const DAY_MS = 86_400_000;

const gib = (bytes: number): string => `${(bytes / GIB).toFixed(1)} GiB`;

/** Judgements apart from what they look at, so that every one of them can be tested. */
export const judge = {
  packages(missing: readonly string[]): Finding {
    if (missing.length === 0) return fine('packages', 'all Debian packages are there');
    return fault(
      'packages',
      `${missing.length} Debian packages are missing: ${missing.join(', ')}`,
      'Orangery runs libvirt, QEMU and PostgreSQL of the distribution.',
      `apt-get install --no-install-recommends ${missing.join(' ')}`,
    );
  },

  libvirt(
    seen: { reachable: true; version: string } | { reachable: false; reason: string; systemd: boolean },
  ): Finding {
    if (seen.reachable) return fine('libvirt', `libvirt ${seen.version} answers`);
    return fault(
      'libvirt',
      `libvirt does not answer: ${seen.reason}`,
      'Everything on a host goes through libvirt.',
      seen.systemd
        ? 'systemctl enable --now libvirtd'
        : './orangery up (starts it by hand where there is no systemd)',
    );
  },

  otherDaemons(commands: readonly string[]): Finding {
    if (commands.length <= 1) return fine('other libvirtd', 'no other libvirt daemon is in the way');
    return warning(
      'other libvirtd',
      `${commands.length} libvirt daemons run: ${commands.join('; ')}`,
      'Two daemons that see the same machines or sockets lose each other’s.',
      'Keep one: systemctl disable --now libvirtd (or virtqemud), or end the one that you started by hand.',
    );
  },

  accelerator(seen: { accelerator: 'kvm' | 'tcg'; probe: string } | { failed: string }): Finding {
    if ('failed' in seen) {
      return fault(
        'accelerator',
        `no guest boots: ${seen.failed}`,
        'Without an accelerator there is no machine.',
        'Look at the newest file in /var/log/libvirt/qemu.',
      );
    }
    if (seen.accelerator === 'kvm') return fine('accelerator', seen.probe);
    return warning(
      'accelerator',
      seen.probe,
      'Emulated guests work, but are ten times slower.',
      'Turn on VT-x or AMD-V in the firmware; inside a virtual machine, nested virtualization on the host below.',
    );
  },

  kvmDevice(seen: { exists: boolean; groupMayUse: boolean }): Finding {
    if (!seen.exists) {
      return warning(
        'kvm device',
        'there is no /dev/kvm',
        'Guests run emulated.',
        'modprobe kvm_intel (or kvm_amd)',
      );
    }
    if (seen.groupMayUse) return fine('kvm device', '/dev/kvm is open to its group');
    return fault(
      'kvm device',
      '/dev/kvm is closed to group kvm',
      'QEMU cannot open it, and libvirt asks QEMU for its abilities anew at each call: seconds each.',
      'chgrp kvm /dev/kvm && chmod 660 /dev/kvm',
    );
  },

  disk(seen: { path: string; freeBytes: number; writeMbPerSecond: number }): Finding[] {
    const { path, freeBytes, writeMbPerSecond } = seen;
    const room =
      freeBytes >= DISK_FREE_MIN
        ? fine('disk space', `${gib(freeBytes)} free in ${path}`)
        : fault(
            'disk space',
            `${gib(freeBytes)} free in ${path}`,
            `An image, its template and a few desktops take ${gib(DISK_FREE_MIN)}.`,
            'Free space, or name a folder on a larger disk: ./orangery up --state FOLDER',
          );
    const speed =
      writeMbPerSecond >= DISK_SPEED_MIN_MB
        ? fine('disk speed', `writes ${Math.round(writeMbPerSecond)} MB/s`)
        : warning(
            'disk speed',
            `writes only ${Math.round(writeMbPerSecond)} MB/s`,
            'A template’s memory is read for each desktop that opens.',
            'Put the state folder on an SSD.',
          );
    return [room, speed];
  },

  memory(seen: { totalBytes: number; availableBytes: number; mbPerSecond: number }): Finding[] {
    const what = `${gib(seen.availableBytes)} of ${gib(seen.totalBytes)} free`;
    const mb = Math.round(seen.mbPerSecond);
    return [
      seen.availableBytes >= MEMORY_MIN
        ? fine('memory', what)
        : warning('memory', what, 'A desktop takes 1 to 2 GiB.', 'End other programs, or add memory.'),
      seen.mbPerSecond >= MEMORY_SPEED_MIN_MB
        ? fine('memory speed', `new memory comes at ${mb} MB/s`)
        : warning(
            'memory speed',
            `new memory comes at only ${mb} MB/s`,
            'A desktop opens into new memory. This machine seems to be a virtual one whose host takes free memory back.',
            'In the hypervisor below, give this machine memory of its own: no ballooning, no free page reporting.',
          ),
    ];
  },

  clock(seen: { offsetMs: number; source: string } | { unknown: string }): Finding {
    if ('unknown' in seen) {
      return warning(
        'clock',
        `nothing keeps the clock right: ${seen.unknown}`,
        'Sessions, certificates and one-time codes depend on the time.',
        'apt-get install chrony',
      );
    }
    if (Math.abs(seen.offsetMs) <= CLOCK_OFF_MAX_MS) return fine('clock', `kept by ${seen.source}`);
    return fault(
      'clock',
      `off by ${Math.round(seen.offsetMs / 1000)} s (${seen.source})`,
      'Sessions, certificates and one-time codes depend on the time.',
      'chronyc makestep',
    );
  },

  dns(seen: { hostname: string; resolves: boolean }): Finding {
    if (seen.resolves) return fine('DNS', `${seen.hostname} resolves`);
    return warning(
      'DNS',
      `this machine’s own name ${seen.hostname} does not resolve`,
      'libvirt waits 40 s for it at each migration.',
      `echo "127.0.1.1 ${seen.hostname}" >> /etc/hosts`,
    );
  },

  port(seen: { port: number; usedBy: 'us' | 'nobody' | 'another' }): Finding {
    if (seen.usedBy === 'us') return fine('port', `Orangery listens on ${seen.port}`);
    if (seen.usedBy === 'nobody') return fine('port', `${seen.port} is free`);
    return fault(
      'port',
      `another program listens on ${seen.port}`,
      'Browsers cannot reach Orangery there.',
      `ss -ltnp "sport = :${seen.port}" tells which; or ./orangery up --port N`,
    );
  },

  certificate(
    seen:
      | { validToMs: number; nowMs: number; names: readonly string[]; wanted: readonly string[] }
      | { none: true },
  ): Finding {
    if ('none' in seen) return fine('certificate', 'is made at the first start');
    const days = Math.floor((seen.validToMs - seen.nowMs) / DAY_MS);
    const missing = seen.wanted.filter((name) => !seen.names.includes(name));
    if (days < 0 || missing.length > 0) {
      const what = days < 0 ? `ended ${-days} days ago` : `does not name ${missing.join(', ')}`;
      return fault(
        'certificate',
        what,
        'Browsers refuse it.',
        './orangery down && ./orangery up makes it anew',
      );
    }
    if (days < CERTIFICATE_WARN_DAYS) {
      return warning(
        'certificate',
        `ends in ${days} days`,
        'Browsers refuse it then.',
        './orangery down && ./orangery up',
      );
    }
    return fine('certificate', `valid for ${days} days, for ${seen.names.length} names`);
  },

  address(addresses: readonly string[]): Finding {
    const reachable = addresses.filter((address) => isIP(address) !== 0 && !isLoopback(address));
    if (reachable.length > 0)
      return fine('address', `browsers reach this machine at ${reachable.join(', ')}`);
    return warning(
      'address',
      'this machine has no address but loopback',
      'Only a browser on this machine can open a desktop.',
      'Connect it to a network, or forward the port: ssh -L 8443:localhost:8443 …',
    );
  },

  abilities(seen: Abilities): Finding[] {
    const { cpuLimits, guards } = seen;
    return [
      cpuLimits.works
        ? fine('CPU limits', 'shares and caps of CPU time hold')
        : warning(
            'CPU limits',
            `shares and caps of CPU time do not hold: ${cpuLimits.reason}`,
            'One machine at full speed takes from all others of the host.',
            cpuLimits.fix,
          ),
      guards.works
        ? fine('guards', 'machines are kept to their own MAC and address')
        : fault(
            'guards',
            `what machines send cannot be filtered: ${guards.reason}`,
            'Machines get their network card only behind a filter that keeps them to their own MAC and address.',
            guards.fix,
          ),
    ];
  },

  ranges(met: readonly { interface: string; range: string; whole: boolean }[]): Finding {
    if (met.length === 0) return fine('address ranges', '10.64.0.0/10 is free for the networks of machines');
    const what = met.map((each) => `${each.interface} has ${each.range}`).join(', ');
    if (met.some(({ whole }) => whole)) {
      return warning(
        'address ranges',
        `this machine uses what networks of machines take their ranges from: ${what}`,
        'Machines behind this host would not reach what lies in their own range.',
        'Give each pool a range that nothing here uses: ./orangery pool update POOL --network "nat 172.30.0.0/20"',
      );
    }
    return fine('address ranges', `enough of 10.64.0.0/10 is free; ${what}, which is left alone`);
  },

  rights(seen: { path: string; mode: number; uid: number } | undefined): Finding {
    if (seen === undefined) return fine('state folder', 'is made at the first start');
    if ((seen.mode & 0o022) !== 0) {
      return fault(
        'state folder',
        `${seen.path} may be written by others (mode ${(seen.mode & 0o777).toString(8)})`,
        'Who writes there can replace keys and disks.',
        `chmod go-w ${seen.path}`,
      );
    }
    if ((seen.mode & 0o001) === 0) {
      return fault(
        'state folder',
        `${seen.path} cannot be passed through by QEMU’s account (mode ${(seen.mode & 0o777).toString(8)})`,
        'Machines cannot reach their disks.',
        `chmod o+x ${seen.path}`,
      );
    }
    return fine('state folder', `${seen.path} has the right mode`);
  },
};

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.') || address.startsWith('fe80:');
}
