import { execFile } from 'node:child_process';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { LocalChannel } from '@orangery/libvirt';
import { afterAll, describe } from 'vitest';
import { describeDriver } from '../testing/conformance.ts';
import { folderFor, image, subjectOn } from '../testing/kvm-subject.ts';

const run = promisify(execFile);

describe('KVM', () => {
  let folder: string | undefined;
  let mounted: string | undefined;
  afterAll(async () => {
    if (mounted !== undefined) await run('umount', [mounted]);
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  /** A file system that can share blocks between files, in a file of its own. */
  async function sharingFolder(): Promise<string> {
    folder = await folderFor('kvm');
    const disk = join(folder, 'disk');
    const mountPoint = join(folder, 'xfs');
    await mkdir(mountPoint);
    await run('truncate', ['-s', '24G', disk]);
    await run('mkfs.xfs', ['-q', '-m', 'reflink=1', disk]);
    await run('mount', ['-o', 'loop', disk, mountPoint]);
    mounted = mountPoint;
    await run('chmod', ['711', mounted]);
    return mounted;
  }

  let here: Promise<string> | undefined;
  describeDriver(
    'on this machine',
    async () => {
      here ??= sharingFolder();
      return subjectOn(
        () => new LocalChannel(),
        (program, ...args) => run(program, args),
        await here,
      );
    },
    image,
  );
});
