import type { Libvirt, StoragePool as PoolRef, Volume as VolumeRef } from '@orangery/libvirt';
import { OrangeryError } from '@orangery/std';
import type { Readable } from 'node:stream';
import type { StorageDriver, StoragePool, Volume } from '../driver.ts';
import { isCode, telling } from './errors.ts';
import { buildXml, element, find, root, textOf } from './xml.ts';

const POOL_RUNNING = 2;
const QCOW2_MAGIC = 0x514649fb;
/** The part of an import that is sent last: with it the volume becomes a qcow2 file. */
const HEAD_BYTES = 65_536;

export class KvmStorage implements StorageDriver {
  readonly #client: Libvirt;

  constructor(client: Libvirt) {
    this.#client = client;
  }

  ensurePool({ name, path }: { name: string; path: string }): Promise<StoragePool> {
    return telling(`storage pool ${name} in ${path}`, async () => {
      const pool = await this.#pool(name).catch((error: unknown) => {
        if (!isCode(error, 'libvirt.noStoragePool')) throw error;
        const xml = buildXml([
          element('pool', { type: 'dir' }, [
            element('name', {}, [name]),
            // Others may pass through, so that QEMU's account reaches its disks, but not list.
            element('target', {}, [
              element('path', {}, [path]),
              element('permissions', {}, [element('mode', {}, ['0711'])]),
            ]),
          ]),
        ]);
        return this.#client.call('storagePoolDefineXml', { xml, flags: 0 }).then((answer) => answer.pool);
      });
      const known = textOf(find(root(await this.#poolXml(pool), 'pool'), 'target', 'path'));
      if (known !== path) {
        throw new OrangeryError(
          'notOurs',
          `Storage pool ${name} is there already, but in ${known}, not ${path}`,
        );
      }
      const info = await this.#client.call('storagePoolGetInfo', { pool });
      if (info.state !== POOL_RUNNING) {
        await this.#client.call('storagePoolBuild', { pool, flags: 0 });
        await this.#client.call('storagePoolCreate', { pool, flags: 0 });
        await this.#client.call('storagePoolSetAutostart', { pool, autostart: true });
      }
      const now = await this.#client.call('storagePoolGetInfo', { pool });
      return { name, path, capacityBytes: Number(now.capacity), availableBytes: Number(now.available) };
    });
  }

  deletePool(name: string): Promise<void> {
    return telling(`storage pool ${name}`, async () => {
      const pool = await this.#pool(name).catch((error: unknown) => {
        if (isCode(error, 'libvirt.noStoragePool')) return undefined;
        throw error;
      });
      if (pool === undefined) return;
      const { active } = await this.#client.call('storagePoolIsActive', { pool });
      if (active) {
        await this.#client.call('storagePoolDestroy', { pool });
        await this.#client.call('storagePoolDelete', { pool, flags: 0 });
      }
      await this.#client.call('storagePoolUndefine', { pool });
    });
  }

  list(pool: string): Promise<Volume[]> {
    return telling(`volumes of ${pool}`, async () => {
      const { vols } = await this.#client.call('storagePoolListAllVolumes', {
        pool: await this.#pool(pool),
        needResults: true,
        flags: 0,
      });
      const volumes = await Promise.all(vols.map((vol) => this.#describe(vol).catch(orGone)));
      return volumes.filter((volume) => volume !== undefined);
    });
  }

  find(pool: string, name: string): Promise<Volume | undefined> {
    return telling(`volume ${name}`, async () => {
      const vol = await this.lookup(pool, name);
      return vol === undefined ? undefined : this.#describe(vol).catch(orGone);
    });
  }

  createOverlay(pool: string, { name, backing }: { name: string; backing: string }): Promise<Volume> {
    return telling(`volume ${name}`, async () => {
      const below = await this.lookup(pool, backing);
      if (below === undefined)
        throw new OrangeryError('notFound', `The volume ${backing} to stand on is not there`);
      const info = await this.#client.call('storageVolGetInfo', { vol: below });
      const xml = buildXml([
        element('volume', {}, [
          element('name', {}, [name]),
          element('capacity', {}, [String(info.capacity)]),
          element('target', {}, [element('format', { type: 'qcow2' })]),
          element('backingStore', {}, [
            element('path', {}, [below.key]),
            element('format', { type: 'qcow2' }),
          ]),
        ]),
      ]);
      const { vol } = await this.#client.call('storageVolCreateXml', {
        pool: await this.#pool(pool),
        xml,
        flags: 0,
      });
      return this.#describe(vol);
    });
  }

  importVolume(
    pool: string,
    { name, fileBytes }: { name: string; fileBytes: number },
    content: Readable,
    options: { onProgress?: (sentBytes: number) => void; signal?: AbortSignal } = {},
  ): Promise<Volume> {
    return telling(`import of ${name}`, async () => {
      const there = await this.lookup(pool, name);
      if (there !== undefined) {
        if (await this.#isComplete(there)) {
          content.destroy();
          return this.#describe(there);
        }
        await this.#client.call('storageVolDelete', { vol: there, flags: 0 });
      }
      const vol = await this.createRaw(pool, name, fileBytes);
      const { signal } = options;
      const passed = signal === undefined ? {} : { signal };
      let sent = 0;
      const head: Buffer[] = [];
      let headBytes = 0;
      async function* body(): AsyncGenerator<Buffer> {
        for await (const chunk of content as AsyncIterable<Buffer>) {
          const missing = Math.min(HEAD_BYTES - headBytes, chunk.length);
          if (missing > 0) {
            head.push(chunk.subarray(0, missing));
            headBytes += missing;
          }
          const rest = chunk.subarray(missing);
          if (rest.length > 0) yield rest;
          sent += chunk.length;
          options.onProgress?.(sent);
        }
      }
      await this.uploadAt(vol, HEAD_BYTES, body(), passed);
      if (sent !== fileBytes) {
        throw new OrangeryError(
          'refused',
          `The image has ${sent} bytes, not the ${fileBytes} that were announced`,
        );
      }
      await this.uploadAt(vol, 0, head, passed);
      // Until it is looked at again, libvirt takes it for a raw volume and knows no virtual size.
      await this.refresh(pool);
      const made = await this.find(pool, name);
      if (made === undefined) throw new OrangeryError('notFound', `${name} is gone right after its import`);
      return made;
    });
  }

  download(pool: string, name: string): Promise<Readable> {
    return telling(`download of ${name}`, async () => {
      const { stream } = await this.#client.download('storageVolDownload', {
        vol: await this.require(pool, name),
        offset: 0n,
        length: 0n,
        flags: 0,
      });
      return stream;
    });
  }

  delete(pool: string, name: string): Promise<void> {
    return telling(`deletion of ${name}`, async () => {
      const vol = await this.lookup(pool, name);
      if (vol === undefined) return;
      await this.#client.call('storageVolDelete', { vol, flags: 0 }).catch((error: unknown) => {
        if (!isCode(error, 'libvirt.noStorageVol')) throw error;
      });
    });
  }

  /** Looks at the folder again: for files that came without libvirt's storage driver, like save files. */
  async refresh(pool: string): Promise<void> {
    await this.#client.call('storagePoolRefresh', { pool: await this.#pool(pool), flags: 0 });
  }

  async lookup(pool: string, name: string): Promise<VolumeRef | undefined> {
    try {
      const { vol } = await this.#client.call('storageVolLookupByName', {
        pool: await this.#pool(pool),
        name,
      });
      return vol;
    } catch (error) {
      if (isCode(error, 'libvirt.noStorageVol')) return undefined;
      throw error;
    }
  }

  async require(pool: string, name: string): Promise<VolumeRef> {
    const vol = await this.lookup(pool, name);
    if (vol === undefined) throw new OrangeryError('notFound', `There is no volume ${name} in ${pool}`);
    return vol;
  }

  /** The folder of a pool: for files that libvirt writes by path. */
  async pathOf(pool: string): Promise<string> {
    return textOf(find(root(await this.#poolXml(await this.#pool(pool)), 'pool'), 'target', 'path'));
  }

  async createRaw(pool: string, name: string, bytes: number): Promise<VolumeRef> {
    const xml = buildXml([
      element('volume', {}, [
        element('name', {}, [name]),
        element('capacity', {}, [String(bytes)]),
        element('allocation', {}, ['0']),
        element('target', {}, [element('format', { type: 'raw' })]),
      ]),
    ]);
    const { vol } = await this.#client.call('storageVolCreateXml', {
      pool: await this.#pool(pool),
      xml,
      flags: 0,
    });
    return vol;
  }

  uploadAt(
    vol: VolumeRef,
    offset: number,
    content: AsyncIterable<Buffer> | Iterable<Buffer>,
    options: { signal?: AbortSignal } = {},
  ): Promise<void> {
    return this.#client.upload(
      'storageVolUpload',
      { vol, offset: BigInt(offset), length: 0n, flags: 0 },
      content,
      options,
    );
  }

  async readAt(vol: VolumeRef, offset: number, length: number): Promise<Buffer> {
    const { stream } = await this.#client.download('storageVolDownload', {
      vol,
      offset: BigInt(offset),
      length: BigInt(length),
      flags: 0,
    });
    const chunks: Buffer[] = [];
    for await (const chunk of stream as AsyncIterable<Buffer>) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  async #isComplete(vol: VolumeRef): Promise<boolean> {
    const head = await this.readAt(vol, 0, 4);
    return head.length === 4 && head.readUInt32BE(0) === QCOW2_MAGIC;
  }

  async #describe(vol: VolumeRef): Promise<Volume> {
    const info = await this.#client.call('storageVolGetInfo', { vol });
    return {
      name: vol.name,
      path: vol.key,
      virtualBytes: Number(info.capacity),
      allocatedBytes: Number(info.allocation),
    };
  }

  async #pool(name: string): Promise<PoolRef> {
    const { pool } = await this.#client.call('storagePoolLookupByName', { name });
    return pool;
  }

  async #poolXml(pool: PoolRef): Promise<string> {
    const { xml } = await this.#client.call('storagePoolGetXmlDesc', { pool, flags: 0 });
    return xml;
  }
}

/** A volume that went between a listing and a look. */
function orGone(error: unknown): undefined {
  if (isCode(error, 'libvirt.noStorageVol')) return undefined;
  throw error;
}
