import type { Duplex, Readable } from 'node:stream';
import type { Picture } from './picture.ts';
import type {
  DiskDescription,
  MachineDescription,
  Mark,
  NetworkDescription,
  NicDescription,
} from './description.ts';

/**
 * What every hypervisor must be able to do for Orangery, and what it owes its caller.
 *
 * Obligations of each driver, checked by `testing/conformance.ts`:
 *
 * - **Only ours.** No method changes or deletes what does not carry `installationId` of this driver.
 *   `machines.list` shows everything, ours or not, and says which.
 * - **Again is harmless.** Every `ensure…`, `delete…`, `destroy` may be repeated; the second call finds the
 *   work done and says so by returning, not by failing.
 * - **Errors are typed.** What can be expected is an `OrangeryError` with a code of `driverErrors`; what the
 *   hypervisor said stands in `cause`.
 * - **Nothing waits for ever.** Each call ends, at the latest when its signal (with the signal's reason) or the driver's
 *   deadline does.
 * - **A host that comes back is used again.** A driver is opened once; while its host is away calls fail quickly with
 *   `hostUnreachable`, and they work again when it is back.
 * - **What only some hypervisors can do is a capability** (`templates`): absent, not faked.
 */
export type HostDriver = {
  readonly kind: 'kvm' | 'xen' | 'vsphere';
  readonly installationId: string;
  /**
   * What the host is and has now. The first call may take seconds, as it boots a probe from a volume of `pool`, which
   * must be there; later calls remember its outcome. `known` is what was found before, perhaps by a server that has been
   * stopped since: its probe counts for a day, while hypervisor and libvirt are of the same versions.
   */
  inspect(pool: string, signal?: AbortSignal, known?: HostFacts): Promise<HostFacts>;
  counters(): Promise<HostCounters>;
  readonly storage: StorageDriver;
  readonly networks: NetworkDriver;
  readonly machines: MachineDriver;
  /** Save a machine with its memory and fork it. KVM has it; Xen and VMware do not. */
  readonly templates?: TemplateDriver;
  /** Stores once what several volumes hold. Only where their files can be reached: on the server's own machine. */
  readonly dedupe?: DedupeDriver;
  /** The host's kernel keeps equal pages of its machines' memory once (KSM). */
  readonly memorySharing?: MemorySharingDriver;
  /** Calls `handler` when something of ours may have changed; a hint to look, never the truth itself. */
  onChange(handler: (change: HostChange) => void): () => void;
  close(): Promise<void>;
};

/** Codes of the errors a driver throws; anything else is a surprise. */
export const driverErrors = {
  hostUnreachable: 'the host cannot be reached now',
  accessDenied: 'the account on the host lacks a right',
  notFound: 'the machine, volume or pool is not there',
  notOurs: 'it exists but does not carry the mark of this installation',
  diskFull: 'the storage pool has no room',
  agentUnavailable: 'the guest agent does not answer',
  timedOut: 'no answer within the deadline; whether it was carried out, only a look can tell',
  refused: 'the hypervisor refused; its words are in the cause',
} as const;
export type DriverErrorCode = keyof typeof driverErrors;

export type Accelerator = 'kvm' | 'tcg';

export type HostFacts = {
  hostname: string;
  hypervisor: string;
  hypervisorVersion: string;
  managementVersion: string;
  cpus: number;
  memoryBytes: number;
  freeMemoryBytes: number;
  /** Found by booting something, never by the device file; `probe` tells how and how long it took. */
  accelerator: Accelerator;
  probe: string;
  /** Milliseconds since 1970. */
  probedAtMs: number;
  /** Machines saved on a host restore on every host of the same class: CPU model, machine type, emulator. */
  hostClass: string;
  abilities: Abilities;
};

/** Whether the host can do it, found by doing it; else why not, and how to make it so. */
export type Ability = { works: true } | { works: false; reason: string; fix: string };

export type Abilities = {
  /** Shares and caps of CPU time hold. Limits of disks are QEMU's own and always do. */
  cpuLimits: Ability;
  /** What machines send is kept to their own MAC and address. */
  guards: Ability;
};

/** What only grows, from the host's boot or the machine's start on: two looks make a load. */
export type HostCounters = {
  /** Time of all processors together, and what of it was work. */
  cpuBusyNs: bigint;
  cpuTotalNs: bigint;
  machines: MachineCounters[];
};

