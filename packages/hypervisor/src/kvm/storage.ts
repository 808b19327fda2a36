import type { Readable } from 'node:stream';
import type { Libvirt, StoragePool as PoolRef, Volume as VolumeRef } from '@orangery/libvirt';
import { type Clock, OrangeryError } from '@orangery/std';
import type { StorageDriver, StoragePool, Volume } from '../driver.ts';
import { daemonRefused, isCode, telling } from './errors.ts';
import { announced, HEAD_BYTES, HeadLast, isQcow2 } from './import.ts';
import { mapBounded } from './map-bounded.ts';
import { poolXml, volumeXml } from './storage-xml.ts';
import { find, root, textOf } from './xml.ts';

const POOL_RUNNING = 2;
/** Calls of one listing on their way; the connection is shared with everything else. */
const CALLS_AT_ONCE = 8;
/** A pool is not looked at again while a volume is being made in it: a fraction of a second, or as long as one is flattened. */
const BUSY_TIMEOUT_MS = 300_000;
/** A large disk comes from a slow storage, and goes back to it. */
const FLATTEN_TIMEOUT_MS = 3_600_000;
const BUSY_POLL_MS = 50;
/** With less than this, whatever a pool refused it refused for want of room. */
const ROOM_BYTES_MIN = 4 << 20;

export class KvmStorage implements StorageDriver {
  readonly #client: Libvirt;
  readonly #clock: Clock;
  /** Pools whose folder was looked at since the driver was opened. */
  readonly #lookedAt = new Set<string>();

  constructor(client: Libvirt, clock: Clock) {
    this.#client = client;
    this.#clock = clock;
  }

