import type { Duplex } from 'node:stream';
import { constants, type Domain, type HostChannel, type Libvirt, paramsToObject } from '@orangery/libvirt';
import { type Clock, OrangeryError } from '@orangery/std';
import type { DiskDescription, MachineDescription, Mark, NicDescription } from '../description.ts';
import type { GuestResult, MachineDriver, MachineState, MachineUsage, ObservedMachine } from '../driver.ts';
import { parsePicture, type Picture } from '../picture.ts';
import { agentAnswers, exec } from './agent.ts';
import { diskElement, disksOf } from './disks.ts';
import { buildDomainXml, nicElement } from './domain-xml.ts';
import { isCode, telling } from './errors.ts';
import { mapBounded } from './map-bounded.ts';
import { MARK_NAMESPACE, markOf } from './mark.ts';
import type { KvmStorage } from './storage.ts';
import {
  attribute,
  buildXml,
  childrenOf,
  element,
  find,
  parseXml,
  root,
  textOf,
  type XmlNode,
} from './xml.ts';

const LEASES = 0;
/** A screen of 64 million pixels. */
const SCREENSHOT_BYTES_MAX = 200 << 20;
/** Marks never change; this many are remembered. */
const MARKS_MAX = 20_000;
/** Calls of one listing on their way; the connection is shared with everything else. */
const CALLS_AT_ONCE = 8;
/** QEMU starts within a second; a host that is short of everything may take its time. */
const START_TIMEOUT_MS = 120_000;
/** libvirt sends SIGTERM, after 10 s SIGKILL, and gives up after 40 s. */
const DESTROY_TIMEOUT_MS = 60_000;
const POLL_MS = 50;

/** By virDomainState. */
const STATES: readonly MachineState[] = [
  'starting',
  'running',
  'running',
  'paused',
  'stopping',
  'off',
  'crashed',
  'paused',
];
/** virDomainPausedReason of a machine whose QEMU is there, but that has not begun to run. */
const PAUSED_STARTING_UP = 11;

function stateOf(state: number, reason: number): MachineState {
  if (state === constants.domainState.paused && reason === PAUSED_STARTING_UP) return 'starting';
  return STATES[state] ?? 'starting';
}

/** A domain is known by its UUID alone; the daemon looks the rest up. */
export const reference = (id: string): Domain => ({ name: '', uuid: id, id: -1 });

export class KvmMachines implements MachineDriver {
  readonly #client: Libvirt;
  readonly #channel: HostChannel;
  readonly #storage: KvmStorage;
  readonly #installationId: string;
  readonly #clock: Clock;
  readonly #marks = new Map<string, Mark>();

  constructor(parts: {
    client: Libvirt;
    channel: HostChannel;
    storage: KvmStorage;
    installationId: string;
    clock: Clock;
  }) {
    this.#client = parts.client;
    this.#channel = parts.channel;
    this.#storage = parts.storage;
    this.#installationId = parts.installationId;
    this.#clock = parts.clock;
  }

