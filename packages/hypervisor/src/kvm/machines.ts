import type { Duplex } from 'node:stream';
import { type Domain, type HostChannel, type Libvirt, paramsToObject } from '@orangery/libvirt';
import { type Clock, OrangeryError } from '@orangery/std';
import type { MachineDescription, Mark, NicDescription } from '../description.ts';
import type { GuestResult, MachineDriver, MachineState, MachineUsage, ObservedMachine } from '../driver.ts';
import { parsePicture, type Picture } from '../picture.ts';
import { agentAnswers, exec } from './agent.ts';
import { buildDomainXml, nicElement } from './domain-xml.ts';
import { isCode, telling } from './errors.ts';
import { MARK_NAMESPACE, markOf } from './mark.ts';
import type { KvmStorage } from './storage.ts';
import { attribute, buildXml, childrenOf, element, find, parseXml, root, type XmlNode } from './xml.ts';

const METADATA_ELEMENT = 2;
const AFFECT_LIVE = 1;
const STATS_STATE = 1;
const STATS_CPU_TOTAL = 2;
const STATS_BALLOON = 4;
const STATS_BLOCK = 32;
const LEASES = 0;
/** A screen of 64 million pixels. */
const SCREENSHOT_BYTES_MAX = 200 << 20;
/** Marks never change; this many are remembered. */
const MARKS_MAX = 20_000;

/** virDomainState, and for `paused` the reasons that mean a start or restore under way. */
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

/** A domain is known by its UUID alone; the daemon looks the rest up. */
export const reference = (id: string): Domain => ({ name: '', uuid: id, id: -1 });

export class KvmMachines implements MachineDriver {
  readonly #client: Libvirt;
  readonly #channel: HostChannel;
  readonly #storage: KvmStorage;
  readonly #installationId: string;
  readonly #clock: Clock;
  readonly #marks = new Map<string, Mark | undefined>();

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
        stats: STATS_STATE,
        flags: 0,
      });
      return Promise.all(
        retStats.map(async ({ dom, params }) => ({
          id: dom.uuid,
          name: dom.name,
          state: STATES[Number(paramsToObject(params)['state.state'] ?? 0)] ?? 'starting',
          mark: await this.#markOf(dom),
        })),
      );
    });
  }

  find(id: string): Promise<ObservedMachine | undefined> {
    return telling(`machine ${id}`, async () => {
      try {
        const { dom } = await this.#client.call('domainLookupByUuid', { uuid: id });
        const { state } = await this.#client.call('domainGetState', { dom, flags: 0 });
        return { id, name: dom.name, state: STATES[state] ?? 'starting', mark: await this.#markOf(dom) };
      } catch (error) {
        if (isCode(error, 'libvirt.noDomain')) return undefined;
        throw error;
      }
    });
  }

  start(description: MachineDescription): Promise<void> {
    return telling(`start of ${description.name}`, async () => {
      const disk = await this.#storage.require(description.disk.pool, description.disk.volume);
      await this.#client.call('domainCreateXml', {
        xmlDesc: buildDomainXml(description, disk.key),
        flags: 0,
      });
    });
  }

  destroy(id: string): Promise<void> {
    return telling(`end of machine ${id}`, async () => {
      const machine = await this.find(id);
      if (machine === undefined) return;
      this.#requireOurs(machine);
      await this.#client
        .call('domainDestroyFlags', { dom: reference(id), flags: 0 })
        .catch((error: unknown) => {
          // Ended by itself in between.
          if (!isCode(error, 'libvirt.noDomain', 'libvirt.operationInvalid')) throw error;
        });
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
      const stats = STATS_CPU_TOTAL | STATS_BALLOON | STATS_BLOCK;
      const { retStats } = await this.#client.call('connectGetAllDomainStats', { doms: [], stats, flags: 0 });
      return retStats.map(({ dom, params }) => {
        const values = paramsToObject(params);
        const big = (name: string): bigint => BigInt(Number(values[name] ?? 0));
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
      if (macAddresses(there).includes(nic.macAddress)) return;
      const xml = buildXml([nicElement(nic)]);
      await this.#client.call('domainAttachDeviceFlags', { dom: reference(id), xml, flags: AFFECT_LIVE });
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
          .filter((each) => each.hwaddr === macAddress)
          .flatMap((each) => each.addrs.map(({ addr }) => addr)),
      }));
    });
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
    return telling(`console of machine ${id}`, async () => {
      const graphics = childrenOf(find(await this.#definition(id), 'devices'), 'graphics');
      const vnc = graphics.find((each) => attribute(each, 'type') === 'vnc');
      const path =
        attribute(vnc, 'socket') ??
        childrenOf(vnc, 'listen')
          .map((listen) => attribute(listen, 'socket'))
          .find((socket) => socket !== undefined);
      if (path === undefined) throw new OrangeryError('notFound', `Machine ${id} has no console socket`);
      return this.#channel.dialUnix(path, signal);
    });
  }

  dialChannel(id: string, channel: string, signal?: AbortSignal): Promise<Duplex> {
    return telling(`channel ${channel} of machine ${id}`, async () => {
      const channels = childrenOf(find(await this.#definition(id), 'devices'), 'channel');
      const node = channels.find((each) => attribute(find(each, 'target'), 'name') === channel);
      const path = attribute(find(node, 'source'), 'path');
      if (path === undefined) throw new OrangeryError('notFound', `Machine ${id} has no channel ${channel}`);
      return this.#channel.dialUnix(path, signal);
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

  #requireOurs(machine: ObservedMachine): void {
    if (machine.mark?.installationId === this.#installationId) return;
    throw new OrangeryError('notOurs', `${machine.name} was not made by this installation: it is left alone`);
  }

  async #definition(id: string): Promise<XmlNode> {
    const { xml } = await this.#client.call('domainGetXmlDesc', { dom: reference(id), flags: 0 });
    return root(xml, 'domain');
  }

  async #markOf(dom: Domain): Promise<Mark | undefined> {
    if (this.#marks.has(dom.uuid)) return this.#marks.get(dom.uuid);
    const mark = await this.#readMark(dom);
    if (this.#marks.size >= MARKS_MAX) this.#marks.clear();
    // A machine of others may be defined anew with a mark; ours cannot lose theirs.
    if (mark !== undefined) this.#marks.set(dom.uuid, mark);
    return mark;
  }

  async #readMark(dom: Domain): Promise<Mark | undefined> {
    try {
      const { metadata } = await this.#client.call('domainGetMetadata', {
        dom,
        type: METADATA_ELEMENT,
        uri: MARK_NAMESPACE,
        flags: 0,
      });
      // Libvirt hands the element out without its prefix's declaration.
      return markOf(element('domain', {}, [element('metadata', {}, parseXml(metadata).map(declared))]));
    } catch (error) {
      if (isCode(error, 'libvirt.noDomainMetadata', 'libvirt.noDomain')) return undefined;
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
    .map((each) => attribute(find(each, 'mac'), 'address'))
    .filter((mac) => mac !== undefined);
}
