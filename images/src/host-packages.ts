/** A Debian package that building needs on this machine, and what for. */
export type HostPackage = { name: string; reason: string };

/** What `buildImage` runs, as Debian packages; `up` installs what is missing. */
export const hostPackages: readonly HostPackage[] = [
  { name: 'mmdebstrap', reason: 'unpacks and configures the packages of an image' },
  { name: 'debian-archive-keyring', reason: "checks the signatures of Debian's packages" },
  { name: 'e2fsprogs', reason: 'makes the root file system without mounting it (mke2fs -d)' },
  { name: 'dosfstools', reason: 'makes the boot partition' },
  { name: 'mtools', reason: 'fills the boot partition without mounting it' },
  { name: 'fdisk', reason: 'writes the partition table (sfdisk)' },
  { name: 'syslinux', reason: 'installs the boot loader for BIOS machines' },
  { name: 'syslinux-common', reason: 'the boot code of the partition table (gptmbr.bin)' },
  { name: 'qemu-utils', reason: 'writes the image as qcow2' },
  {
    name: 'util-linux',
    reason: 'locks builds against each other and ends them with their builder (flock, setpriv, unshare)',
  },
];
