import { createHash } from 'node:crypto';

/** Names of what we create on hosts. Volumes cannot carry a mark: their names and their pool say whose they are. */

export function storagePoolName(installationId: string): string {
  return `orangery-${installationId.slice(0, 8)}`;
}

/** The network that pools share which ask for nothing of their own. */
export function networkName(installationId: string): string {
  return `org-${installationId.slice(0, 8)}`;
}

/** Of `retry_at`: only a person tries it again. */
export const NEVER = new Date('9999-01-01T00:00:00Z');
/** A network of a pool's own, and its bridge: 15 characters. Another wish is another network. */
export function ownNetworkName(installationId: string, wish: readonly unknown[]): string {
  const digest = createHash('sha256').update(JSON.stringify(wish)).digest('hex');
  return `o${installationId.slice(0, 6)}-${digest.slice(0, 7)}`;
}

export const goldenVolume = (imageVersionId: string): string => `image-${imageVersionId}.qcow2`;
export const templateDisk = (templateId: string): string => `template-${templateId}.qcow2`;
export const templateMemory = (templateId: string): string => `template-${templateId}.save`;
export const machineDisk = (machineId: string): string => `machine-${machineId}.qcow2`;
/** Of a version that somebody changes: its disk, that disk on its own, and the installer's medium. */
export const draftDisk = (versionId: string): string => `draft-${versionId}.qcow2`;
export const draftFlat = (versionId: string): string => `flat-${versionId}.qcow2`;
export const draftMedium = (versionId: string): string => `medium-${versionId}.iso`;
export const profileVolume = (profileDiskId: string): string => `profile-${profileDiskId}.qcow2`;
/** Virtio disks have room for 20 characters. */
export const profileSerial = (profileDiskId: string): string =>
  `prof-${profileDiskId.replaceAll('-', '').slice(0, 12)}`;

const OURS = /^(image|template|machine|profile|draft|flat|medium)-([0-9a-f-]{36})\.(?:qcow2|save|iso)$/;
type VolumeKind = 'image' | 'template' | 'machine' | 'profile' | 'draft' | 'flat' | 'medium';

/** Which row a volume belongs to. */
export function volumeOwner(name: string): { kind: VolumeKind; id: string } | undefined {
  const match = OURS.exec(name);
  if (match === null) return undefined;
  const [, kind, id] = match;
  return { kind: kind as VolumeKind, id: id as string };
}

/** The disk of the guest that a driver boots to find out what a host can do; it lives for seconds. */
export const isProbeVolume = (name: string): boolean => /^probe-[0-9a-f-]{36}\.img$/.test(name);

/** A hypervisor's name for a template's machine. */
export const templateMachineName = (templateId: string): string => `template-${templateId.slice(0, 8)}`;

/** A hypervisor's name for the machine of a version that somebody changes. */
export const draftMachineName = (versionId: string): string => `draft-${versionId.slice(0, 8)}`;

/** Locally administered, QEMU's prefix; unique by the row's constraint. */
export function macAddress(bytes: Uint8Array): string {
  return [
    '52',
    '54',
    '00',
    ...[...bytes.subarray(0, 3)].map((byte) => byte.toString(16).padStart(2, '0')),
  ].join(':');
}
