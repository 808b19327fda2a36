import type { Readable } from 'node:stream';
import {
  type HostChange,
  type HostCounters,
  type HostDriver,
  type HostFacts,
  KvmStorage,
  type MachineDescription,
  type NetworkDescription,
  type NetworkDriver,
  type NetworkState,
  type TemplateDriver,
  type TemplateParts,
  type Volume,
} from '@orangery/hypervisor';
import { TEST_URI } from '@orangery/lab';
import { constants, dialLibvirt, Libvirt, LocalChannel } from '@orangery/libvirt';
import { type Clock, type Log, OrangeryError, type Rng } from '@orangery/std';
import { FleetMachines } from './fleet-machines.ts';
import { type Delays, takes } from './guests.ts';

/** A host of the fleet as the server sees it. */
export type FleetHost = {
  socket: string;
  cpus: number;
  memoryGib: number;
  /** Processors that one machine keeps busy while it starts, and while it runs. */
  startingCpus: number;
  runningCpus: number;
  delays: Delays;
};

const RECONNECT = { firstMs: 100, maxMs: 1_000 };

export async function openFleetDriver(options: {
  host: FleetHost;
  name: string;
  installationId: string;
  clock: Clock;
  rng: Rng;
  log: Log;
}): Promise<HostDriver> {
  const { host, name, clock, rng, log } = options;
  const channel = new LocalChannel({ clock });
  try {
    const client = await Libvirt.connect({
      dial: dialLibvirt(channel, [host.socket]),
      uri: TEST_URI,
      reconnect: RECONNECT,
      clock,
      rng,
      log,
    });
    return new FleetDriver(client, channel, options);
  } catch (error) {
    await channel.close();
    throw new OrangeryError('hostUnreachable', `${name} cannot be reached`, { cause: error });
  }
}

class FleetDriver implements HostDriver {
  readonly kind = 'kvm';
  readonly installationId: string;
  readonly storage: FleetStorage;
  readonly networks: FleetNetworks;
  readonly machines: FleetMachines;
  readonly templates: TemplateDriver;
  readonly #client: Libvirt;
  readonly #channel: LocalChannel;
  readonly #host: FleetHost;
  readonly #name: string;
  readonly #clock: Clock;
  #forking = 0;
  #counted: { atMs: number; busyNs: number; totalNs: number } = { atMs: 0, busyNs: 0, totalNs: 0 };

  constructor(
    client: Libvirt,
    channel: LocalChannel,
    options: { host: FleetHost; name: string; installationId: string; clock: Clock; rng: Rng },
  ) {
    const { host, clock, rng, installationId, name } = options;
    const pace = (ms: number) => () => takes(clock, () => rng.fraction(), ms);
    const { delays } = host;
    this.installationId = installationId;
    this.#client = client;
    this.#channel = channel;
    this.#host = host;
    this.#name = name;
    this.#clock = clock;
    this.storage = new FleetStorage(client, clock);
    this.networks = new FleetNetworks();
    this.machines = new FleetMachines(
      { client, channel, storage: this.storage, installationId, clock },
      { execute: pace(delays.execMs), attach: pace(delays.attachMs), destroy: pace(delays.destroyMs) },
    );
    const [fork, save] = [pace(delays.forkMs), pace(delays.saveMs)];
    this.templates = {
      save: async (id, parts) => {
        await this.machines.requireOurs(id);
        await save();
        await this.storage.createRaw(parts.pool, parts.memoryVolume, HEAD.length);
        await this.machines.destroy(id);
        return { memoryBytes: HEAD.length, head: HEAD };
      },
      fork: (parts, _head, description) => this.#fork(parts, description, fork),
    };
  }

  async inspect(): Promise<HostFacts> {
    const { libVer } = await this.#client.call('connectGetLibVersion');
    const { cpus, memoryGib } = this.#host;
    return {
      hostname: this.#name,
      hypervisor: 'libvirt’s test driver',
      hypervisorVersion: String(libVer),
      managementVersion: String(libVer),
      cpus,
      memoryBytes: memoryGib * 2 ** 30,
      freeMemoryBytes: memoryGib * 2 ** 30,
      accelerator: 'kvm',
      probe: 'no guest runs here',
      probedAtMs: this.#clock.now(),
      hostClass: 'fleet',
      abilities: { cpuLimits: { works: true }, guards: { works: true } },
    };
  }

