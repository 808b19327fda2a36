/**
 * A machine, described apart from any hypervisor's own format. Sizes are in the unit of their names.
 */
export type MachineDescription = {
  /** The row's id; also the hypervisor's UUID of the machine. */
  id: string;
  name: string;
  title?: string;
  mark: Mark;
  cpus: number;
  memoryMib: number;
  firmware: 'bios' | 'uefi';
  disk: { pool: string; volume: string };
  /** A medium in its drive, from which it boots while nothing on its disk does. */
  cdrom?: { pool: string; volume: string };
  /** NICs the machine starts with. Templates start with none: a fork gets its own afterwards. */
  nics: NicDescription[];
  accelerator: 'kvm' | 'tcg';
  /** `host class` CPU model; `maximum` of the emulator where there is no hardware help. */
  cpu: { mode: 'maximum' } | { mode: 'hostModel' } | { mode: 'named'; model: string };
  display: { width: number; height: number };
  limits?: ResourceLimits;
};

export type NicDescription = { network: string; macAddress: string };

/** A volume that is plugged into a running machine. */
export type DiskDescription = { pool: string; volume: string; serial: string; limits?: ResourceLimits };

/** What neighbours can rely on (decision: no machine can starve another). Absent means the hypervisor's default. */
export type ResourceLimits = {
  /** Relative weight, 2 to 10,000. */
  cpuShares?: number;
  /** Hard cap in CPUs, e.g. 1.5. */
  cpuCap?: number;
  /** Guaranteed memory: kept by the host even when it is short. */
  memoryReservedMib?: number;
  readBytesPerSecond?: number;
  writeBytesPerSecond?: number;
  iopsPerSecond?: number;
};

/** What everything we create carries: whose it is, since which generation, and for which row. */
export type Mark = {
  installationId: string;
  /** Counts how often the installation's database was put back from a copy. */
  generation: number;
  kind: 'machine' | 'template' | 'network' | 'probe';
  rowId: string;
};
