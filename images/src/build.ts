import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OrangeryError, systemClock } from '@orangery/std';
import { lockFile } from './lock.ts';
import { type ImageProgress, overall } from './progress.ts';
import { exists, type Recipe, recipeHash } from './recipe.ts';
import { run } from './run.ts';
import { explainFull, requireSpace, whileThereIsSpace } from './space.ts';
import type { Packages } from './packages.ts';
import { inheritDownloads, planRecipe, stepWork } from './steps.ts';

/** Of the recipe's hash, how much is in file names. */
const HASH_DIGITS = 12;
/** Two of root folder, disk and image exist at a time; downloads and file system overhead come on top. */
const SPACE_FACTOR = 2.4;

export type BuiltImage = {
  path: string;
  hash: string;
  /** The disk's size as a machine sees it. */
  virtualBytes: number;
  /** What the file takes. */
  fileBytes: number;
  /** Undefined for one that was built before this was written down. */
  packages: Packages | undefined;
};

/**
 * Makes the image of a recipe as `<outDir>/<name>-<hash>.qcow2`, or returns it when it is there.
 *
 *     packages → root → disk → image → (rename) the finished file
 *
 * Each step's result stays in `<outDir>/.work/<name>-<hash>/` until the next step is finished; after a crash,
 * an abort or a full disk the next call goes on there. The finished file appears whole or not at all. Builds of
 * one recipe name take turns; who waited finds the other's file. Finished images of older hashes are not
 * touched (machines may be made from them); unfinished builds of older hashes are deleted.
 *
 * @param onProgress called often; see `ImageProgress`
 * @throws OrangeryError `diskFull`, `notPermitted`, `noDebianMirror`, `badRecipe`, `commandFailed`,
 *   or the signal's reason
 */
export async function buildImage(options: {
  recipe: Recipe;
  outDir: string;
  /** Makes it anew with the packages of today, beside what was built before; the same edition is the same image. */
  edition?: string | undefined;
  signal?: AbortSignal;
  onProgress?: (progress: ImageProgress) => void;
}): Promise<BuiltImage> {
  const { recipe, outDir, edition, signal, onProgress = () => {} } = options;
  const ofRecipe = await recipeHash(recipe);
  const hash =
    edition === undefined ? ofRecipe : createHash('sha256').update(`${ofRecipe} ${edition}`).digest('hex');
  const base = `${recipe.name}-${hash.slice(0, HASH_DIGITS)}`;
  const path = join(outDir, `${base}.qcow2`);
  const built = async (): Promise<BuiltImage> => {
    const { size } = await stat(path);
    onProgress({ step: 'done', fraction: 1, detail: path });
    return {
      path,
      hash,
      virtualBytes: recipe.virtualBytes,
      fileBytes: size,
      packages: await packagesOf(path),
    };
  };
  if (await exists(path)) return await built();
  if (process.getuid?.() !== 0) {
    throw new OrangeryError(
      'notPermitted',
      `building ${recipe.name} unpacks files of many owners: only root may`,
      {
        fix: 'Run the build as root.',
      },
    );
  }
  const workFolder = join(outDir, '.work');
  await mkdir(workFolder, { recursive: true });
  const release = await lockFile(
    join(workFolder, `${recipe.name}.lock`),
    () => onProgress({ step: 'waiting', fraction: 0, detail: `another process builds ${recipe.name}` }),
    signal,
  );
  try {
    if (await exists(path)) return await built();
    const work = join(workFolder, base);
    await mkdir(work, { recursive: true });
    await cleanOlder(workFolder, recipe.name, work);
    await runSteps(recipe, work, signal, onProgress);
    const { packages } = JSON.parse(await readFile(join(work, 'packages.json'), 'utf8')) as {
      packages?: Packages;
    };
    if (packages !== undefined) await writeFile(`${path}.packages`, JSON.stringify(packages));
    await rename(join(work, 'image.qcow2'), path);
    await run('sync', ['--file-system', outDir]);
    await rm(work, { recursive: true, force: true });
    return await built();
  } finally {
    await release();
  }
}

/** What the image at this path was made of. */
async function packagesOf(path: string): Promise<Packages | undefined> {
  const text = await readFile(`${path}.packages`, 'utf8').catch(() => undefined);
  return text === undefined ? undefined : (JSON.parse(text) as Packages);
}

/** What an image of this recipe would be made of today: asks the mirror, downloads no package. */
export async function planImage(options: {
  recipe: Recipe;
  outDir: string;
  signal: AbortSignal;
}): Promise<Packages> {
  const work = join(options.outDir, '.work', `${options.recipe.name}.plan`);
  await rm(work, { recursive: true, force: true });
  await mkdir(work, { recursive: true });
  try {
    return await planRecipe(options.recipe, work, options.signal);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function runSteps(
  recipe: Recipe,
  work: string,
  signal: AbortSignal | undefined,
  onProgress: (progress: ImageProgress) => void,
): Promise<void> {
  const what = `building ${recipe.name}`;
  const neededBytes = Math.ceil(recipe.rootBytes * SPACE_FACTOR);
  // The last finished step decides: the results of those before it may be deleted already.
  let next = 0;
  for (const [index, step] of stepWork.entries()) {
    if (await exists(join(work, step.result))) next = index + 1;
  }
  if (next === 0) await requireSpace(work, neededBytes, what);
  let fraction = 0;
  for (const step of stepWork.slice(next)) {
    signal?.throwIfAborted();
    const report = (within: number, detail: string): void => {
      fraction = Math.max(fraction, overall(step.name, within));
      onProgress({ step: step.name, fraction, detail });
    };
    report(0, 'begins');
    const partial = join(work, `${step.result}.partial`);
    await rm(partial, { recursive: true, force: true });
    try {
      await whileThereIsSpace(systemClock, work, signal, async (signal) => {
        await step.run({ recipe, work, signal, report: (at) => report(at.within, at.detail) }, partial);
      });
      await rename(partial, join(work, step.result));
    } catch (error) {
      // Asked before the partial result is deleted: afterwards there is room again.
      const explained = await explainFull(error, work, neededBytes, what);
      await rm(partial, { recursive: true, force: true });
      throw explained;
    }
    for (const name of step.obsolete) await rm(join(work, name), { recursive: true, force: true });
    report(1, 'finished');
  }
}

/** Under the name's lock, so that no other build of this name is alive: whatever else there is, is dead. */
async function cleanOlder(workFolder: string, name: string, work: string): Promise<void> {
  const own = new RegExp(`^${name}-[0-9a-f]{${HASH_DIGITS}}$`);
  for (const entry of await readdir(workFolder)) {
    const folder = join(workFolder, entry);
    if (!own.test(entry) || folder === work) continue;
    await inheritDownloads(folder, work);
    await rm(folder, { recursive: true, force: true });
  }
}
