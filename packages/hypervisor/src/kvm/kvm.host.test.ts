import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildImage, recipes } from '@orangery/images';
import { type PretendHost, startPretendHost } from '@orangery/lab';
import { dialLibvirt, type HostChannel, Libvirt, LocalChannel, SshChannel } from '@orangery/libvirt';
import { silentLog, systemClock, systemRng } from '@orangery/std';
import { afterAll, describe, expect, test } from 'vitest';
import { describeDriver } from '../testing/conformance.ts';
import type { Subject } from '../testing/bench.ts';
import { openKvmDriver } from './driver.ts';
import { checkRights } from './rights.ts';

const run = promisify(execFile);

/** Kept between runs: building takes longer than all the rest. */
const CACHE = process.env['ORANGERY_TEST_CACHE'] ?? '/var/cache/orangery-test';

async function image(): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const recipe = (await recipes()).find(({ name }) => name === 'debian-openbox');
  if (recipe === undefined) throw new Error('there is no recipe debian-openbox');
  return (await buildImage({ recipe, outDir: CACHE })).path;
}

/** Runs a program as root on the host that is tried: here, or inside the pretend host. */
type RunThere = (program: string, ...args: string[]) => Promise<unknown>;

async function subjectOn(
  channel: () => HostChannel,
  there: RunThere,
  parent: string,
): Promise<Omit<Subject, 'daemon'>> {
  const installationId = systemRng.uuid();
  const folder = join(parent, installationId);
  const small = join(folder, 'small');
  const open = { installationId, clock: systemClock, rng: systemRng, log: silentLog };
  const driver = await openKvmDriver({
    ...open,
    channel: channel(),
    workFolder: join('/var/tmp', `orangery-work-${installationId}`),
  });
  await there('mkdir', '-p', small);
  await there('mount', '-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', small);
  return {
    driver,
    poolPath: join(folder, 'pool'),
    // A pool's own folder is removed with it; a mount point cannot be.
    smallPoolPath: join(small, 'pool'),
    makeUnmarked: () => makeUnmarked(channel()),
    lockedBytes,
    async cleanup() {
      await there('umount', small);
      await there('rm', '-rf', folder);
      await rm(join('/var/tmp', `orangery-work-${installationId}`), { recursive: true, force: true });
    },
  };
}

/** Processes of a pretend host are this machine's too. */
async function lockedBytes(id: string): Promise<number> {
  const { stdout } = await run('pgrep', ['-f', `qemu-system.*-uuid ${id}`]);
  const status = await readFile(`/proc/${stdout.trim()}/status`, 'utf8');
  return Number(/^VmLck:\s+(\d+) kB/m.exec(status)?.[1]) * 1024;
}

async function makeUnmarked(channel: HostChannel): Promise<{ id: string; remove: () => Promise<void> }> {
  const client = await Libvirt.connect({ dial: dialLibvirt(channel), uri: 'qemu:///system' });
  const id = systemRng.uuid();
  const { dom } = await client.call('domainCreateXml', {
    xmlDesc: `<domain type='qemu'><name>unmarked-${id.slice(0, 8)}</name><uuid>${id}</uuid><memory unit='MiB'>16</memory>
      <os><type arch='x86_64' machine='q35'>hvm</type></os></domain>`,
    flags: 1,
  });
  return {
    id,
    async remove() {
      await client.call('domainDestroyFlags', { dom, flags: 0 });
      await client.close();
      await channel.close();
    },
  };
}

describe('KVM', () => {
  const folders: string[] = [];
  const mounts: string[] = [];
  let host: PretendHost | undefined;
  afterAll(async () => {
    await host?.stop();
    for (const mounted of mounts) await run('umount', [mounted]);
    for (const folder of folders) await rm(folder, { recursive: true, force: true });
  });

  const sshTo = ({ address, privateKey }: PretendHost): HostChannel => {
    const hostKey = { kind: 'known', fingerprints: [address.hostKeySha256] } as const;
    return new SshChannel({
      host: address.host,
      port: address.port,
      username: address.user,
      privateKey,
      hostKey,
    });
  };

  /** QEMU's account must pass through: /var/tmp lets it, a folder below /root would not. */
  async function folderFor(name: string): Promise<string> {
    const folder = await mkdtemp(`/var/tmp/orangery-${name}-`);
    await run('chmod', ['711', folder]);
    folders.push(folder);
    return folder;
  }

  /** A file system that can share blocks between files, in a file of its own. */
  async function sharingFolder(name: string): Promise<string> {
    const folder = await folderFor(name);
    const disk = join(folder, 'disk');
    const mounted = join(folder, 'xfs');
    await mkdir(mounted);
    await run('truncate', ['-s', '24G', disk]);
    await run('mkfs.xfs', ['-q', '-m', 'reflink=1', disk]);
    await run('mount', ['-o', 'loop', disk, mounted]);
    mounts.push(mounted);
    await run('chmod', ['711', mounted]);
    return mounted;
  }

  let here: Promise<string> | undefined;
  describeDriver(
    'on this machine',
    async () => {
      here ??= sharingFolder('kvm');
      return subjectOn(
        () => new LocalChannel(),
        (program, ...args) => run(program, args),
        await here,
      );
    },
    image,
  );

  let there: Promise<PretendHost> | undefined;
  const pretendHost = (): Promise<PretendHost> => {
    there ??= folderFor('lab').then(async (folder) => {
      const name = `k${systemRng.uuid().slice(0, 6)}`;
      host = await startPretendHost({ folder: join(folder, 'host'), name });
      return host;
    });
    return there;
  };
  describeDriver(
    'on a second host, over SSH, as an account with the least rights',
    async () => {
      const second = await pretendHost();
      return {
        ...(await subjectOn(() => sshTo(second), second.inside, second.storagePath)),
        daemon: { stop: () => second.stopLibvirt(), start: () => second.startLibvirt() },
      };
    },
    image,
  );

  describe('rights of the account', () => {
    const wrong = async (channel: HostChannel): Promise<string[]> => {
      const findings = await checkRights(channel);
      await channel.close();
      return findings.filter(({ ok }) => !ok).map(({ what }) => what.split(':')[0] ?? '');
    };
    const leaveGroup = async (group: string): Promise<void> => {
      const script = `sed '/^${group}:/s/,*orangery//' /etc/group > /run/group && cat /run/group > /etc/group`;
      await (await pretendHost()).inside('sh', '-c', script);
    };

    test('the documented ones suffice', async () => {
      expect(await wrong(sshTo(await pretendHost()))).toEqual([]);
      expect(await wrong(new LocalChannel())).toEqual([]);
    });

    test('each that is missing is named', async () => {
      const host = await pretendHost();
      await leaveGroup('libvirt-qemu');
      expect(await wrong(sshTo(host))).toEqual([
        'the account may open consoles of machines',
        'the account may open channels into machines',
      ]);
      await leaveGroup('libvirt');
      expect(await wrong(sshTo(host))).toEqual(['the account may use libvirt’s socket']);
    });
  });
});
