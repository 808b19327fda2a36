import { constants, type Libvirt } from '@orangery/libvirt';
import { type Clock, OrangeryError } from '@orangery/std';
import type { MachineDescription } from '../description.ts';
import type { TemplateDriver, TemplateParts } from '../driver.ts';
import { telling } from './errors.ts';
import { type KvmMachines, reference } from './machines.ts';
import { forkXml, headBytes, HEADER_BYTES, parseHead, replaceXml } from './save-file.ts';
import type { KvmStorage } from './storage.ts';
import { trimMemory } from './trim.ts';

/** 1.5 s here; the memory of a large machine comes from a slow disk in minutes. */
const RESTORE_TIMEOUT_MS = 300_000;
/** What a fork writes before anybody uses it: with less room it stands still at once. */
const FORK_ROOM_BYTES = 64 << 20;

export class KvmTemplates implements TemplateDriver {
  readonly #client: Libvirt;
  readonly #machines: KvmMachines;
  readonly #storage: KvmStorage;
  readonly #clock: Clock;

  constructor(parts: { client: Libvirt; machines: KvmMachines; storage: KvmStorage; clock: Clock }) {
    this.#client = parts.client;
    this.#machines = parts.machines;
    this.#storage = parts.storage;
    this.#clock = parts.clock;
  }

  save(id: string, parts: TemplateParts): Promise<{ memoryBytes: number; head: Buffer }> {
    return telling(`save of machine ${id}`, async () => {
      await this.#machines.requireOurs(id);
      const to = `${await this.#storage.pathOf(parts.pool)}/${parts.memoryVolume}`;
      await trimMemory({ client: this.#client, clock: this.#clock }, id);
      await this.#client.call('domainSaveFlags', {
        dom: reference(id),
        to,
        dxml: null,
        // Whatever state it is in now, its forks run.
        flags: constants.domainSave.running,
      });
      await this.#storage.refresh(parts.pool);
      const vol = await this.#storage.require(parts.pool, parts.memoryVolume);
      const header = await this.#storage.readAt(vol, 0, HEADER_BYTES);
      const head = await this.#storage.readAt(vol, 0, headBytes(header));
      parseHead(head);
      const described = await this.#storage.find(parts.pool, parts.memoryVolume);
      return { memoryBytes: described?.allocatedBytes ?? 0, head };
    });
  }

  fork(parts: TemplateParts, head: Buffer, description: MachineDescription): Promise<void> {
    return telling(`fork of ${description.name}`, async () => {
      const running = await this.#machines.find(description.id);
      if (running !== undefined) {
        throw new OrangeryError(
          'refused',
          `${description.name} is ${running.state} already: it is not forked over`,
        );
      }
      const { pool, volume } = description.disk;
      const [disk, memory] = await Promise.all([
        this.#storage.require(pool, volume),
        this.#storage.require(parts.pool, parts.memoryVolume),
        this.#storage.requireRoom(pool, FORK_ROOM_BYTES),
      ]);
      const header = await this.#storage.readAt(memory, 0, HEADER_BYTES);
      if (headBytes(header) !== head.length) {
        throw new OrangeryError(
          'refused',
          `${parts.memoryVolume} is not the template that ${description.name} was to be forked from: it was saved anew`,
        );
      }
      const made = replaceXml(head, forkXml(parseHead(head).xml, description, disk.key));
      await this.#storage.uploadAt(memory, 0, [made]);
      await this.#restore(description, memory.key);
    });
  }

  async #restore(description: MachineDescription, from: string): Promise<void> {
    try {
      await this.#client.call(
        'domainRestoreFlags',
        { from, dxml: null, flags: constants.domainSave.running },
        { timeoutMs: RESTORE_TIMEOUT_MS },
      );
      const machine = await this.#machines.find(description.id);
      if (machine?.state === 'running') return;
      throw new OrangeryError(
        'refused',
        `${description.name} was restored but is ${machine?.state ?? 'not there'}`,
      );
    } catch (error) {
      // Half a fork must neither write to its disk nor hold it; a host that is away is looked at when it is back.
      await this.#machines.destroy(description.id).catch(() => {});
      throw error;
    }
  }
}
