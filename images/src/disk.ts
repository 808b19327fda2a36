import { copyFile, mkdir, open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OrangeryError } from '@orangery/std';
import { exists } from './recipe.ts';
import { run } from './run.ts';

/**
 * The disk of an image:
 *
 *     0        protective MBR with syslinux' boot code, GPT
 *     1 MiB    boot partition, FAT: kernel, initramfs, and both boot loaders' menus; the ESP of UEFI machines and
 *              the partition that gptmbr.bin starts on BIOS machines (attribute 2, "legacy BIOS bootable")
 *     129 MiB  root partition, ext4, to the end
 */
const MIB = 1024 * 1024;
const SECTOR_BYTES = 512;
const BLOCK_BYTES = 4096;
const BOOT_START_BYTES = MIB;
/** Room for two kernels with their initramfs while they are replaced. */
const BOOT_BYTES = 128 * MIB;
const ROOT_START_BYTES = BOOT_START_BYTES + BOOT_BYTES;
/** The second copy of the GPT, rounded up to the alignment. */
const END_BYTES = MIB;
/** The boot code's room in the first sector, before the disk's signature and the partition entries. */
const BOOT_CODE_BYTES_MAX = 440;
const BOOT_CODE = '/usr/lib/syslinux/mbr/gptmbr.bin';
/** From "The Discoverable Partitions Specification": root of x86-64. */
const ROOT_TYPE = '4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709';
/** A journal beyond this only makes each linked clone's overlay larger. */
const JOURNAL_MEGABYTES = 32;

const KERNEL_ARGUMENTS = [
  'root=LABEL=orangery-root',
  'ro',
  'quiet',
  'loglevel=3',
  'systemd.show_status=false',
  'rd.udev.log_level=3',
  'vt.global_cursor_default=0',
  'net.ifnames=0',
  'cryptomgr.notests',
  'nowatchdog',
  'console=ttyS0',
  'console=tty0',
].join(' ');

/** Writes the sparse file `disk` with the root file system of the folder `root`. */
export async function makeDisk(options: {
  root: string;
  disk: string;
  /** A folder for the parts, which stay in it. */
  scratch: string;
  virtualBytes: number;
  /** Whether `root` has a kernel to boot. */
  bootable: boolean;
  signal: AbortSignal | undefined;
  onDetail: (within: number, detail: string) => void;
}): Promise<void> {
  const { root, disk, scratch, virtualBytes, signal, onDetail } = options;
  await writeFile(disk, '');
  await truncate(disk, virtualBytes);
  onDetail(0, 'partition table');
  const sectors = (bytes: number): number => bytes / SECTOR_BYTES;
  const rootBytes = virtualBytes - ROOT_START_BYTES - END_BYTES;
  const table = [
    'label: gpt',
    `start=${sectors(BOOT_START_BYTES)}, size=${sectors(BOOT_BYTES)}, type=U, name=boot, attrs=LegacyBIOSBootable`,
    `start=${sectors(ROOT_START_BYTES)}, size=${sectors(rootBytes)}, type=${ROOT_TYPE}, name=root`,
  ].join('\n');
  await run('sfdisk', ['--quiet', '--no-reread', '--no-tell-kernel', disk], { input: `${table}\n`, signal });

  onDetail(0.05, 'boot partition');
  const boot = join(scratch, 'boot.fat');
  await makeBootPartition(boot, root, scratch, options.bootable, signal);
  await copyInto(disk, boot, BOOT_START_BYTES);
  await copyInto(disk, BOOT_CODE, 0, BOOT_CODE_BYTES_MAX);

  onDetail(0.1, 'root file system');
  // The file is sparse: telling so saves the guest's kernel from zeroing inode tables in its first minutes.
  const extended = `offset=${ROOT_START_BYTES},root_owner=0:0,assume_storage_prezeroed=1,lazy_itable_init=0`;
  const args = ['-q', '-F', '-t', 'ext4', '-b', String(BLOCK_BYTES), '-m', '1', '-L', 'orangery-root'];
  args.push('-J', `size=${JOURNAL_MEGABYTES}`, '-E', extended, '-d', root);
  await run('mke2fs', [...args, disk, String(Math.floor(rootBytes / BLOCK_BYTES))], { signal });
  onDetail(0.95, 'writing to disk');
  const handle = await open(disk, 'r+');
  await handle.sync();
  await handle.close();
}