export type MachineCounters = {
  machineId: string;
  /** Requests to its disks, and how long all of them together took. */
  requests: bigint;
  waitedNs: bigint;
  readBytes: bigint;
  writtenBytes: bigint;
  /** By all its network cards, as the guest sees them. */
  receivedBytes: bigint;
  sentBytes: bigint;
  /** Of all its processors together. */
  cpuNs: bigint;
  /** What of the host's memory it holds now. */
  memoryBytes: number;
};

export type HostChange = { kind: 'machine'; machineId: string; what: string } | { kind: 'reconnected' };

export type StoragePool = {
  name: string;
  path: string;
  capacityBytes: number;
  availableBytes: number;
};

export type Volume = {
  name: string;
  path: string;
  /** What the guest sees. */
  virtualBytes: number;
  /** What it takes on the disk now. */
  allocatedBytes: number;
};

/** Volumes have no room for a mark: ours lie in a storage pool of our own, which carries the installation in its name. */
export type StorageDriver = {
  /** Defines, builds and starts the directory pool of this installation. */
  ensurePool(pool: { name: string; path: string }): Promise<StoragePool>;
  list(pool: string): Promise<Volume[]>;
  /** Of all volumes, by one call however many there are. */
  names(pool: string): Promise<string[]>;
  find(pool: string, name: string): Promise<Volume | undefined>;
  /** Forgets the pool of this installation, and removes its folder; refused while volumes are in it. */
  deletePool(pool: string): Promise<void>;
  /** A copy-on-write qcow2 volume on `backing`, which must lie in the same pool. */
  createOverlay(pool: string, overlay: { name: string; backing: string }): Promise<Volume>;
  /** An empty, sparse qcow2 volume; one that is there is left alone, whatever its size. */
  createEmpty(pool: string, volume: { name: string; virtualBytes: number }): Promise<Volume>;
  /** Makes what a guest sees larger, never smaller. No machine has the volume now. Its content is the guest's business. */
  grow(pool: string, name: string, virtualBytes: number): Promise<void>;
  /**
   * Streams a qcow2 file of `fileBytes` into a volume; one that is there completely is left alone. Until the last byte
   * has arrived it is no qcow2 volume, so an interrupted import is never taken for an image.
   */
  importVolume(
    pool: string,
    volume: { name: string; fileBytes: number },
    content: Readable,
    options?: { onProgress?: (sentBytes: number) => void; signal?: AbortSignal },
  ): Promise<Volume>;
  /**
   * A qcow2 volume with all that `from` shows, which stands on nothing. What an earlier call left half made is begun
   * anew; no machine writes to `from` meanwhile. Takes as long as its content is to copy.
   */
  flatten(pool: string, volume: { name: string; from: string }, signal?: AbortSignal): Promise<Volume>;
  /** Streams a file of any content into a volume, in place of what is there: whoever began it knows whether it ended. */
  importFile(
    pool: string,
    volume: { name: string; fileBytes: number },
    content: Readable,
    options?: { onProgress?: (sentBytes: number) => void; signal?: AbortSignal },
  ): Promise<Volume>;
  download(pool: string, name: string): Promise<Readable>;
  delete(pool: string, name: string): Promise<void>;
};

export type DedupeDriver = {
  /** Why it cannot be done on the pool, and what to do; undefined: it can. */
  obstacle(pool: string): Promise<string | undefined>;
  /**
   * Compares the volumes, 4 KiB by 4 KiB, and lets equal blocks lie once. The kernel compares each pair under its locks
   * before it shares them, so content never changes, also of volumes that machines write to meanwhile. Rejects with the
   * signal's reason; what was shared until then stays shared.
   */
  run(pool: string, volumes: readonly string[], options: DedupeOptions): Promise<DedupeResult>;
};

export type DedupeOptions = {
  signal: AbortSignal;
  /** Asked every two seconds; while it says no, everything stands still. */
  mayRun: () => Promise<boolean>;
  onProgress: (progress: { step: string; fraction: number }) => void;
};

/** Bytes in use on the pool's file system; what others write meanwhile is in it. */
export type DedupeResult = { usedBefore: number; usedAfter: number };

/** `on` is null where it cannot be told. */
export type MemorySharing = { on: boolean | null; savedBytes: number };

export type MemorySharingDriver = {
  /** `set` works here: only on the server's own machine. */
  readonly switchable: boolean;
  /** Undefined: the kernel cannot. */
  look(): Promise<MemorySharing | undefined>;
  set(on: boolean): Promise<void>;
};

export type NetworkState = {
  name: string;
  bridge: string;
  /** The host's own address in it, as in `10.20.0.1/22`; undefined on a bridge of others. */
  subnet: string | undefined;
  /** Machines whose cards have room in its range; undefined on a bridge of others. */
  machinesMax: number | undefined;
};

