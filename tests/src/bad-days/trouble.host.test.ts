import { execFile } from 'node:child_process';
import { chmod, mkdir, rm, stat, statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { storagePoolName } from '@orangery/control';
import type { HostDriver } from '@orangery/hypervisor';
import { afterEach, describe, expect, it } from 'vitest';
import { disorder, isSettled, openHost } from '../crash/order.ts';
import { Installation } from '../installation.ts';
import { startReady } from '../planted.ts';

const run = promisify(execFile);
/** Short, so that the guest that never boots is given up soon; the one that does needs a minute of a busy machine. */
const BOOT_TIMEOUT_MS = 10_000;

const NO_ROOM = /(is full|no space left on device).*Free space/is;
/** Less than an empty overlay takes. */
const FREE_BYTES = 8192;

let installation: Installation | undefined;
let host: HostDriver | undefined;
let mounted: string | undefined;

afterEach(async () => {
  await host?.close();
  await installation?.purge();
  if (mounted !== undefined)
    await run('umount', [mounted]).then(() => rm(mounted ?? '', { recursive: true }));
  [host, installation, mounted] = [undefined, undefined, undefined];
}, 120_000);

async function mountRoom(size: string): Promise<string> {
  mounted = `/var/lib/orangery-t-full-${process.pid}`;
  await mkdir(mounted);
  await run('mount', ['-t', 'tmpfs', '-o', `size=${size},mode=0711`, 'orangery-test', mounted]);
  await chmod(mounted, 0o711);
  return mounted;
}

/** A pool of an image that no recipe made. */
async function addImage({ db, folder }: Installation): Promise<{ poolId: string; imageVersionId: string }> {
  const path = join(folder, 'broken.qcow2');
  await run('qemu-img', ['create', '-q', '-f', 'qcow2', path, '64M']);
  const { size } = await stat(path);
  const image = await db
    .insertInto('image')
    .values({ name: 'broken', title: 'Broken', recipe: 'broken' })
    .returning('id')
    .executeTakeFirstOrThrow();
  const version = await db
    .insertInto('image_version')
    .values({
      image_id: image.id,
      version: 1,
      recipe_hash: 'broken',
      phase: 'ready',
      current: true,
      path,
      file_bytes: size,
      virtual_bytes: 64 << 20,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  const tenant = await db.selectFrom('tenant').select('id').executeTakeFirstOrThrow();
  const pool = await db
    .insertInto('pool')
    .values({
      tenant_id: tenant.id,
      name: 'broken',
      title: 'Broken',
      image_id: image.id,
      kind: 'pooled',
      cpus: 1,
      memory_mib: 256,
    })
    .returning('id')
    .executeTakeFirstOrThrow();
  return { poolId: pool.id, imageVersionId: version.id };
}

async function template({ db }: Installation) {
  return db.selectFrom('template').selectAll().executeTakeFirstOrThrow();
}

async function stepOf({ api }: Installation, name: string) {
  return (await api.system.status()).steps.find((step) => step.name === name);
}

async function volumes(of: Installation, on: HostDriver): Promise<string[]> {
  const { id } = await of.db.selectFrom('installation').select('id').executeTakeFirstOrThrow();
  return (await on.storage.list(storagePoolName(id))).map(({ name }) => name);
}

describe('a guest that never boots', () => {
  it('is given up with its reason, leaves nothing on the host, and is tried again', async () => {
    installation = await Installation.create({
      ORANGERY_RECIPES: '',
      ORANGERY_BOOT_TIMEOUT_MS: String(BOOT_TIMEOUT_MS),
    });
    await installation.start();
    host = await openHost(installation);
    const { poolId, imageVersionId } = await addImage(installation);
    const here = installation;
    await here.until('the end of the try', async () => (await template(here)).phase === 'failed', 120_000);
    // The next try would come within seconds: it is to wait until all this has been looked at.
    await here.db
      .updateTable('template')
      .set({ retry_at: new Date(Date.now() + 3_600_000) })
      .execute();
    const given = await template(here);
    expect(given.reason).toMatch(
      /broken did not come to rest within 10 s: waiting for the guest to boot\. Look at/,
    );
    expect(await host.machines.find(given.id)).toBeUndefined();
    const left = await volumes(here, host);
    expect(left.filter((name) => name.startsWith('template-'))).toEqual([]);
    // The image itself is good for the next try.
    expect(left).toContain(`image-${imageVersionId}.qcow2`);
    expect(await stepOf(here, 'Template')).toMatchObject({ state: 'failed', reason: given.reason });
    const person = await here.person();
    const [desktop] = await person.api.desktops.list();
    expect(desktop).toMatchObject({ poolId, state: 'unavailable' });
    expect(desktop?.reason).toContain('did not come to rest');
    await person.close();

    // A guest that ends by itself is no reason to boot it in a circle.
    await here.api.system.start();
    // The machine runs before its row tells of it; one that ends in between is begun anew without being counted.
    const boots = async (): Promise<boolean> => (await template(here)).phase === 'booting';
    await here.until('the next try', boots, 60_000);
    await host.machines.destroy(given.id);
    const second = async (): Promise<boolean> => {
      const { phase, attempts } = await template(here);
      return phase === 'failed' && attempts === 1;
    };
    await here.until('the end of the second try', second, 30_000);
    expect((await template(here)).reason).toMatch(/ended while it booted/);
  }, 300_000);
});

describe('a storage pool without room', () => {
  it('is named as the reason of an import that fails, keeps nothing half made, and all goes on once there is room', async () => {
    const room = await mountRoom('64m');
    installation = await Installation.create({ ORANGERY_STORAGE: join(room, 'storage') });
    const here = installation;
    await here.start();
    host = await openHost(here);
    await here.until('the end of the import', async () => (await template(here)).phase === 'failed', 180_000);
    const { reason } = await template(here);
    expect(reason).toMatch(NO_ROOM);
    expect(await volumes(here, host)).toEqual([]);
    expect(await stepOf(here, 'Template')).toMatchObject({ state: 'failed', reason });

    await run('mount', ['-o', 'remount,size=6g', room]);
    await here.until('its next try', async () => (await template(here)).phase === 'booting', 120_000);
  }, 600_000);

  it('is named as the reason of a clone that fails, which is made once there is room', async () => {
    const room = await mountRoom('6g');
    const storage = join(room, 'storage');
    installation = await Installation.create({ ORANGERY_STORAGE: storage });
    const here = installation;
    await startReady(here, { folder: storage, seenAs: storage });
    host = await openHost(here);
    // All but a few pages are taken.
    const filler = join(room, 'filler');
    const [pool] = await here.api.pools.list();
    const poolId = pool?.id ?? '';
    await here.api.pools.update({ id: poolId, readyCount: 0 });
    await here.until(
      'an empty pool',
      async () => (await here.api.machines.list({})).items.length === 0,
      30_000,
    );
    const { bavail, bsize } = await statfs(room);
    await run('fallocate', ['-l', String(bavail * bsize - FREE_BYTES), filler]);
    await here.api.pools.update({ id: poolId, readyCount: 1 });
    await here.until(
      'the reason in the row',
      async () => NO_ROOM.test((await here.api.machines.list({})).items.map((row) => row.reason).join()),
      60_000,
    );
    expect((await stepOf(here, 'First desktop'))?.reason).toMatch(NO_ROOM);

    await rm(filler);
    await here.until('order', () => isSettled(here), 60_000);
    expect(await disorder(here, host)).toEqual([]);
    expect(await stepOf(here, 'First desktop')).toMatchObject({ state: 'done', reason: null });
  }, 900_000);
});
