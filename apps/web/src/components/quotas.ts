import type { QuotaLimits, Resource } from '@orangery/contract';
import { bytes } from './format.ts';

/** In the order in which they are shown. */
export const RESOURCES: readonly { resource: Resource; title: string; field: string }[] = [
  { resource: 'sessions', title: 'Open sessions', field: 'Open sessions' },
  { resource: 'machines', title: 'Machines', field: 'Machines' },
  { resource: 'vcpus', title: 'vCPUs', field: 'vCPUs' },
  { resource: 'memoryMib', title: 'Memory', field: 'Memory in MiB' },
  { resource: 'diskGib', title: 'Disk', field: 'Disk in GiB' },
];

/** An amount as people read it: "12", "4 GiB". */
export function shown(resource: Resource, amount: number): string {
  if (resource === 'memoryMib') return amount === 0 ? '0' : bytes(amount * 2 ** 20);
  if (resource === 'diskGib') return amount === 0 ? '0' : bytes(amount * 2 ** 30);
  return String(amount);
}

/** How full it is, in percent; 100 where nothing at all is allowed, or more is used than is. */
export const fullness = (used: number, max: number): number =>
  max === 0 ? 100 : Math.min(100, Math.max(0, (used / max) * 100));

/** From here on it is worth a look. */
export const NEARLY_FULL = 90;

export const isLimited = (limits: QuotaLimits): boolean =>
  Object.values(limits).some((limit) => limit !== null);