  list(): Promise<ObservedMachine[]> {
    return telling('machines', async () => {
      const { retStats } = await this.#client.call('connectGetAllDomainStats', {
        doms: [],
        stats: constants.domainStats.state,
        flags: 0,
      });
      const machines = await mapBounded(retStats, CALLS_AT_ONCE, async ({ dom, params }) => {
        const values = paramsToObject(params);
        try {
          return {
            id: dom.uuid,
            name: dom.name,
            state: stateOf(Number(values['state.state'] ?? 0), Number(values['state.reason'] ?? 0)),
            mark: this.#marks.get(dom.uuid) ?? (await this.#readMark(dom)),
          };
        } catch (error) {
          // Gone since it was listed.
          if (isCode(error, 'libvirt.noDomain')) return undefined;
          throw error;
        }
      });
      return machines.filter((machine) => machine !== undefined);
    });
  }

  /** Reads the mark anew: what is changed or ended hangs on it. */
  find(id: string): Promise<ObservedMachine | undefined> {
    return telling(`machine ${id}`, async () => {
      try {
        const [{ dom }, { state, reason }, mark] = await Promise.all([
          this.#client.call('domainLookupByUuid', { uuid: id }),
          this.#client.call('domainGetState', { dom: reference(id), flags: 0 }),
          this.#readMark(reference(id)),
        ]);
        return { id, name: dom.name, state: stateOf(state, reason), mark };
      } catch (error) {
        if (isCode(error, 'libvirt.noDomain')) return undefined;
        throw error;
      }
    });
  }

  start(description: MachineDescription): Promise<void> {
    return telling(`start of ${description.name}`, async () => {
      const { disk, cdrom } = description;
      const { key } = await this.#storage.require(disk.pool, disk.volume);
      const medium =
        cdrom === undefined ? undefined : (await this.#storage.require(cdrom.pool, cdrom.volume)).key;
      await this.#client.call(
        'domainCreateXml',
        { xmlDesc: buildDomainXml(description, key, medium), flags: 0 },
        { timeoutMs: START_TIMEOUT_MS },
      );
    });
  }

  destroy(id: string): Promise<void> {
    return telling(`end of machine ${id}`, async () => {
      const machine = await this.find(id);
      if (machine === undefined) return;
      this.#requireOurs(machine);
      const deadline = this.#clock.monotonicMs() + DESTROY_TIMEOUT_MS;
      await this.#client
        .call('domainDestroyFlags', { dom: reference(id), flags: 0 }, { timeoutMs: DESTROY_TIMEOUT_MS })
        .catch((error: unknown) => {
          // Ended by itself in between.
          if (!isCode(error, 'libvirt.noDomain', 'libvirt.operationInvalid')) throw error;
        });
      // One that is just ending by itself is known for a moment longer, and holds its disk.
      while ((await this.find(id)) !== undefined) {
        if (this.#clock.monotonicMs() > deadline)
          throw new OrangeryError('timedOut', `${machine.name} was ended but does not go`);
        await this.#clock.sleep(POLL_MS);
      }
      this.#marks.delete(id);
    });
  }

  shutdown(id: string): Promise<void> {
    return telling(`shutdown of machine ${id}`, async () => {
      await this.requireOurs(id);
      await this.#client.call('domainShutdownFlags', { dom: reference(id), flags: 0 });
    });
  }

  usage(): Promise<MachineUsage[]> {
    return telling('usage of machines', async () => {
      const { cpuTotal, balloon, block } = constants.domainStats;
      const { retStats } = await this.#client.call('connectGetAllDomainStats', {
        doms: [],
        stats: cpuTotal | balloon | block,
        // One machine that is being saved, or whose QEMU hangs, must not hold up the numbers of all others.
        flags: constants.getAllDomainStats.nowait,
      });
      return retStats.map(({ dom, params }) => {
        const values = paramsToObject(params);
        const big = (name: string): bigint => {
          const value = values[name];
          return typeof value === 'bigint' || typeof value === 'number' ? BigInt(value) : 0n;
        };
        const disks = Array.from({ length: Number(values['block.count'] ?? 0) }, (_, index) => index);
        const sum = (field: string): bigint =>
          disks.reduce((total, index) => total + big(`block.${index}.${field}`), 0n);
        return {
          id: dom.uuid,
          cpuTimeNs: big('cpu.time'),
          memoryBytes: Number(values['balloon.rss'] ?? values['balloon.current'] ?? 0) * 1024,
          diskReadBytes: sum('rd.bytes'),
          diskWriteBytes: sum('wr.bytes'),
        };
      });
    });
  }

  attachNic(id: string, nic: NicDescription): Promise<void> {
    return telling(`network card of machine ${id}`, async () => {
      await this.requireOurs(id);
      const there = await this.#definition(id);
      if (macAddresses(there).includes(nic.macAddress.toLowerCase())) return;
      const xml = buildXml([nicElement(nic)]);
      await this.#client.call('domainAttachDeviceFlags', {
        dom: reference(id),
        xml,
        flags: constants.affect.live,
      });
    });
  }

  nics(id: string): Promise<{ macAddress: string; addresses: string[] }[]> {
    return telling(`network cards of machine ${id}`, async () => {
      const macs = macAddresses(await this.#definition(id));
      const { ifaces } = await this.#client.call('domainInterfaceAddresses', {
        dom: reference(id),
        source: LEASES,
        flags: 0,
      });
      return macs.map((macAddress) => ({
        macAddress,
        addresses: ifaces
          .filter((each) => each.hwaddr?.toLowerCase() === macAddress)
          .flatMap((each) => each.addrs.map(({ addr }) => addr)),
      }));
    });
  }

  attachDisk(id: string, disk: DiskDescription): Promise<void> {
    return telling(`disk ${disk.serial} of machine ${id}`, async () => {
      await this.requireOurs(id);
      const there = disksOf(await this.#definition(id));
      if (there.some(({ serial }) => serial === disk.serial)) return;
      const volume = await this.#storage.require(disk.pool, disk.volume);
      await this.#client.call('domainAttachDeviceFlags', {
        dom: reference(id),
        xml: buildXml([diskElement({ ...disk, path: volume.key }, there)]),
        flags: constants.affect.live,
      });
    });
  }

  disks(id: string): Promise<{ path: string; serial: string | undefined }[]> {
    return telling(`disks of machine ${id}`, async () =>
      disksOf(await this.#definition(id)).map(({ path, serial }) => ({ path, serial })),
    );
  }

  screenshot(id: string): Promise<Picture> {
    return telling(`screenshot of machine ${id}`, async () => {
      const { stream } = await this.#client.download('domainScreenshot', {
        dom: reference(id),
        screen: 0,
        flags: 0,
      });
      const chunks: Buffer[] = [];
      let bytes = 0;
      for await (const chunk of stream as AsyncIterable<Buffer>) {
        bytes += chunk.length;
        if (bytes > SCREENSHOT_BYTES_MAX) throw new OrangeryError('refused', 'The screenshot has no end');
        chunks.push(chunk);
      }
      return parsePicture(Buffer.concat(chunks, bytes));
    });
  }

  dialConsole(id: string, signal?: AbortSignal): Promise<Duplex> {
    return this.#dial(id, 'console', signal, (devices) => {
      const vnc = childrenOf(devices, 'graphics').find((each) => attribute(each, 'type') === 'vnc');
      return (
        attribute(vnc, 'socket') ??
        childrenOf(vnc, 'listen')
          .map((listen) => attribute(listen, 'socket'))
          .find((socket) => socket !== undefined)
      );
    });
  }

  dialChannel(id: string, channel: string, signal?: AbortSignal): Promise<Duplex> {
    return this.#dial(id, `channel ${channel}`, signal, (devices) => {
      const channels = childrenOf(devices, 'channel');
      const node = channels.find((each) => attribute(find(each, 'target'), 'name') === channel);
      return attribute(find(node, 'source'), 'path');
    });
  }

  agentAnswers(id: string): Promise<boolean> {
    return agentAnswers(this.#client, reference(id));
  }

  async exec(
    id: string,
    command: { path: string; args?: string[]; input?: string; timeoutMs: number },
    signal?: AbortSignal,
  ): Promise<GuestResult> {
    await this.requireOurs(id);
    return exec(this.#client, reference(id), this.#clock, command, signal);
  }

  /** Throws `notFound` or `notOurs`. */
  async requireOurs(id: string): Promise<ObservedMachine> {
    const machine = await this.find(id);
    if (machine === undefined) throw new OrangeryError('notFound', `The host knows no machine ${id}`);
    this.#requireOurs(machine);
    return machine;
  }

  #requireOurs(machine: { name: string; mark: Mark | undefined }): void {
    if (machine.mark?.installationId === this.#installationId) return;
    throw new OrangeryError('notOurs', `${machine.name} was not made by this installation: it is left alone`);
  }

  /** Dials a socket of one of our machines: whoever holds a console's end also types into it. */
  #dial(
    id: string,
    what: string,
    signal: AbortSignal | undefined,
    pathIn: (devices: XmlNode | undefined) => string | undefined,
  ): Promise<Duplex> {
    return telling(
      `${what} of machine ${id}`,
      async () => {
        const definition = await this.#definition(id);
        this.#requireOurs({ name: textOf(find(definition, 'name')), mark: markOf(definition) });
        const path = pathIn(find(definition, 'devices'));
        if (path === undefined) throw new OrangeryError('notFound', `Machine ${id} has no ${what}`);
        try {
          return await this.#channel.dialUnix(path, signal);
        } catch (error) {
          if (!isCode(error, 'libvirt.unreachable') || (await this.find(id)) === undefined) throw error;
          // libvirt answers, and the machine is there: what is closed is the socket, to the account that we are.
          throw new OrangeryError('accessDenied', `${path} cannot be opened on ${this.#channel.describe()}`, {
            cause: error,
            fix: 'The account needs the group libvirt-qemu, and sshd AllowStreamLocalForwarding: see docs/hosts.md.',
          });
        }
      },
      signal,
    );
  }

  async #definition(id: string): Promise<XmlNode> {
    const { xml } = await this.#client.call('domainGetXmlDesc', { dom: reference(id), flags: 0 });
    return root(xml, 'domain');
  }

  /** Rejects with libvirt.noDomain; undefined means that it bears no mark. */
  async #readMark(dom: Domain): Promise<Mark | undefined> {
    try {
      const { metadata } = await this.#client.call('domainGetMetadata', {
        dom,
        type: constants.metadata.element,
        uri: MARK_NAMESPACE,
        flags: 0,
      });
      // Libvirt hands the element out without its prefix's declaration.
      const mark = markOf(element('domain', {}, [element('metadata', {}, parseXml(metadata).map(declared))]));
      if (this.#marks.size >= MARKS_MAX) this.#marks.clear();
      // A machine of others may be defined anew with a mark; ours do not lose theirs.
      if (mark !== undefined) this.#marks.set(dom.uuid, mark);
      return mark;
    } catch (error) {
      if (isCode(error, 'libvirt.noDomainMetadata')) return undefined;
      throw error;
    }
  }
}

function declared(node: XmlNode): XmlNode {
  return {
    ...node,
    ':@': { ...(node[':@'] as object), '@xmlns': MARK_NAMESPACE, '@xmlns:orangery': MARK_NAMESPACE },
  };
}

function macAddresses(definition: XmlNode): string[] {
  return childrenOf(find(definition, 'devices'), 'interface')
    .map((each) => attribute(find(each, 'mac'), 'address')?.toLowerCase())
    .filter((mac) => mac !== undefined);
}
