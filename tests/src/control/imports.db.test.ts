import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  beginImport,
  type Context,
  deleteVersion,
  draftState,
  imagesLoop,
  listImages,
  receivePiece,
  retryVersion,
  uploadState,
} from '@orangery/control';
import { ImageKeep, Uploads } from '@orangery/images';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

const MIB = 1 << 20;
let world: World;
let server: Context;
let folder: string;

beforeEach(async () => {
  world = await makeWorld();
  folder = await mkdtemp(join(tmpdir(), 'orangery-imports-'));
  const [keep, uploads] = [new ImageKeep(folder), new Uploads(folder)];
  server = await world.server({
    images: {
      uploads,
      adopt: async (id, name, options) => keep.adopt(name, uploads.path(id), options),
      removeUpload: (id) => uploads.remove(id),
      remove: (path) => rm(path, { force: true }),
    },
  });
});
afterEach(async () => {
  await world.close();
  await rm(folder, { recursive: true, force: true });
});

const disk = Buffer.alloc(MIB);
disk.writeUInt16LE(0xaa55, 510);

async function begin(
  content: Buffer,
  more: { name?: string; sha256?: string; kind?: 'disk' | 'iso' } = {},
): Promise<string> {
  const begun = await beginImport(
    server,
    { tenantId: world.tenantId, shared: true },
    {
      name: more.name ?? 'brought',
      title: 'Brought along',
      notes: 'from before',
      upload: {
        fileName: 'disk.raw',
        bytes: content.length,
        sha256: more.sha256 ?? null,
        kind: more.kind ?? 'disk',
        diskGib: more.kind === 'iso' ? 8 : null,
      },
    },
  );
  if (begun.kind !== 'begun') throw new Error(begun.reason);
  return begun.versionId;
}
async function* piece(content: Buffer): AsyncGenerator<Buffer> {
  yield content;
}
const send = (id: string, from: number, content: Buffer) => receivePiece(server, id, from, piece(content));
const find = async (id: string) => {
  for (const image of await listImages(server, world.tenantId)) {
    const version = image.versions.find((each) => each.id === id);
    if (version !== undefined) return { image, version };
  }
  throw new Error('there is no such version');
};

