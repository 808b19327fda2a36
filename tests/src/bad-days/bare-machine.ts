import { execFile } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { storagePoolName } from '@orangery/control';
import { systemRng } from '@orangery/std';
import { openHost } from '../crash/order.ts';
import type { Installation } from '../installation.ts';

const run = promisify(execFile);
const MEMORY_MIB = 128;

/**
 * A pool with one machine that is ready: a guest without anything on its disk, whose firmware says so on the screen. It
 * is there in seconds, and whoever carries its picture cannot tell the difference. No loop may run meanwhile.
 */
export async function makeBareMachine(installation: Installation): Promise<{ poolId: string }> {
  const { db, folder } = installation;
  const { id: installationId, generation } = await db
    .selectFrom('installation')
    .select(['id', 'generation'])
    .executeTakeFirstOrThrow();
  const tenant = await db.selectFrom('tenant').select('id').executeTakeFirstOrThrow();
  const host = await db.selectFrom('host').select(['id', 'storage_path']).executeTakeFirstOrThrow();
  const image = await db
    .insertInto('image')
    .values({ name: 'bare', title: 'Bare', recipe: 'bare' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const version = await db
    .insertInto('image_version')
    .values({ image_id: image.id, version: 1, recipe_hash: 'bare', phase: 'ready', current: true })
    .returning('id')
    .executeTakeFirstOrThrow();
  const size = { cpus: 1, memory_mib: MEMORY_MIB };
  const pool = await db
    .insertInto('pool')
    .values({
      tenant_id: tenant.id,
      name: 'bare',
      title: 'Bare',
      image_id: image.id,
      kind: 'pooled',
      ready_count: 0,
      ...size,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const template = await db
    .insertInto('template')
    .values({ image_version_id: version.id, host_id: host.id, host_class: 'bare', phase: 'ready', ...size })
    .returning('id')
    .executeTakeFirstOrThrow();
  const id = systemRng.uuid();
  const name = `bare-${id.slice(0, 6)}`;
  // As the hosts loop would say: nobody is given a machine on a host that is away.
  await db.updateTable('host').set({ phase: 'ready' }).execute();
  const driver = await openHost(installation);
  try {
    const storagePool = storagePoolName(installationId);
    await driver.storage.ensurePool({ name: storagePool, path: host.storage_path });
    const file = join(folder, 'bare.qcow2');
    await run('qemu-img', ['create', '-q', '-f', 'qcow2', file, '1M']);
    const volume = `machine-${id}.qcow2`;
    const { size: fileBytes } = await stat(file);
    await driver.storage.importVolume(storagePool, { name: volume, fileBytes }, createReadStream(file));
    await driver.machines.start({
      id,
      name,
      mark: { installationId, generation, kind: 'machine', rowId: id },
      cpus: 1,
      memoryMib: MEMORY_MIB,
      firmware: 'bios',
      disk: { pool: storagePool, volume },
      nics: [],
      accelerator: 'tcg',
      cpu: { mode: 'maximum' },
      display: { width: 1280, height: 800 },
    });
  } finally {
    await driver.close();
  }
  const now = new Date();
  await db
    .insertInto('machine')
    .values({
      id,
      tenant_id: tenant.id,
      pool_id: pool.id,
      host_id: host.id,
      template_id: template.id,
      name,
      mac_address: '52:54:00:00:00:01',
      phase: 'ready',
      painted_at: now,
      identified_at: now,
    })
    .execute();
  return { poolId: pool.id };
}
