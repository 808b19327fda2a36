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

/**
 * A card on one of our networks. What it sends is checked by the network's guard: its own MAC, its own address.
 * `neighbours`: it may reach other machines of the network that may do so too.
 */
export type NicDescription = { network: string; macAddress: string; neighbours: boolean };

/**
 * A network of a host, as machines are plugged into it. One that is there keeps its kind, bridge and range for ever:
 * another wish is another network, under another name.
 */
export type NetworkDescription = {
  /** At most 15 characters: also the name of the bridge that is made for it. */
  name: string;
  mark: Mark;
  /** Machines of it may reach one another. What is allowed now holds for machines that run, too. */
  neighbours: boolean;
} & (
  | {
      /** nat: out through the host's own address. routed: with their own. isolated: nowhere. */
      kind: 'nat' | 'routed' | 'isolated';
      /** As in `10.20.0.0/22`; without it a free range of 4,094 addresses is found. */
      subnet?: string;
    }
  | {
      /** Machines stand on a bridge that the host's administrator made, beside what else is there. */
      kind: 'bridge';
      bridge: string;
      openVSwitch: boolean;
      /** 1 to 4094: their frames bear this tag beyond the bridge. */
      vlan?: number;
      ipv6: boolean;
    }
);

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
