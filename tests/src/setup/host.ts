import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { releaseLibvirt, startLibvirt } from '@orangery/cli/libvirt';
import { systemClock } from '@orangery/std';

/** For the project "host": libvirtd answers on this machine. The last who uses it, test or installation, stops it again. */
export default async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'orangery-host-tests-'));
  await startLibvirt(folder, systemClock);
  return async () => {
    await releaseLibvirt(folder, systemClock);
    await rm(folder, { recursive: true });
  };
}
