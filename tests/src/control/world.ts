import { createHmac } from 'node:crypto';
import { type Context, type ImageBuilder, Locks, runStep } from '@orangery/control';
import { connectDatabase, connectSingle, type Database } from '@orangery/database';
import type { HostDriver } from '@orangery/hypervisor';
import { type Clock, OrangeryError, silentLog, systemClock, systemRng } from '@orangery/std';
import type pg from 'pg';
import { makeTestDatabase } from '../setup/test-database.ts';

/** A database with what a small installation has, and as many server processes on it as a test needs. */
export type World = {
  url: string;
  db: Database;
  tenantId: string;
  hostId: string;
  imageVersionId: string;
  templateId: string;
  poolId: string;
  /** A process of its own: other connections, other locks, perhaps another clock. */
  server(options?: {
    clock?: Clock;
    driver?: HostDriver;
    generation?: number;
    images?: Partial<ImageBuilder>;
  }): Promise<Context>;
  /** Who may use these pools; left out, the world's own. */
  people(count: number, mayUse?: readonly string[]): Promise<{ id: string; tenantId: string }[]>;
  /** Another host, ready, with nothing on it. */
  host(name: string): Promise<string>;
  /** Machines of the pool that are ready and free, oldest first. */
  machines(count: number, phase?: 'planned' | 'ready'): Promise<string[]>;
  close(): Promise<void>;
};

export async function makeWorld(pool: { readyCount?: number; machinesMax?: number } = {}): Promise<World> {
  const database = await makeTestDatabase();
  const { url } = database;
  const closers: (() => Promise<unknown>)[] = [];
  const connect = (): Database => {
    const { db, close } = connectDatabase(url, () => {});
    closers.push(close);
    return db;
  };
  const db = connect();
  const insert = async (
    table:
      | 'tenant'
      | 'host'
      | 'image'
      | 'image_version'
      | 'template'
      | 'pool'
      | 'principal'
      | 'machine'
      | 'entitlement',
    values: object,
  ): Promise<string> => {
    const row = await db
      .insertInto(table)
      .values(values as never)
      .returning('id')
      .executeTakeFirstOrThrow();
    return row.id;
  };
  const tenantId = await insert('tenant', { name: 'default' });
  const host = (name: string, facts: object = {}): Promise<string> =>
    insert('host', {
      name,
      address: JSON.stringify({ kind: 'local' }),
      storage_path: '/nowhere',
      phase: 'ready',
      ...facts,
    });
  const hostId = await host('local', { facts: JSON.stringify({ hostClass: 'a', accelerator: 'tcg' }) });
  const imageId = await insert('image', { name: 'small', title: 'Small', recipe: 'small' });
  const imageVersionId = await insert('image_version', {
    image_id: imageId,
    version: 1,
    recipe_hash: 'a',
    phase: 'ready',
    current: true,
    path: '/nowhere/small.qcow2',
    file_bytes: 1,
    virtual_bytes: 1,
  });
  const templateId = await insert('template', {
    image_version_id: imageVersionId,
    host_id: hostId,
    host_class: 'a',
    cpus: 1,
    memory_mib: 512,
    phase: 'ready',
    save_head: Buffer.from('head'),
  });
  const poolId = await insert('pool', {
    tenant_id: tenantId,
    name: 'small',
    title: 'Small',
    image_id: imageId,
    kind: 'pooled',
    cpus: 1,
    memory_mib: 512,
    ready_count: pool.readyCount ?? 1,
    machines_max: pool.machinesMax ?? 10,
  });
  const installation = await db
    .selectFrom('installation')
    .select(['id', 'generation'])
    .executeTakeFirstOrThrow();

  return {
    url,
    db,
    tenantId,
    hostId,
    imageVersionId,
    templateId,
    poolId,
    async server({ clock = systemClock, driver, generation = installation.generation, images = {} } = {}) {
      let single: Promise<pg.Client> | undefined;
      closers.push(async () => (await single)?.end());
      return {
        db: connect(),
        drivers: {
          of: async () => {
            if (driver === undefined) throw new OrangeryError('hostUnreachable', 'this test has no host');
            return driver;
          },
        },
        images: {
          recipes: async () => [],
          plan: () => Promise.reject(new Error('no builds here')),
          build: () => Promise.reject(new Error('no builds here')),
          remove: async () => {},
          find: async () => undefined,
          receive: () => Promise.reject(new Error('no drafts here')),
          adopt: () => Promise.reject(new Error('no imports here')),
          uploads: {
            requireRoom: async () => {},
            received: async () => 0,
            append: () => Promise.reject(new Error('no uploads here')),
          },
          openUpload: () => Promise.reject(new Error('no uploads here')),
          removeUpload: async () => {},
          ...images,
        },
        locks: new Locks(() => (single ??= connectSingle(url)), clock),
        step: runStep,
        clock,
        rng: systemRng,
        log: silentLog,
        openDirectory: () => Promise.reject(new OrangeryError('directoryUnreachable', 'no directory here')),
        seal: (_purpose, plain) => plain,
        unseal: (_purpose, sealed) => sealed,
        mac: (purpose, text) => createHmac('sha256', purpose).update(text).digest(),
        syslog: () => Promise.reject(new Error('no log server here')),
        mailer: { deliver: () => Promise.reject(new Error('no mails here')) },
        installation: { id: installation.id, generation },
        limits: { templateBootMs: 900_000 },
      };
    },
    host: (name) => host(name),
    people: (count, mayUse = [poolId]) =>
      Promise.all(
        Array.from({ length: count }, async (_, index) => {
          const id = await insert('principal', {
            tenant_id: tenantId,
            kind: 'person',
            name: `Person ${index}`,
          });
          for (const pool of mayUse) await insert('entitlement', { pool_id: pool, principal_id: id });
          return { id, tenantId };
        }),
      ),
    async machines(count, phase = 'ready') {
      const ids: string[] = [];
      for (let index = 0; index < count; index += 1) {
        const id = systemRng.uuid();
        ids.push(
          await insert('machine', {
            id,
            tenant_id: tenantId,
            pool_id: poolId,
            host_id: hostId,
            template_id: templateId,
            image_version_id: imageVersionId,
            name: `small-${id.slice(0, 6)}`,
            mac_address: id,
            phase,
            painted_at: phase === 'ready' ? new Date() : null,
          }),
        );
      }
      return ids;
    },
    async close() {
      await Promise.all(closers.map((close) => close()));
      await database.drop();
    },
  };
}

export const never = (): AbortSignal => new AbortController().signal;