export type NetworkDriver = {
  /**
   * Makes the network with its guard, or starts the one there is. Refused, with what is in the way, when its range meets
   * one that the host has, or when the bridge is not there.
   */
  ensure(network: NetworkDescription): Promise<NetworkState>;
  /** Takes it down; `ensure` brings it up again. */
  stop(name: string): Promise<void>;
  /** Takes it away with its guard. Machines that are still plugged into it lose it. */
  delete(name: string): Promise<void>;
  /** Ours, with how many cards are plugged into each; a guard that was left alone counts as a network. */
  list(): Promise<{ name: string; cards: number }[]>;
};

/** As the hypervisor sees it, whoever made it. */
export type ObservedMachine = {
  id: string;
  name: string;
  state: MachineState;
  /** Undefined: not made by any Orangery. */
  mark: Mark | undefined;
};

export type MachineState = 'running' | 'paused' | 'starting' | 'stopping' | 'off' | 'crashed';

export type MachineUsage = {
  id: string;
  cpuTimeNs: bigint;
  memoryBytes: number;
  diskReadBytes: bigint;
  diskWriteBytes: bigint;
};

export type GuestResult = { exitCode: number; stdout: string; stderr: string };

export type MachineDriver = {
  list(): Promise<ObservedMachine[]>;
  find(id: string): Promise<ObservedMachine | undefined>;
  /** Boots it cold; it is gone from the hypervisor (not its disks) when it stops. */
  start(description: MachineDescription): Promise<void>;
  /** Ends it at once. Done when the hypervisor no longer knows it. */
  destroy(id: string): Promise<void>;
  /** Asks the guest to shut down; does not wait. */
  shutdown(id: string): Promise<void>;
  usage(): Promise<MachineUsage[]>;
  attachNic(id: string, nic: NicDescription): Promise<void>;
  nics(id: string): Promise<{ macAddress: string; addresses: string[] }[]>;
  /**
   * Plugs a volume in, which the guest then finds as /dev/disk/by-id/virtio-SERIAL (at most 20 letters, digits, `._-`).
   * Again is harmless. A volume that another machine writes to is refused.
   */
  attachDisk(id: string, disk: DiskDescription): Promise<void>;
  /** The volumes that the machine has, its own first; `serial` as they were plugged in. */
  disks(id: string): Promise<{ path: string; serial: string | undefined }[]>;
  /** What the machine shows now. */
  screenshot(id: string): Promise<Picture>;
  /** The machine's console: a stream that speaks RFB 3.8 with security type None. */
  dialConsole(id: string, signal?: AbortSignal): Promise<Duplex>;
  /** The host's end of a virtio channel of the machine. */
  dialChannel(id: string, channel: string, signal?: AbortSignal): Promise<Duplex>;
  /** Whether the guest's agent answers now. A machine that is gone does not; a host that is away is an error. */
  agentAnswers(id: string): Promise<boolean>;
  /**
   * Runs a program in the guest through its agent. Output is bounded: more than some megabytes are an error, after which
   * the guest's agent may be lost until it is started anew. A program that is not over after `timeoutMs`
   * (`timedOut`), or when the signal is aborted, goes on in the guest.
   */
  exec(
    id: string,
    command: { path: string; args?: string[]; input?: string; timeoutMs: number },
    signal?: AbortSignal,
  ): Promise<GuestResult>;
};

/** A template's parts on the storage pool; both never change once saved, apart from the save file's header. */
export type TemplateParts = {
  pool: string;
  /** The disk as it was when the memory was saved: the backing of every fork's disk. */
  diskVolume: string;
  /** The save file, with the machine's memory. */
  memoryVolume: string;
};

export type TemplateDriver = {
  /**
   * Saves the running machine with its memory into `memoryVolume` and ends it. `head` is the save file's beginning, which
   * every fork starts from: kept apart, as forks overwrite it in the file.
   */
  save(id: string, parts: TemplateParts): Promise<{ memoryBytes: number; head: Buffer }>;
  /**
   * Makes a running machine out of the saved one: `description.disk` must be an overlay on `parts.diskVolume`.
   * The caller holds an exclusive lock on the memory volume across all servers: its head is written anew for each fork
   * and must not change until the hypervisor has read it. After an error nothing that this call made runs, unless the
   * host went away; a machine of that id that ran before is left alone. CPUs, memory and display are the template's; limits and title are the fork's own.
   */
  fork(parts: TemplateParts, head: Buffer, description: MachineDescription): Promise<void>;
};
