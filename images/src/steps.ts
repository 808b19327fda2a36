import { chmod, cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { makeDisk } from './disk.ts';
import {
  convertProgress,
  downloadProgress,
  installProgress,
  type Step,
  type StepProgress,
} from './progress.ts';
import { type Packages, plannedPackages } from './packages.ts';
import { executable, exists, filesBelow, type Recipe } from './recipe.ts';
import { run } from './run.ts';
import { machineMirrors, sourceLines } from './sources.ts';

export type StepContext = {
  recipe: Recipe;
  /** This build's folder; what a finished step made is in it under its final name. */
  work: string;
  signal: AbortSignal | undefined;
  report: (progress: StepProgress) => void;
};

/**
 * A step writes what it makes as `<result>.partial` and renames it when it is whole, so that a result that
 * exists is finished. `obsolete` is what only this step needed, deleted after it: a build needs the space of
 * two of its results at a time.
 */
type StepWork = {
  name: Step;
  result: string;
  obsolete: readonly string[];
  run: (context: StepContext, partial: string) => Promise<void>;
};

export const stepWork: readonly StepWork[] = [
  { name: 'packages', result: 'packages.json', obsolete: [], run: fetchPackages },
  { name: 'root', result: 'root', obsolete: ['apt', 'overlay'], run: makeRoot },
  { name: 'disk', result: 'disk.raw', obsolete: ['root', 'scratch'], run: makeDiskStep },
  { name: 'image', result: 'image.qcow2', obsolete: ['disk.raw'], run: convert },
];

/** apt, told to look at nothing of this machine but how it reaches its mirror. */
async function prepareApt(
  release: string,
  work: string,
  signal: AbortSignal | undefined,
): Promise<{ env: Record<string, string>; sources: string[]; inherited: string[] }> {
  const apt = join(work, 'apt');
  for (const name of ['lists/partial', 'archives/partial', 'state']) {
    await mkdir(join(apt, name), { recursive: true });
  }
  const sources = sourceLines(await machineMirrors(), release);
  await writeFile(join(apt, 'sources.list'), `${sources.join('\n')}\n`);
  await writeFile(join(apt, 'status'), '');
  const inherited = await machineAptOptions(signal);
  const configuration = [
    'Dir::Etc::Parts "/dev/null";',
    'Dir::Etc::SourceParts "/dev/null";',
    'Dir::Etc::PreferencesParts "/dev/null";',
    'Dir::Etc::Preferences "/dev/null";',
    `Dir::Etc::SourceList "${apt}/sources.list";`,
    `Dir::State "${apt}/state";`,
    `Dir::State::Lists "${apt}/lists";`,
    `Dir::State::status "${apt}/status";`,
    `Dir::Cache "${apt}";`,
    `Dir::Cache::Archives "${apt}/archives";`,
    'Dir::Cache::pkgcache "";',
    'Dir::Cache::srcpkgcache "";',
    // The work folder need not be readable by apt's download account.
    'APT::Sandbox::User "root";',
    'APT::Install-Recommends "false";',
    'APT::Get::Assume-Yes "true";',
    'Acquire::Languages "none";',
    'Acquire::Retries "3";',
    ...inherited.map((option) => `${option};`),
  ];
  await writeFile(join(apt, 'apt.conf'), `${configuration.join('\n')}\n`);
  const env = { APT_CONFIG: join(apt, 'apt.conf') };
  return { env, sources, inherited };
}

/** What an image of this recipe would be made of today. */
async function planPackages(
  { recipe, signal }: Pick<StepContext, 'recipe' | 'signal'>,
  env: Record<string, string>,
): Promise<Packages> {
  await run('apt-get', ['update', '--error-on=any'], { env, signal });
  return plannedPackages(await run('apt-get', ['--simulate', ...installOf(recipe)], { env, signal }));
}

const installOf = (recipe: Recipe): string[] => ['install', '?essential', ...recipe.packages];

/** A plan of its own, without a build. */
export async function planRecipe(recipe: Recipe, work: string, signal: AbortSignal): Promise<Packages> {
  const { env } = await prepareApt(recipe.release, work, signal);
  return planPackages({ recipe, signal }, env);
}

/** Downloads all packages into `apt/archives`; apt itself goes on with half a file. */
async function fetchPackages({ recipe, work, signal, report }: StepContext, partial: string): Promise<void> {
  const { env, sources, inherited } = await prepareApt(recipe.release, work, signal);
  report({ within: 0, detail: 'package lists' });
  const packages = await planPackages({ recipe, signal }, env);
  const packageCount = Object.keys(packages).length;
  // Status lines on standard output, where its other lines are not wanted.
  await run('apt-get', ['--download-only', '-oAPT::Status-Fd=1', '-qq', ...installOf(recipe)], {
    env,
    signal,
    onLine: (line) => {
      const progress = downloadProgress(line);
      if (progress !== undefined) report(progress);
    },
  });
  await writeFile(partial, JSON.stringify({ sources, inherited, packageCount, packages }));
}

/** Unpacks and configures the packages, with the overlays in place before the first of them. */
async function makeRoot({ recipe, work, signal, report }: StepContext, partial: string): Promise<void> {
  const { sources, inherited, packageCount } = JSON.parse(
    await readFile(join(work, 'packages.json'), 'utf8'),
  ) as { sources: string[]; inherited: string[]; packageCount: number };
  const overlay = join(work, 'overlay');
  await stageOverlays(recipe, overlay);
  const hooks: string[] = [];
  for (const folder of recipe.folders) {
    const hook = join(folder, 'customize');
    if (await exists(hook)) hooks.push(`--customize-hook=${hook}`);
  }
  // Downloads and package lists of the step before are mounted in, not copied; the mounts live in a mount
  // namespace that ends with mmdebstrap.
  const bind = (from: string, to: string): string =>
    `--setup-hook=mkdir -p "$1${to}" && mount --bind '${join(work, 'apt', from)}' "$1${to}"`;
  const args = ['--verbose', '--mode=root', '--variant=essential', '--format=directory'];
  args.push('--skip=update,cleanup/apt,check/empty', '--dpkgopt=force-confold', '--dpkgopt=force-unsafe-io');
  args.push('--aptopt=APT::Install-Recommends "false"', '--aptopt=Acquire::Languages "none"');
  args.push(...inherited.map((option) => `--aptopt=${option}`));
  if (recipe.packages.length > 0) args.push(`--include=${recipe.packages.join(',')}`);
  args.push(`--setup-hook=cp -a '${overlay}/.' "$1/"`);
  args.push(bind('archives', '/var/cache/apt/archives'), bind('lists', '/var/lib/apt/lists'));
  args.push(...hooks);
  // What mmdebstrap would have cleaned, had the lists and archives been its own; and the options that were for
  // this machine only, a proxy's password among them.
  const leftovers = [
    'var/cache/apt/*.bin',
    'etc/dpkg/dpkg.cfg.d/99mmdebstrap',
    'etc/apt/apt.conf.d/99mmdebstrap',
  ];
  args.push(`--customize-hook=cd "$1" && rm -f ${leftovers.join(' ')}`);
  const follow = installProgress(packageCount);
  await run('mmdebstrap', [...args, recipe.release, partial, ...sources], {
    contained: true,
    signal,
    env: { TMPDIR: work },
    onLine: (line) => {
      const progress = follow(line);
      if (progress !== undefined) report(progress);
    },
  });
  await run('sync', ['--file-system', partial], { signal });
}

async function makeDiskStep({ recipe, work, signal, report }: StepContext, partial: string): Promise<void> {
  const scratch = join(work, 'scratch');
  await rm(scratch, { recursive: true, force: true });
  await mkdir(scratch);
  await makeDisk({
    root: join(work, 'root'),
    disk: partial,
    scratch,
    virtualBytes: recipe.virtualBytes,
    bootable: recipe.guest,
    signal,
    onDetail: (within, detail) => report({ within, detail }),
  });
}

async function convert({ work, signal, report }: StepContext, partial: string): Promise<void> {
  const options = 'compat=1.1,cluster_size=64k,lazy_refcounts=off,extended_l2=off';
  await run(
    'qemu-img',
    ['convert', '-p', '-f', 'raw', '-O', 'qcow2', '-o', options, join(work, 'disk.raw'), partial],
    {
      signal,
      onLine: (line) => {
        const progress = convertProgress(line);
        if (progress !== undefined) report(progress);
      },
    },
  );
  await run('sync', [partial], { signal });
}

/** One folder with all overlays, later ones over earlier; of the modes only "executable" counts, as in git. */
async function stageOverlays(recipe: Recipe, target: string): Promise<void> {
  await rm(target, { recursive: true, force: true });
  await mkdir(target, { mode: 0o755 });
  for (const folder of recipe.folders) {
    const overlay = join(folder, 'overlay');
    if (!(await exists(overlay))) continue;
    for (const file of await filesBelow(overlay)) {
      const to = join(target, relative(overlay, file));
      await mkdir(dirname(to), { recursive: true, mode: 0o755 });
      await cp(file, to);
      await chmod(to, (await executable(file)) ? 0o755 : 0o644);
    }
  }
}

/** How this machine reaches its mirror (proxies) and what it accepts (expired lists, where somebody said so). */
async function machineAptOptions(signal: AbortSignal | undefined): Promise<string[]> {
  const lines = await run('apt-config', ['dump'], { signal });
  return lines.flatMap((line) => {
    const match = /^(Acquire::(?:https?(?:::[^ ]*)?|Check-Valid-Until|Check-Date|Proxy[^ ]*) ".+");$/i.exec(
      line,
    );
    return match?.[1] ?? [];
  });
}

/** Moves what an older build of the same recipe has downloaded into this one; apt takes what still fits. */
export async function inheritDownloads(from: string, work: string): Promise<void> {
  const old = join(from, 'apt', 'archives');
  const own = join(work, 'apt', 'archives');
  if (!(await exists(old))) return;
  await mkdir(own, { recursive: true });
  for (const name of await readdir(old)) {
    if (name.endsWith('.deb') && !(await exists(join(own, name))))
      await rename(join(old, name), join(own, name));
  }
}
