import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { constants } from 'node:fs';
import { copyFile, link, mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { goldenVolume, templateDisk, templateMemory } from '@orangery/control';
import { codeOf, systemRng } from '@orangery/std';
import { z } from 'zod';
import { IMAGE_CACHE, type Installation } from './installation.ts';

/** A host's storage folder, on this machine and as the host itself sees it. */
export type Place = { folder: string; seenAs: string };

const run = promisify(execFile);

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Whatever decides what a template is: with any of it changed, it is made anew. */
const MADE_BY = [
  'packages/hypervisor/src/kvm',
  'packages/control/src/templates',
  'packages/control/src/machines',
  'packages/control/src/images',
];
const FILES = ['disk.qcow2', 'memory.save', 'head'] as const;

const kept = z.object({
  imagePath: z.string(),
  virtualBytes: z.number(),
  fileBytes: z.number(),
  hostClass: z.string(),
  cpus: z.number(),
  memoryMib: z.number(),
  savedMemoryBytes: z.number(),
  /** What its guest offers: read while it was made. */
  programs: z.array(
    z.object({ program: z.string(), name: z.string(), description: z.string(), icon: z.base64().nullable() }),
  ),
});

/**
 * Starts the server and waits until the first desktop can be opened. A template costs a cold boot: one that an earlier
 * installation of these tests has made of the same image by the same code is laid in the place of its own. Tests that are
 * about making templates do not call this. No loop of the installation may have run yet.
 */
export async function startReady(
  installation: Installation,
  place: Place = {
    folder: join(installation.folder, 'storage'),
    seenAs: join(installation.folder, 'storage'),
  },
): Promise<void> {
  // Its rows, before any loop looks at them.
  await installation.start({ ORANGERY_ROLES: 'api' });
  await installation.stop();
  const planted = await plant(installation, place);
  if ((await installation.start()) !== 'runs') throw new Error(await installation.log());
  await installation.ready();
  if (!planted) await keep(installation, place);
}

async function plant({ db }: Installation, { folder, seenAs }: Place): Promise<boolean> {
  const version = await db.selectFrom('image_version').selectAll().executeTakeFirstOrThrow();
  const from = await folderOf(version.recipe_hash ?? '');
  const known = await readFile(join(from, 'template.json'), 'utf8').catch(() => undefined);
  if (known === undefined) return false;
  const { imagePath, virtualBytes, fileBytes, programs, ...template } = kept.parse(JSON.parse(known));
  const { id: hostId } = await db.selectFrom('host').select('id').executeTakeFirstOrThrow();
  const id = systemRng.uuid();
  const golden = goldenVolume(version.id);
  await mkdir(folder, { recursive: true, mode: 0o711 });
  try {
    await link(imagePath, join(folder, golden));
  } catch (error) {
    // Gone, or on another file system.
    if (codeOf(error) !== 'EXDEV') return false;
    await copyFile(imagePath, join(folder, golden));
  }
  const disk = join(folder, templateDisk(id));
  await copyFile(join(from, 'disk.qcow2'), disk, constants.COPYFILE_FICLONE);
  await run('qemu-img', ['rebase', '-u', '-f', 'qcow2', '-F', 'qcow2', '-b', join(seenAs, golden), disk]);
  await copyFile(join(from, 'memory.save'), join(folder, templateMemory(id)), constants.COPYFILE_FICLONE);
  await db
    .updateTable('image_version')
    .set({
      phase: 'ready',
      current: true,
      path: imagePath,
      virtual_bytes: virtualBytes,
      file_bytes: fileBytes,
      ready_at: new Date(),
    })
    .where('id', '=', version.id)
    .execute();
  await db
    .insertInto('template')
    .values({
      id,
      image_version_id: version.id,
      host_id: hostId,
      host_class: template.hostClass,
      cpus: template.cpus,
      memory_mib: template.memoryMib,
      phase: 'ready',
      saved_memory_bytes: template.savedMemoryBytes,
      save_head: await readFile(join(from, 'head')),
      ready_at: new Date(),
    })
    .execute();
  for (const { icon, ...program } of programs)
    await db
      .insertInto('image_program')
      .values({
        ...program,
        image_version_id: version.id,
        icon: icon === null ? null : Buffer.from(icon, 'base64'),
      })
      .execute();
  // Else its template would be wanted by nobody, and taken away, before the pool's first turn.
  await db.updateTable('pool').set({ serves_version_id: version.id }).execute();
  return true;
}

async function keep({ db }: Installation, { folder }: Place): Promise<void> {
  const version = await db.selectFrom('image_version').selectAll().executeTakeFirstOrThrow();
  const template = await db
    .selectFrom('template')
    .selectAll()
    .where('phase', '=', 'ready')
    .executeTakeFirstOrThrow();
  const programs = await db
    .selectFrom('image_program')
    .select(['program', 'name', 'description', 'icon'])
    .where('image_version_id', '=', version.id)
    .execute();
  const to = await folderOf(version.recipe_hash ?? '');
  const partial = `${to}.${systemRng.uuid()}`;
  await mkdir(partial, { recursive: true });
  const [disk, memory, head] = FILES.map((name) => join(partial, name)) as [string, string, string];
  await copyFile(join(folder, templateDisk(template.id)), disk);
  await copyFile(join(folder, templateMemory(template.id)), memory);
  await writeFile(head, template.save_head ?? '');
  const facts: z.infer<typeof kept> = {
    imagePath: version.path ?? '',
    virtualBytes: version.virtual_bytes ?? 0,
    fileBytes: version.file_bytes ?? 0,
    hostClass: template.host_class,
    cpus: template.cpus,
    memoryMib: template.memory_mib,
    savedMemoryBytes: template.saved_memory_bytes ?? 0,
    programs: programs.map((each) => ({ ...each, icon: each.icon?.toString('base64') ?? null })),
  };
  await writeFile(join(partial, 'template.json'), JSON.stringify(facts));
  await rename(partial, to).catch(() => rm(partial, { recursive: true, force: true }));
  const parent = dirname(to);
  const ages = await Promise.all(
    (await readdir(parent)).map(async (name) => ({ name, made: (await stat(join(parent, name))).mtimeMs })),
  );
  for (const { name } of ages.toSorted((a, b) => b.made - a.made).slice(KEPT_MAX))
    await rm(join(parent, name), { recursive: true, force: true });
}

/** Each takes half a gigabyte; a few, as more than one checkout may be at work here. */
const KEPT_MAX = 4;

/** Named by the image and by the code that makes templates. */
async function folderOf(recipeHash: string): Promise<string> {
  const digest = createHash('sha256').update(recipeHash);
  for (const folder of MADE_BY) {
    for (const name of (await readdir(join(ROOT, folder))).toSorted()) {
      if (!name.endsWith('.test.ts')) digest.update(name).update(await readFile(join(ROOT, folder, name)));
    }
  }
  const path = join(IMAGE_CACHE, 'templates', digest.digest('hex').slice(0, 16));
  await mkdir(dirname(path), { recursive: true });
  return path;
}
