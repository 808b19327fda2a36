import { createHash } from 'node:crypto';
import { dialLibvirt, type HostChannel, Libvirt, LocalChannel } from '@orangery/libvirt';
import { type Clock, type Log, OrangeryError, type Rng } from '@orangery/std';
import type { Abilities, Accelerator, HostChange, HostCounters, HostDriver, HostFacts } from '../driver.ts';
import { lookAtAbilities } from './abilities.ts';
import { FileDedupe } from './dedupe.ts';
import { readCounters } from './counters.ts';
import { driverError, telling } from './errors.ts';
import { KvmMachines } from './machines.ts';
import { KvmMemorySharing } from './memory-sharing.ts';
import { KvmNetworks } from './networks.ts';
import { probeAccelerator } from './probe.ts';
import { probeCounts } from './probe-age.ts';
import { KvmStorage } from './storage.ts';
import { KvmTemplates } from './templates.ts';
import { find, root, textOf } from './xml.ts';

export type KvmOptions = {
  channel: HostChannel;
  installationId: string;
  clock: Clock;
  rng: Rng;
  log: Log;
  /** A folder of this machine for what is only worked with; without it nothing is deduplicated. */
  workFolder?: string;
};

/** Opens a host that runs libvirt and QEMU, over a channel that reaches its unix sockets. */
export async function openKvmDriver(options: KvmOptions): Promise<HostDriver> {
  const { channel, clock, rng, log } = options;
  try {
    const client = await Libvirt.connect({
      dial: dialLibvirt(channel),
      uri: 'qemu:///system',
      clock,
      rng,
      log,
    });
    return new KvmDriver(client, options);
  } catch (error) {
    await channel.close().catch(() => {});
    throw driverError(error, `host ${channel.describe()}`);
  }
}

type Probed = Pick<HostFacts, 'accelerator' | 'probe' | 'probedAtMs'>;

/** What a host cannot do is looked at again so soon: somebody may be at work on it. */
const DISABILITY_COUNTS_MS = 300_000;

class KvmDriver implements HostDriver {
  readonly kind = 'kvm';
  readonly installationId: string;
  readonly storage: KvmStorage;
  readonly networks: KvmNetworks;
  readonly machines: KvmMachines;
  readonly templates: KvmTemplates;
  readonly dedupe: FileDedupe | undefined;
  readonly memorySharing: KvmMemorySharing;
  readonly #client: Libvirt;
  readonly #options: KvmOptions;
  #probed: Promise<Probed> | undefined;
  #abilities: { atMs: number; look: Promise<Abilities> } | undefined;

  constructor(client: Libvirt, options: KvmOptions) {
    const { channel, installationId, clock } = options;
    this.#client = client;
    this.#options = options;
    this.installationId = installationId;
    this.storage = new KvmStorage(client, clock);
    this.networks = new KvmNetworks(client, installationId);
    this.machines = new KvmMachines({ client, channel, storage: this.storage, installationId, clock });
    this.memorySharing = new KvmMemorySharing(client, channel instanceof LocalChannel);
    const { workFolder } = options;
    if (workFolder !== undefined && channel instanceof LocalChannel) {
      this.dedupe = new FileDedupe({ storage: this.storage, clock, workFolder });
    }
    this.templates = new KvmTemplates({ client, machines: this.machines, storage: this.storage, clock });
  }

