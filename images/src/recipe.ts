import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join, relative } from 'node:path';
import { codeOf, OrangeryError } from '@orangery/std';

/** Changes whenever the builder makes a different disk from the same files; part of every recipe's hash. */
const BUILDER_VERSION = 1;

/** The folder `images/`. */
const IMAGES = join(import.meta.dirname, '..');
/** What every guest has, whatever its desktop: overlay, packages, customize hook. */
const GUEST = join(IMAGES, 'guest');

const NAME = /^[a-z0-9][a-z0-9-]{0,40}$/;
const PACKAGE = /^[a-z0-9][a-z0-9+.-]{1,100}$/;
const RECIPE_FILES_MAX = 5000;

export type Recipe = {
  /** The folder's name; also the first part of the image file's name. */
  name: string;
  title: string;
  description: string;
  /** Debian's code name, as in `bookworm`. */
  release: string;
  /** All packages, sorted: the recipe's and the guest's. */
  packages: readonly string[];
  /** Size of the disk as a machine sees it. */
  virtualBytes: number;
  /** About how much the unpacked root file system takes; only for the check of free space. */
  rootBytes: number;
  /** Below this much memory a machine of this image is no pleasure. */
  memoryBytesMin: number;
  /** Has a kernel, the guest's parts and a boot menu. Without, it is a root file system for tests. */
  guest: boolean;
  /** The folders whose files go in, in order: each may have `overlay/`, `packages.json` and `customize`. */
  folders: readonly string[];
};

type RecipeFile = {
  title: string;
  description: string;
  release: string;
  guest: boolean;
  virtualMegabytes: number;
  rootMegabytes: number;
  memoryMegabytesMin: number;
  packages: string[];
};

/** All recipes of the product, by name. */
export async function recipes(): Promise<Recipe[]> {
  const found: Recipe[] = [];
  for (const entry of await readdir(IMAGES, { withFileTypes: true })) {
    if (!entry.isDirectory() || entry.name === 'node_modules') continue;
    const folder = join(IMAGES, entry.name);
    if (await exists(join(folder, 'recipe.json'))) found.push(await loadRecipe(folder));
  }
  return found.sort((a, b) => a.name.localeCompare(b.name));
}

/** @throws OrangeryError `badRecipe` */
export async function loadRecipe(folder: string): Promise<Recipe> {
  const name = basename(folder);
  const bad = (why: string): OrangeryError =>
    new OrangeryError('badRecipe', `the recipe in ${folder} cannot be used: ${why}`, {
      fix: 'Compare its recipe.json with images/debian-openbox/recipe.json.',
    });
  const file = (await readJson(join(folder, 'recipe.json'), bad)) as Partial<RecipeFile>;
  if (!NAME.test(name)) throw bad(`its folder's name must match ${NAME}`);
  const guest = file.guest ?? true;
  const folders = guest ? [GUEST, folder] : [folder];
  const shared = guest
    ? ((await readJson(join(GUEST, 'packages.json'), bad)) as { packages: string[] }).packages
    : [];
  const packages = [...new Set([...shared, ...(file.packages ?? [])])].sort();
  for (const pkg of packages) {
    if (!PACKAGE.test(pkg)) throw bad(`${JSON.stringify(pkg)} is no package name`);
  }
  if (file.release === undefined || !NAME.test(file.release)) throw bad('`release` is missing');
  return {
    name,
    title: file.title ?? name,
    description: file.description ?? '',
    release: file.release,
    packages,
    virtualBytes: megabytes(file.virtualMegabytes, 'virtualMegabytes', bad),
    rootBytes: megabytes(file.rootMegabytes, 'rootMegabytes', bad),
    memoryBytesMin: megabytes(file.memoryMegabytesMin, 'memoryMegabytesMin', bad),
    guest,
    folders,
  };
}

/**
 * SHA-256 (hex) of everything that goes into the image from our side: every file's path, executable bit and
 * content, and the builder's version. What Debian publishes today is not part of it: the same recipe built
 * next month is the same image with newer packages, made anew only when somebody asks for it.
 */
export async function recipeHash(recipe: Recipe): Promise<string> {
  const hash = createHash('sha256').update(`builder ${BUILDER_VERSION}\n${recipe.name}\n`);
  for (const folder of recipe.folders) {
    const role = folder === GUEST ? 'guest' : 'recipe';
    for (const path of await filesBelow(folder)) {
      const content = await readFile(path);
      const mode = (await executable(path)) ? 'x' : '-';
      hash.update(`${role} ${relative(folder, path)} ${mode} ${content.length}\n`).update(content);
    }
  }
  return hash.digest('hex');
}

/** The files of a folder and all folders in it, sorted, so that the order of the disk does not matter. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  if (files.length > RECIPE_FILES_MAX) {
    throw new OrangeryError(
      'badRecipe',
      `${folder} holds ${files.length} files, at most ${RECIPE_FILES_MAX}`,
    );
  }
  return files.sort();
}

export async function executable(path: string): Promise<boolean> {
  return ((await stat(path)).mode & 0o100) !== 0;
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

async function readJson(path: string, bad: (why: string) => OrangeryError): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    throw bad(`${path}: ${String(error)}`);
  }
}

function megabytes(value: number | undefined, field: string, bad: (why: string) => OrangeryError): number {
  if (value === undefined || !Number.isInteger(value) || value < 1 || value > 1024 * 1024) {
    throw bad(`\`${field}\` must be a whole number of megabytes from 1 to 1048576`);
  }
  return value * 1024 * 1024;
}
