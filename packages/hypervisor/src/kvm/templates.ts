import type { Libvirt } from '@orangery/libvirt';
import { OrangeryError } from '@orangery/std';
import type { MachineDescription } from '../description.ts';
import type { TemplateDriver, TemplateParts } from '../driver.ts';
import { telling } from './errors.ts';
import { type KvmMachines, reference } from './machines.ts';
import { forkXml, headBytes, HEADER_BYTES, parseHead, replaceXml } from './save-file.ts';
import type { KvmStorage } from './storage.ts';

const BYPASS_CACHE_NOT = 0;

export class KvmTemplates implements TemplateDriver {
  readonly #client: Libvirt;
  readonly #machines: KvmMachines;
  readonly #storage: KvmStorage;

  constructor(parts: { client: Libvirt; machines: KvmMachines; storage: KvmStorage }) {
    this.#client = parts.client;
    this.#machines = parts.machines;
    this.#storage = parts.storage;
  }

  save(id: string, parts: TemplateParts): Promise<{ memoryBytes: number; head: Buffer }> {
    return telling(`save of machine ${id}`, async () => {
      await this.#machines.requireOurs(id);
      const to = `${await this.#storage.pathOf(parts.pool)}/${parts.memoryVolume}`;
      await this.#client.call('domainSaveFlags', {
        dom: reference(id),
        to,
        dxml: null,
        flags: BYPASS_CACHE_NOT,
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
      const { pool, volume } = description.disk;
      const disk = await this.#storage.require(pool, volume);
      const memory = await this.#storage.require(parts.pool, parts.memoryVolume);
      const made = replaceXml(head, forkXml(parseHead(head).xml, description, disk.key));
      await this.#storage.uploadAt(memory, 0, [made]);
      await this.#client.call('domainRestoreFlags', { from: memory.key, dxml: null, flags: 0 });
      const machine = await this.#machines.find(description.id);
      if (machine?.state !== 'running') {
        throw new OrangeryError(
          'refused',
          `${description.name} was restored but is ${machine?.state ?? 'not there'}`,
        );
      }
    });
  }
}
