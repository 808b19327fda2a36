import { spawn } from 'node:child_process';
import { cp, mkdtemp, readdir, readFile, rm, statfs, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { systemClock } from '@orangery/std';
import { afterEach, beforeEach, expect, inject, test } from 'vitest';
import { buildImage, type BuiltImage } from './build.ts';
import { type ImageProgress, STEPS } from './progress.ts';
import { exists, loadRecipe } from './recipe.ts';
import { run } from './run.ts';

const TINY = join(import.meta.dirname, 'testing', 'tiny');
const CHILD = join(import.meta.dirname, 'testing', 'build-child.ts');

type Said = Partial<ImageProgress> & { built?: BuiltImage; failed?: { code: string; message: string } };

let outDir = '';
let mounted = false;

beforeEach(async () => {
  outDir = await mkdtemp(join(tmpdir(), 'orangery-build-'));
});

afterEach(async () => {
  expect(await processesIn(outDir)).toEqual([]);
  const mounts = await readFile('/proc/self/mounts', 'utf8');
  if (mounted) await run('umount', [outDir]);
  mounted = false;
  await rm(outDir, { recursive: true, force: true });
  // The bind mounts of a build never reach the namespace of its machine.
  expect(mounts.split('\n').filter((line) => line.includes(`${outDir}/`))).toEqual([]);
});

/** Builds in a process of its own; `until` says at which event the process is killed. */
async function buildInChild(recipe: string, until: (said: Said) => boolean = () => false): Promise<Said[]> {
  const child = spawn(process.execPath, [CHILD, recipe, outDir], { stdio: ['ignore', 'pipe', 'inherit'] });
  const said: Said[] = [];
  for await (const line of createInterface({ input: child.stdout })) {
    const event = JSON.parse(line) as Said;
    said.push(event);
    if (until(event)) child.kill('SIGKILL');
  }
  return said;
}

/** Command lines of all processes that name `folder`. */
async function processesIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    if (line.includes(folder)) found.push(line.replaceAll('\0', ' '));
  }
  return found;
}

/** The kernel kills a dead builder's children at once, but not in the same instant. */
async function untilNothingRuns(): Promise<void> {
  const clock = systemClock;
  const endMs = clock.monotonicMs() + 10_000;
  while ((await processesIn(outDir)).length > 0 && clock.monotonicMs() < endMs) await clock.sleep(20);
}

async function images(): Promise<string[]> {
  return (await readdir(outDir)).filter((name) => name.endsWith('.qcow2'));
}

async function expectSound(path: string): Promise<void> {
  await run('qemu-img', ['check', '-q', path]);
  const raw = join(outDir, 'check.raw');
  await run('qemu-img', ['convert', '-O', 'raw', path, raw]);
  const offset = 129 * 1024 * 1024;
  await run('sfdisk', ['--verify', raw]);
  const listing = await run('debugfs', ['-R', 'cat /etc/orangery-test', `${raw}?offset=${offset}`]);
  expect(listing.join('\n')).toContain('made by a test');
  await rm(raw);
}

test('killed in every step, the next build goes on after the last finished one', async () => {
  for (const { name } of STEPS) {
    const said = await buildInChild(TINY, (event) => event.step === name && event.detail !== 'finished');
    expect(said.at(-1)?.built).toBeUndefined();
    await untilNothingRuns();
    expect(await processesIn(outDir)).toEqual([]);
    expect(await images()).toEqual([]);
    // Nothing of the steps before was done again.
    const before = STEPS.slice(0, Math.max(0, STEPS.findIndex((step) => step.name === name) - 1));
    for (const done of before) expect(said.some((event) => event.step === done.name)).toBe(false);
  }
  const said = await buildInChild(TINY);
  const built = said.at(-1)?.built;
  expect(built).toBeDefined();
  expect(said.map((event) => event.step)).not.toContain('packages');
  expect(said.map((event) => event.step)).not.toContain('root');
  expect(await images()).toHaveLength(1);
  expect((await readdir(join(outDir, '.work'))).filter((name) => !name.endsWith('.lock'))).toEqual([]);
  await expectSound(built?.path ?? '');
});