  inspect(pool: string, signal?: AbortSignal, known?: HostFacts): Promise<HostFacts> {
    const look = async (): Promise<HostFacts> => {
      const client = this.#client;
      const [{ hostname }, { hvVer }, { libVer }, node, free] = await Promise.all([
        client.call('connectGetHostname', {}),
        client.call('connectGetVersion', {}),
        client.call('connectGetLibVersion', {}),
        client.call('nodeGetInfo', {}),
        client.call('nodeGetFreeMemory', {}),
      ]);
      const version = (packed: bigint): string =>
        `${packed / 1_000_000n}.${(packed / 1000n) % 1000n}.${packed % 1000n}`;
      const versions = {
        hypervisor: 'QEMU',
        hypervisorVersion: version(hvVer),
        managementVersion: `libvirt ${version(libVer)}`,
      };
      if (known !== undefined && probeCounts(known, versions, this.#options.clock.now())) {
        this.#probed ??= Promise.resolve(known);
        if (worksAll(known.abilities))
          this.#abilities ??= { atMs: known.probedAtMs, look: Promise.resolve(known.abilities) };
      }
      const { accelerator, probe, probedAtMs } = await unlessAborted(this.#accelerator(pool), signal);
      return {
        hostname,
        ...versions,
        cpus: node.cpus,
        memoryBytes: Number(node.memory) * 1024,
        freeMemoryBytes: Number(free.freeMem),
        accelerator,
        probe,
        probedAtMs,
        abilities: await unlessAborted(this.#lookAtAbilities(), signal),
        hostClass: await this.#hostClass(accelerator, version(hvVer)),
      };
    };
    return telling(`host ${this.#options.channel.describe()}`, look, signal);
  }

  counters(): Promise<HostCounters> {
    return telling('counters of the host', () => readCounters(this.#client));
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
    await this.#options.channel.close();
  }

  async #lookAtAbilities(): Promise<Abilities> {
    const { clock, rng } = this.#options;
    const known = await this.#abilities?.look.catch(() => undefined);
    const ageMs = clock.now() - (this.#abilities?.atMs ?? 0);
    if (known !== undefined && (worksAll(known) || ageMs < DISABILITY_COUNTS_MS)) return known;
    const parts = { client: this.#client, rng, installationId: this.installationId };
    this.#abilities = { atMs: clock.now(), look: lookAtAbilities(parts) };
    return this.#abilities.look;
  }

  /** One probe for all who ask, whoever of them stops waiting. It is bounded by itself. */
  #accelerator(pool: string): Promise<Probed> {
    this.#probed ??= this.#probe(pool).catch((error: unknown) => {
      this.#probed = undefined;
      throw error;
    });
    return this.#probed;
  }

  async #probe(pool: string): Promise<Probed> {
    const { clock, rng } = this.#options;
    const parts = {
      client: this.#client,
      storage: this.storage,
      clock,
      rng,
      installationId: this.installationId,
    };
    const kvm = await probeAccelerator(parts, pool, 'kvm');
    const probedAtMs = clock.now();
    if (kvm.works) {
      return {
        accelerator: 'kvm',
        probe: `a guest booted with KVM in ${kvm.tookMs} ms`,
        probedAtMs,
      };
    }
    const tcg = await probeAccelerator(parts, pool, 'tcg');
    if (tcg.works) {
      return {
        accelerator: 'tcg',
        probe: `KVM does not work (${kvm.reason}); a guest booted emulated in ${tcg.tookMs} ms`,
        probedAtMs,
      };
    }
    throw new OrangeryError(
      'refused',
      `No guest boots on this host: KVM: ${kvm.reason}; emulated: ${tcg.reason}`,
      {
        fix: 'Run "./orangery doctor" and look at the host’s QEMU log in /var/log/libvirt/qemu.',
      },
    );
  }

  /** Saved memory restores where CPU, machine type and emulator are the same; the digest stands for the CPU's features. */
  async #hostClass(accelerator: Accelerator, qemu: string): Promise<string> {
    const { capabilities } = await this.#client.call('connectGetDomainCapabilities', {
      emulatorbin: null,
      arch: 'x86_64',
      machine: 'q35',
      virttype: accelerator === 'kvm' ? 'kvm' : 'qemu',
      flags: 0,
    });
    const domain = root(capabilities, 'domainCapabilities');
    const machine = textOf(find(domain, 'machine'));
    if (accelerator === 'tcg') return `${machine}/qemu-${qemu}/tcg-maximum`;
    const modes = capabilities.slice(capabilities.indexOf("<mode name='host-model'"));
    const hostModel = modes.slice(0, modes.indexOf('</mode>'));
    const digest = createHash('sha256').update(hostModel).digest('hex').slice(0, 12);
    const model = /<model[^>]*>([^<]+)</.exec(hostModel)?.[1] ?? 'unknown';
    return `${machine}/qemu-${qemu}/${model}-${digest}`;
  }
}

const worksAll = ({ cpuLimits, guards }: Abilities): boolean => cpuLimits.works && guards.works;

function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
