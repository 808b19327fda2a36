import { type QuotaLimits, type Resource, resources } from '@orangery/contract';

/** So much of each; MiB of memory, GiB of disk. */
export type Amounts = Readonly<Record<Resource, number>>;

export const NOTHING: Amounts = { vcpus: 0, memoryMib: 0, diskGib: 0, machines: 0, sessions: 0 };

export function added(a: Amounts, b: Partial<Amounts>): Amounts {
  const sum = { ...a };
  for (const resource of resources) sum[resource] += b[resource] ?? 0;
  return sum;
}

type Row = {
  vcpus: number | null;
  memory_mib: number | null;
  disk_gib: number | null;
  machines: number | null;
  sessions: number | null;
};

/** The limits in a row of `quota`. */
export const limitsOf = ({ vcpus, memory_mib, disk_gib, machines, sessions }: Row): QuotaLimits => ({
  vcpus,
  memoryMib: memory_mib,
  diskGib: disk_gib,
  machines,
  sessions,
});
