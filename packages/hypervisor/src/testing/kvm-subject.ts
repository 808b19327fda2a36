import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { buildImage, recipes } from '@orangery/images';
import { dialLibvirt, type HostChannel, Libvirt } from '@orangery/libvirt';
import { silentLog, systemClock, systemRng } from '@orangery/std';
import { openKvmDriver } from '../kvm/driver.ts';
import type { Subject } from './bench.ts';

const run = promisify(execFile);

/** Kept between runs: building takes longer than all the rest. */
const CACHE = process.env['ORANGERY_TEST_CACHE'] ?? '/var/cache/orangery-test';

export async function image(): Promise<string> {
  await mkdir(CACHE, { recursive: true });
  const recipe = (await recipes()).find(({ name }) => name === 'debian-openbox');
  if (recipe === undefined) throw new Error('there is no recipe debian-openbox');
  return (await buildImage({ recipe, outDir: CACHE })).path;
}

/** Runs a program as root on the host that is tried: here, or inside the pretend host. */
export type RunThere = (program: string, ...args: string[]) => Promise<unknown>;

/** A host as the conformance suite tries it, with folders of its own below `parent`. */
export async function subjectOn(
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

/** QEMU's account must pass through: /var/tmp lets it, a folder below /root would not. */
export async function folderFor(name: string): Promise<string> {
  const folder = await mkdtemp(`/var/tmp/orangery-${name}-`);
  await run('chmod', ['711', folder]);
  return folder;
}