describe('an import', () => {
  it('arrives in pieces, is checked, and is the first version of a new image', async () => {
    const id = await begin(disk, { sha256: createHash('sha256').update(disk).digest('hex') });
    expect(await send(id, 0, disk.subarray(0, 1_000))).toMatchObject({ kind: 'received', received: 1_000 });
    expect(await send(id, 0, disk)).toMatchObject({ kind: 'elsewhere', received: 1_000 });
    expect(await uploadState(server, id)).toEqual({ received: 1_000, bytes: MIB });
    expect(await send(id, 1_000, disk.subarray(1_000))).toMatchObject({ kind: 'received', received: MIB });
    expect(await send(id, MIB, Buffer.alloc(0))).toEqual({ kind: 'missing' });
    expect((await find(id)).version.phase).toBe('checking');
    await imagesLoop(server).turn(id, never());
    const { image, version } = await find(id);
    expect(image).toMatchObject({ name: 'brought', title: 'Brought along', recipe: null });
    expect(version).toMatchObject({
      version: 1,
      phase: 'ready',
      current: true,
      source: 'import',
      virtualBytes: MIB,
      notes: 'from before',
    });
    expect(await readdir(join(folder, '.uploads'))).toEqual([]);
  });

  it('is the next version of an image that is there, and tested before it is current', async () => {
    const id = await begin(disk, { name: 'small' });
    await send(id, 0, disk);
    await imagesLoop(server).turn(id, never());
    expect((await find(id)).version).toMatchObject({ version: 2, phase: 'testing', current: false });
  });

  it('that is no disk is refused with the reason, and nothing of it is kept', async () => {
    const id = await begin(Buffer.alloc(MIB));
    await send(id, 0, Buffer.alloc(MIB));
    await imagesLoop(server).turn(id, never());
    expect((await find(id)).version).toMatchObject({
      phase: 'failed',
      reason: expect.stringContaining('boot sector') as string,
    });
    expect(await readdir(join(folder, '.uploads'))).toEqual([]);
    expect(await retryVersion(server, id)).toMatchObject({ kind: 'refused' });
    // It is not tried for ever.
    expect((await imagesLoop(server).turn(id, never())).outcome).toBe('settled');
  });

  it('that is given up is deleted, with the image that would have come of it', async () => {
    const id = await begin(disk);
    await send(id, 0, disk.subarray(0, 500));
    expect(await deleteVersion(server, id)).toEqual({ kind: 'done' });
    expect(await send(id, 500, disk.subarray(500))).toEqual({ kind: 'missing' });
    await imagesLoop(server).turn(id, never());
    expect((await listImages(server, world.tenantId)).map(({ name }) => name)).toEqual(['small']);
    expect(await readdir(join(folder, '.uploads'))).toEqual([]);
  });

  it('that was finished is deleted with its image, as long as no pool has it', async () => {
    const id = await begin(disk);
    await send(id, 0, disk);
    await imagesLoop(server).turn(id, never());
    const { image } = await find(id);
    const pool = {
      tenant_id: world.tenantId,
      image_id: image.id,
      kind: 'pooled',
      cpus: 1,
      memory_mib: 512,
    } as const;
    await world.db
      .insertInto('pool')
      .values({ ...pool, name: 'brought', title: 'Brought' })
      .execute();
    expect(await deleteVersion(server, id)).toMatchObject({ kind: 'refused' });
    await world.db.deleteFrom('pool').where('name', '=', 'brought').execute();
    expect(await deleteVersion(server, id)).toEqual({ kind: 'done' });
    await imagesLoop(server).turn(id, never());
    expect((await listImages(server, world.tenantId)).map(({ name }) => name)).toEqual(['small']);
    expect((await readdir(folder)).filter((name) => name.endsWith('.qcow2'))).toEqual([]);
  });

  it('of an installer is a draft with an empty disk', async () => {
    const id = await begin(disk, { kind: 'iso' });
    await send(id, 0, disk);
    expect((await find(id)).version).toMatchObject({
      phase: 'authoring',
      source: 'installer',
      draft: { diskGib: 8, phase: 'planned' },
    });
    expect(await draftState(server, id)).toMatchObject({ kind: 'waiting' });
  });

  it('of two senders at the same moment is nobody’s mixture', async () => {
    const id = await begin(disk);
    const answers = await Promise.all([1, 2, 3].map(() => send(id, 0, disk.subarray(0, 600))));
    expect(answers.map(({ kind }) => kind).toSorted()).toEqual(['elsewhere', 'elsewhere', 'received']);
    expect(await uploadState(server, id)).toMatchObject({ received: 600 });
  });
});

describe('an import of a tenant that is limited', () => {
  const ask = (bytes: number, shared = false) =>
    beginImport(
      server,
      { tenantId: world.tenantId, shared },
      {
        name: 'own',
        notes: '',
        upload: { fileName: 'disk.raw', bytes, sha256: null, kind: 'disk', diskGib: null },
      },
    );

  it('begins while there is room for its file, also where two begin at once', async () => {
    const { id } = await world.db
      .insertInto('quota')
      .values({ tenant_id: world.tenantId, scope: 'tenant', disk_gib: 3 })
      .returning('id')
      .executeTakeFirstOrThrow();
    server = await world.server({
      images: { uploads: { ...server.images.uploads, requireRoom: async () => {} } },
    });
    const both = await Promise.all([ask(2 ** 31), ask(2 ** 31)]);
    expect(both.map(({ kind }) => kind).sort()).toEqual(['begun', 'overQuota']);
    expect(both.find(({ kind }) => kind === 'overQuota')).toMatchObject({
      reason: expect.stringContaining('3 GiB of disk, 2 GiB of disk are used') as string,
    });
    expect(await ask(2 ** 30)).toMatchObject({ kind: 'begun' });
    expect(await ask(1)).toMatchObject({ kind: 'overQuota' });
    await world.db
      .updateTable('image_version')
      .set({ desired: 'absent' })
      .where('source', '=', 'import')
      .execute();
    expect(await ask(1)).toMatchObject({ kind: 'begun' });
    await world.db.deleteFrom('quota').where('id', '=', id).execute();
    expect(await ask(2 ** 40)).toMatchObject({ kind: 'begun' });
  });
});