  /** The work of machines that run and of those that start, summed up over time. */
  async counters(): Promise<HostCounters> {
    const { retStats } = await this.#client.call('connectGetAllDomainStats', {
      doms: [],
      stats: constants.domainStats.state,
      flags: 0,
    });
    const { cpus, startingCpus, runningCpus } = this.#host;
    const atMs = this.#clock.monotonicMs();
    const tookNs = this.#counted.atMs === 0 ? 0 : (atMs - this.#counted.atMs) * 1e6;
    const busy = Math.min(cpus, this.#forking * startingCpus + retStats.length * runningCpus);
    this.#counted = {
      atMs,
      busyNs: this.#counted.busyNs + tookNs * busy,
      totalNs: this.#counted.totalNs + tookNs * cpus,
    };
    const { busyNs, totalNs } = this.#counted;
    return { cpuBusyNs: BigInt(Math.round(busyNs)), cpuTotalNs: BigInt(Math.round(totalNs)), machines: [] };
  }

  onChange(handler: (change: HostChange) => void): () => void {
    const stop = [
      this.#client.events.on('lifecycle', (event) => {
        handler({ kind: 'machine', machineId: event.dom.uuid, what: 'lifecycle' });
      }),
      this.#client.onReconnected(() => handler({ kind: 'reconnected' })),
    ];
    return () => {
      for (const each of stop) each();
    };
  }

  async close(): Promise<void> {
    await this.#client.close();
    await this.#channel.close();
  }

  async #fork(
    parts: TemplateParts,
    description: MachineDescription,
    wait: () => Promise<void>,
  ): Promise<void> {
    this.#forking += 1;
    try {
      await this.storage.require(description.disk.pool, description.disk.volume);
      await this.storage.require(parts.pool, parts.memoryVolume);
      await wait();
      await this.machines.start(description);
    } finally {
      this.#forking -= 1;
    }
  }
}

/** Stands for a save file's beginning, which no fork of a fleet reads. */
const HEAD = Buffer.from('fleet');

/** Volumes in the test driver's storage: they are there, with a name and a size, and hold nothing. */
class FleetStorage extends KvmStorage {
  readonly #client: Libvirt;

  constructor(client: Libvirt, clock: Clock) {
    super(client, clock);
    this.#client = client;
  }

  override async importVolume(
    pool: string,
    { name, fileBytes }: { name: string; fileBytes: number },
    content: Readable,
  ): Promise<Volume> {
    content.on('error', () => {});
    content.destroy();
    const vol = (await this.lookup(pool, name)) ?? (await this.createRaw(pool, name, fileBytes));
    const { capacity, allocation } = await this.#client.call('storageVolGetInfo', { vol });
    return {
      name,
      path: vol.key,
      virtualBytes: Number(capacity),
      allocatedBytes: Number(allocation),
    };
  }

  override importFile(): Promise<Volume> {
    return Promise.reject(new OrangeryError('refused', 'A fleet imports nothing'));
  }

  override flatten(): Promise<Volume> {
    return Promise.reject(new OrangeryError('refused', 'A fleet copies nothing'));
  }

  override download(): Promise<Readable> {
    return Promise.reject(new OrangeryError('refused', 'A fleet’s volumes hold nothing'));
  }
}

/** Networks that are there as soon as they are asked for. */
class FleetNetworks implements NetworkDriver {
  readonly #names = new Set<string>();

  ensure({ name }: NetworkDescription): Promise<NetworkState> {
    this.#names.add(name);
    return Promise.resolve({ name, bridge: name, subnet: '10.64.0.1/16', machinesMax: 65_000 });
  }

  stop(): Promise<void> {
    return Promise.resolve();
  }

  delete(name: string): Promise<void> {
    this.#names.delete(name);
    return Promise.resolve();
  }

  list(): Promise<{ name: string; cards: number }[]> {
    return Promise.resolve([...this.#names].map((name) => ({ name, cards: 0 })));
  }
}
