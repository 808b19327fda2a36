import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { filesBelow, loadRecipe, recipeHash, recipes } from './recipe.ts';

const TINY = join(import.meta.dirname, 'testing', 'tiny');
let folder = '';

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'orangery-recipe-')), 'tiny');
  await cp(TINY, folder, { recursive: true });
});

afterEach(async () => {
  await rm(join(folder, '..'), { recursive: true, force: true });
});

const hashNow = async (): Promise<string> => await recipeHash(await loadRecipe(folder));

test('every recipe of the product loads, has what every guest needs, and a hash of its own', async () => {
  const all = await recipes();
  expect(all.map((recipe) => recipe.name)).toEqual(['debian-openbox', 'debian-xfce']);
  for (const recipe of all) {
    expect(recipe.packages).toContain('qemu-guest-agent');
    expect(recipe.packages).toContain('linux-image-amd64');
  }
  const hashes = await Promise.all(all.map(async (recipe) => await recipeHash(recipe)));
  expect(new Set(hashes).size).toBe(all.length);
});

test('a copy of a recipe in another folder has the same hash', async () => {
  expect(await hashNow()).toBe(await recipeHash(await loadRecipe(TINY)));
});

test('a changed byte in any file changes the hash', async () => {
  const before = await hashNow();
  for (const file of await filesBelow(folder)) {
    const content = await readFile(file);
    await writeFile(file, Buffer.concat([content, Buffer.from('\n')]));
    expect(await hashNow(), file).not.toBe(before);
    await writeFile(file, content);
    expect(await hashNow(), file).toBe(before);
  }
});

test('a new file, a renamed file and an executable bit change the hash', async () => {
  const before = await hashNow();
  const extra = join(folder, 'overlay', 'etc', 'extra');
  await writeFile(extra, '');
  const withExtra = await hashNow();
  await cp(extra, `${extra}-renamed`);
  await rm(extra);
  const renamed = await hashNow();
  await chmod(`${extra}-renamed`, 0o755);
  const executable = await hashNow();
  expect(new Set([before, withExtra, renamed, executable]).size).toBe(4);
});

test('a package name that could be an option or a shell word is refused', async () => {
  const file = join(folder, 'recipe.json');
  const recipe = JSON.parse(await readFile(file, 'utf8')) as object;
  for (const name of ['--force-yes', 'a b', '$(id)', '']) {
    await writeFile(file, JSON.stringify({ ...recipe, packages: [name] }));
    await expect(loadRecipe(folder)).rejects.toMatchObject({ code: 'badRecipe' });
  }
});