  ensurePool({ name, path }: { name: string; path: string }): Promise<StoragePool> {
    return telling(`storage pool ${name} in ${path}`, async () => {
      const pool = (await this.#poolIfThere(name)) ?? (await this.#definePool(name, path));
      const known = await this.#folderOf(pool);
      if (known !== path) {
        throw new OrangeryError(
          'notOurs',
          `Storage pool ${name} is there already, but in ${known}, not ${path}`,
        );
      }
      const info = await this.#client.call('storagePoolGetInfo', { pool });
      if (info.state !== POOL_RUNNING) await this.#startPool(pool);
      const { autostart } = await this.#client.call('storagePoolGetAutostart', { pool });
      if (!autostart) await this.#client.call('storagePoolSetAutostart', { pool, autostart: true });
      const now = await this.#client.call('storagePoolGetInfo', { pool });
      return { name, path, capacityBytes: Number(now.capacity), availableBytes: Number(now.available) };
    });
  }

  deletePool(name: string): Promise<void> {
    return telling(`storage pool ${name}`, async () => {
      const deadline = this.#clock.monotonicMs() + BUSY_TIMEOUT_MS;
      for (;;) {
        const pool = await this.#poolIfThere(name);
        if (pool === undefined) return;
        try {
          const { active } = await this.#client.call('storagePoolIsActive', { pool });
          if (active) await this.#stopEmptyPool(name, pool).catch(ifStopped);
          await this.#client.call('storagePoolUndefine', { pool });
        } catch (error) {
          // Another server does the same; libvirt tells the slower one of two of all sorts of internal errors.
          if (!daemonRefused(error) || this.#clock.monotonicMs() > deadline) throw error;
          await this.#clock.sleep(BUSY_POLL_MS);
        }
      }
    });
  }

  list(pool: string): Promise<Volume[]> {
    return telling(`volumes of ${pool}`, async () => {
      const { vols } = await this.#client.call('storagePoolListAllVolumes', {
        pool: await this.#pool(pool),
        needResults: true,
        flags: 0,
      });
      const volumes = await mapBounded(vols, CALLS_AT_ONCE, (vol) => this.#describe(vol).catch(orGone));
      return volumes.filter((volume) => volume !== undefined);
    });
  }

  names(pool: string): Promise<string[]> {
    return telling(`volumes of ${pool}`, async () => {
      const { vols } = await this.#client.call('storagePoolListAllVolumes', {
        pool: await this.#pool(pool),
        needResults: true,
        flags: 0,
      });
      return vols.map(({ name }) => name);
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
      const xml = volumeXml({ name, bytes: info.capacity, format: 'qcow2', backing: below.key });
      return this.#describe(await this.#create(pool, xml));
    });
  }

  createEmpty(pool: string, { name, virtualBytes }: { name: string; virtualBytes: number }): Promise<Volume> {
    return telling(`volume ${name}`, async () => {
      const there = await this.lookup(pool, name);
      if (there !== undefined) return this.#describe(there);
      const xml = volumeXml({ name, bytes: virtualBytes, format: 'qcow2' });
      return this.#describe(await this.#create(pool, xml));
    });
  }

  grow(pool: string, name: string, virtualBytes: number): Promise<void> {
    return telling(`growth of ${name}`, async () => {
      const vol = await this.require(pool, name);
      const { capacity } = await this.#client.call('storageVolGetInfo', { vol });
      if (capacity >= BigInt(virtualBytes)) return;
      await this.#client.call('storageVolResize', { vol, capacity: BigInt(virtualBytes), flags: 0 });
    });
  }

  importVolume(
    pool: string,
    { name, fileBytes }: { name: string; fileBytes: number },
    content: Readable,
    options: { onProgress?: (sentBytes: number) => void; signal?: AbortSignal } = {},
  ): Promise<Volume> {
    const { signal } = options;
    // A file that cannot be opened says so before it is first read: it is heard of then, and must not end the process.
    content.on('error', () => {});
    return telling(
      `import of ${name}`,
      async () => {
        try {
          const there = await this.lookup(pool, name);
          if (there !== undefined && (await this.#isComplete(there))) {
            // Files that came while libvirt did not look have no virtual size yet.
            await this.refresh(pool);
            return await this.#describe(await this.require(pool, name));
          }
          if (there !== undefined) await this.delete(pool, name);
          const vol = await this.createRaw(pool, name, fileBytes);
          const parts = new HeadLast(announced(content, fileBytes, options.onProgress));
          try {
            await this.#uploadTo(pool, name, vol, HEAD_BYTES, parts.body(), signal);
            await this.#uploadTo(pool, name, vol, 0, parts.head, signal);
          } catch (error) {
            // Room that half an image takes is what the next try may need.
            await this.delete(pool, name).catch(() => {});
            throw parts.failure ?? error;
          }
          // Until it is looked at again, libvirt takes it for a raw volume and knows no virtual size.
          await this.refresh(pool);
          return await this.#describe(await this.require(pool, name));
        } finally {
          content.destroy();
        }
      },
      signal,
    );
  }

  flatten(
    pool: string,
    { name, from }: { name: string; from: string },
    signal?: AbortSignal,
  ): Promise<Volume> {
    return telling(
      `volume ${name}`,
      async () => {
        await this.delete(pool, name);
        const clonevol = await this.require(pool, from);
        const { capacity } = await this.#client.call('storageVolGetInfo', { vol: clonevol });
        const xml = volumeXml({ name, bytes: capacity, format: 'qcow2' });
        return this.#orFull(pool, async () => {
          const { vol } = await this.#client.call(
            'storageVolCreateXmlFrom',
            { pool: await this.#pool(pool), xml, clonevol, flags: 0 },
            { timeoutMs: FLATTEN_TIMEOUT_MS, ...(signal === undefined ? {} : { signal }) },
          );
          return this.#describe(vol);
        });
      },
      signal,
    );
  }

  importFile(
    pool: string,
    { name, fileBytes }: { name: string; fileBytes: number },
    content: Readable,
    options: { onProgress?: (sentBytes: number) => void; signal?: AbortSignal } = {},
  ): Promise<Volume> {
    content.on('error', () => {});
    return telling(
      `import of ${name}`,
      async () => {
        try {
          await this.delete(pool, name);
          const vol = await this.createRaw(pool, name, fileBytes);
          const parts = announced(content, fileBytes, options.onProgress);
          await this.#uploadTo(pool, name, vol, 0, parts, options.signal).catch(async (error: unknown) => {
            await this.delete(pool, name).catch(() => {});
            throw error;
          });
          return await this.#describe(vol);
        } finally {
          content.destroy();
        }
      },
      options.signal,
    );
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
      if ((await this.#poolIfThere(pool)) === undefined) return;
      let vol = await this.lookup(pool, name);
      if (vol === undefined && !this.#lookedAt.has(pool)) {
        // A save that went on after its server died left a file that libvirt's list does not hold yet.
        await this.refresh(pool);
        vol = await this.lookup(pool, name);
      }
      if (vol === undefined) return;
      await this.#client.call('storageVolDelete', { vol, flags: 0 }).catch((error: unknown) => {
        if (!isCode(error, 'libvirt.noStorageVol')) throw error;
      });
    });
  }

  /**
   * Looks at the folder again: for files that came without libvirt's storage driver, like save files. libvirt refuses
   * with an internal error while a volume of the pool is being made.
   */
  async refresh(name: string): Promise<void> {
    const pool = await this.#pool(name);
    const deadline = this.#clock.monotonicMs() + BUSY_TIMEOUT_MS;
    for (;;) {
      try {
        await this.#client.call('storagePoolRefresh', { pool, flags: 0 });
        this.#lookedAt.add(name);
        return;
      } catch (error) {
        if (!isCode(error, 'libvirt.internalError') || this.#clock.monotonicMs() > deadline) throw error;
        await this.#clock.sleep(BUSY_POLL_MS);
      }
    }
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
    return this.#folderOf(await this.#pool(pool));
  }

  createRaw(pool: string, name: string, bytes: number): Promise<VolumeRef> {
    return this.#create(pool, volumeXml({ name, bytes, format: 'raw' }));
  }

  uploadAt(
    vol: VolumeRef,
    offset: number,
    content: AsyncIterable<Buffer> | Iterable<Buffer>,
    signal?: AbortSignal,
  ): Promise<void> {
    return this.#client.upload(
      'storageVolUpload',
      { vol, offset: BigInt(offset), length: 0n, flags: 0 },
      content,
      signal === undefined ? {} : { signal },
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

  /** Throws `diskFull` when the pool has not even room for a machine's first writes. */
  async requireRoom(pool: string, bytes: number): Promise<void> {
    // libvirt remembers what it saw when it last looked: only a "no" is worth another look.
    if ((await this.#availableBytes(pool)) >= bytes) return;
    await this.refresh(pool);
    const availableBytes = await this.#availableBytes(pool);
    if (availableBytes >= bytes) return;
    throw diskFull(pool, `has ${availableBytes} bytes left; ${bytes} are needed`);
  }

  async #create(pool: string, xml: string): Promise<VolumeRef> {
    // libvirt makes a file anew that its list does not hold, whatever is in it.
    if (!this.#lookedAt.has(pool)) await this.refresh(pool);
    const ref = await this.#pool(pool);
    return this.#orFull(pool, async () => {
      const { vol } = await this.#client.call('storageVolCreateXml', { pool: ref, xml, flags: 0 });
      return vol;
    });
  }

  #uploadTo(
    pool: string,
    name: string,
    vol: VolumeRef,
    offset: number,
    content: AsyncIterable<Buffer> | Iterable<Buffer>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    return this.#orFull(pool, () =>
      telling(`upload of ${name}`, () => this.uploadAt(vol, offset, content, signal), signal),
    );
  }

  /** libvirt's words for a full disk are in the host's language, or say only that a connection ended: the room counts. */
  async #orFull<T>(pool: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      const full = await this.refresh(pool).then(
        async () => (await this.#availableBytes(pool)) < ROOM_BYTES_MIN,
        () => false,
      );
      if (full) throw diskFull(pool, 'is full', error);
      throw error;
    }
  }

  async #availableBytes(pool: string): Promise<number> {
    const info = await this.#client.call('storagePoolGetInfo', { pool: await this.#pool(pool) });
    return Number(info.available);
  }

  async #isComplete(vol: VolumeRef): Promise<boolean> {
    try {
      return isQcow2(await this.readAt(vol, 0, 4));
    } catch (error) {
      // The list still holds a file that somebody removed.
      if (isCode(error, 'libvirt.disconnected', 'libvirt.unreachable', 'libvirt.closed')) throw error;
      return false;
    }
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

  async #definePool(name: string, path: string): Promise<PoolRef> {
    try {
      return (await this.#client.call('storagePoolDefineXml', { xml: poolXml(name, path), flags: 0 })).pool;
    } catch (error) {
      // Another server of this installation was faster.
      const pool = await this.#poolIfThere(name);
      if (pool !== undefined) return pool;
      throw error;
    }
  }

  async #startPool(pool: PoolRef): Promise<void> {
    const runs = async (): Promise<boolean> =>
      (await this.#client.call('storagePoolGetInfo', { pool })).state === POOL_RUNNING;
    const deadline = this.#clock.monotonicMs() + BUSY_TIMEOUT_MS;
    while (!(await runs())) {
      try {
        await this.#client.call('storagePoolBuild', { pool, flags: 0 });
        await this.#client.call('storagePoolCreate', { pool, flags: 0 });
      } catch (error) {
        // Another server of this installation is just starting it.
        const busy = isCode(error, 'libvirt.operationInvalid') && this.#clock.monotonicMs() < deadline;
        if (!busy) throw error;
        await this.#clock.sleep(BUSY_POLL_MS);
      }
    }
  }

  async #stopEmptyPool(name: string, pool: PoolRef): Promise<void> {
    await this.refresh(name);
    const { ret: volumes } = await this.#client.call('storagePoolListAllVolumes', {
      pool,
      needResults: false,
      flags: 0,
    });
    if (volumes > 0) {
      throw new OrangeryError('refused', `Storage pool ${name} holds ${volumes} volumes: it is left alone`);
    }
    await this.#client.call('storagePoolDestroy', { pool });
    // A folder that is a mount point, or holds folders of others, stays.
    await this.#client.call('storagePoolDelete', { pool, flags: 0 }).catch(ifRefused);
  }

  async #pool(name: string): Promise<PoolRef> {
    const { pool } = await this.#client.call('storagePoolLookupByName', { name });
    return pool;
  }

  async #poolIfThere(name: string): Promise<PoolRef | undefined> {
    return this.#pool(name).catch((error: unknown) => {
      if (isCode(error, 'libvirt.noStoragePool')) return undefined;
      throw error;
    });
  }

  async #folderOf(pool: PoolRef): Promise<string> {
    const { xml } = await this.#client.call('storagePoolGetXmlDesc', { pool, flags: 0 });
    return textOf(find(root(xml, 'pool'), 'target', 'path'));
  }
}

function diskFull(pool: string, found: string, cause?: unknown): OrangeryError {
  return new OrangeryError('diskFull', `The storage pool ${pool} ${found}`, {
    cause,
    fix: 'Free space on the host’s storage pool.',
  });
}

/** A volume that went between a listing and a look. */
function orGone(error: unknown): undefined {
  if (isCode(error, 'libvirt.noStorageVol')) return undefined;
  throw error;
}

/** Another server of this installation was faster. */
function ifStopped(error: unknown): void {
  if (!isCode(error, 'libvirt.operationInvalid', 'libvirt.noStoragePool')) throw error;
}

/** What the daemon refused may stay undone; a lost connection may not. */
function ifRefused(error: unknown): void {
  if (!daemonRefused(error)) throw error;
}