const builders = inject('longParts').includes('two builders');
test.runIf(builders)('of two builders of one image one builds and the other waits for it', async () => {
  const [one, other] = await Promise.all([buildInChild(TINY), buildInChild(TINY)]);
  expect(one.at(-1)?.built).toEqual(other.at(-1)?.built);
  const waited = [one, other].filter((said) => said.some((event) => event.step === 'waiting'));
  expect(waited).toHaveLength(1);
  expect(waited[0]?.some((event) => event.step === 'root')).toBe(false);
  const again: ImageProgress[] = [];
  await buildImage({ recipe: await loadRecipe(TINY), outDir, onProgress: (event) => again.push(event) });
  expect(again.map((event) => event.step)).toEqual(['done']);
});

test('an abort ends the step that runs and leaves no half result', async () => {
  const controller = new AbortController();
  const recipe = await loadRecipe(TINY);
  const building = buildImage({
    recipe,
    outDir,
    signal: controller.signal,
    onProgress: (event) => {
      if (event.step === 'root' && event.fraction > 0.2) controller.abort(new Error('stopped by the test'));
    },
  });
  await expect(building).rejects.toThrow('stopped by the test');
  await untilNothingRuns();
  expect(await images()).toEqual([]);
  expect(await partials()).toEqual([]);
});

test('a disk that is too small is found before anything is made', async () => {
  await mountSmall('100m');
  const said = await buildInChild(TINY);
  expect(said.at(-1)?.failed?.code).toBe('diskFull');
  expect(said.at(-1)?.failed?.message).toMatch(/needs about 720 MiB .* found 100 MiB/);
});

test('a disk that fills up on the way is named as such, and with more room the build goes on', async () => {
  const modest = join(await mkdtemp(join(tmpdir(), 'orangery-recipe-')), 'tiny');
  await cp(TINY, modest, { recursive: true });
  const file = join(modest, 'recipe.json');
  const recipe = JSON.parse(await readFile(file, 'utf8')) as object;
  await writeFile(file, JSON.stringify({ ...recipe, rootMegabytes: 1 }));
  try {
    for (const { name } of STEPS) {
      await mountSmall('1500m');
      await buildInChild(modest, (event) => event.step === name);
      await untilNothingRuns();
      // A little more than is taken now: too little for any step's result.
      const { blocks, bfree, bsize } = await statfs(outDir);
      await mountSmall(String((blocks - bfree) * bsize + 8 * 1024 * 1024));
      const said = await buildInChild(modest);
      expect(said.at(-1)?.failed?.code, `${name}: ${said.at(-1)?.failed?.message}`).toBe('diskFull');
      expect(said.findLast((event) => event.step !== undefined)?.step).toBe(name);
      expect(await partials()).toEqual([]);
      expect(await images()).toEqual([]);
    }
    await mountSmall('1500m');
    const said = await buildInChild(modest);
    expect(said.at(-1)?.built).toBeDefined();
    expect(said.some((event) => event.step === 'packages')).toBe(false);
    await expectSound(said.at(-1)?.built?.path ?? '');
  } finally {
    await rm(join(modest, '..'), { recursive: true, force: true });
  }
});

/** Mounts a file system of this size on `outDir`, or makes the one that is there larger. */
async function mountSmall(size: string): Promise<void> {
  const options = mounted ? `remount,size=${size}` : `size=${size}`;
  await run('mount', ['-t', 'tmpfs', '-o', options, 'tmpfs', outDir]);
  mounted = true;
}

async function partials(): Promise<string[]> {
  const work = join(outDir, '.work');
  if (!(await exists(work))) return [];
  return (await readdir(work, { recursive: true })).filter((name) => name.endsWith('.partial'));
}