async function makeBootPartition(
  image: string,
  root: string,
  scratch: string,
  bootable: boolean,
  signal: AbortSignal | undefined,
): Promise<void> {
  await writeFile(image, '');
  await truncate(image, BOOT_BYTES);
  const hidden = String(BOOT_START_BYTES / SECTOR_BYTES);
  await run('mkfs.vfat', ['-n', 'ORANGERY', '-h', hidden, image], { signal });
  const tree = join(scratch, 'boot');
  await mkdir(join(tree, 'loader', 'entries'), { recursive: true });
  await writeFile(
    join(tree, 'syslinux.cfg'),
    `DEFAULT orangery\nPROMPT 0\nLABEL orangery\n  LINUX /vmlinuz\n  INITRD /initrd.img\n  APPEND ${KERNEL_ARGUMENTS}\n`,
  );
  await writeFile(join(tree, 'loader', 'loader.conf'), 'default orangery.conf\ntimeout 0\neditor no\n');
  await writeFile(
    join(tree, 'loader', 'entries', 'orangery.conf'),
    `title Orangery\nlinux /vmlinuz\ninitrd /initrd.img\noptions ${KERNEL_ARGUMENTS}\n`,
  );
  if (bootable) {
    await mkdir(join(tree, 'EFI', 'BOOT'), { recursive: true });
    const efi = join(root, 'usr/lib/systemd/boot/efi/systemd-bootx64.efi');
    await copyFile(efi, join(tree, 'EFI', 'BOOT', 'BOOTX64.EFI'));
    const kernel = await newestKernel(root);
    await copyFile(join(root, 'boot', `vmlinuz-${kernel}`), join(tree, 'vmlinuz'));
    await copyFile(join(root, 'boot', `initrd.img-${kernel}`), join(tree, 'initrd.img'));
  }
  const parts = (await readdir(tree)).sort().map((name) => join(tree, name));
  await run('mcopy', ['-s', '-i', image, ...parts, '::'], { signal, env: { MTOOLS_SKIP_CHECK: '1' } });
  await run('syslinux', ['--install', image], { signal });
}

/** @throws OrangeryError `badRecipe` when there is none */
async function newestKernel(root: string): Promise<string> {
  const names = (await readdir(join(root, 'boot'))).flatMap((name) => /^vmlinuz-(.+)$/.exec(name)?.[1] ?? []);
  const newest = names.sort(new Intl.Collator('en', { numeric: true }).compare).at(-1);
  if (newest === undefined || !(await exists(join(root, 'boot', `initrd.img-${newest}`)))) {
    throw new OrangeryError(
      'badRecipe',
      `looked for a kernel and its initramfs in ${root}/boot, found none`,
      {
        fix: 'A recipe with `guest: true` needs linux-image-amd64 and initramfs-tools.',
      },
    );
  }
  return newest;
}

/** Copies a file into a larger one at an offset, leaving out blocks of zeros (they are holes there already). */
async function copyInto(target: string, source: string, offset: number, bytesMax = Infinity): Promise<void> {
  const content = await readFile(source);
  const length = Math.min(content.length, bytesMax);
  const zeros = Buffer.alloc(BLOCK_BYTES);
  const handle = await open(target, 'r+');
  try {
    for (let at = 0; at < length; at += BLOCK_BYTES) {
      const block = content.subarray(at, Math.min(at + BLOCK_BYTES, length));
      if (!block.equals(zeros.subarray(0, block.length)))
        await handle.write(block, 0, block.length, offset + at);
    }
  } finally {
    await handle.close();
  }
}
