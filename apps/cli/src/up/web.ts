import { createHash } from 'node:crypto';
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../run.ts';

const ROOT = fileURLToPath(new URL('../../../../', import.meta.url));
const WEB = join(ROOT, 'apps/web');
const SOURCES = [
  'apps/web/src',
  'apps/web/public',
  'apps/web/index.html',
  'apps/web/vite.config.ts',
  'apps/web/compressed.ts',
  'apps/web/package.json',
  'packages/contract/src',
  'packages/display/src',
  'pnpm-lock.yaml',
];

/** Builds the pages when their sources have changed since the last time. */
export async function buildWeb(): Promise<string> {
  const hash = await hashOf(SOURCES);
  const stamp = join(WEB, 'dist/.built-from');
  if ((await readFile(stamp, 'utf8').catch(() => '')) === hash) return 'up to date';
  // Beside, then in place by rename: a server that runs meanwhile serves the old pages or the new ones.
  const fresh = join(WEB, `dist.${process.pid}`);
  await run(
    process.execPath,
    [join(WEB, 'node_modules/vite/bin/vite.js'), 'build', '--outDir', fresh, '--emptyOutDir'],
    {
      cwd: WEB,
      // Whoever runs us may be a test; pages are always built as they are shipped.
      env: { ...process.env, NODE_ENV: 'production' },
    },
  );
  await writeFile(join(fresh, '.built-from'), hash);
  const old = join(WEB, `dist.old.${process.pid}`);
  await rename(join(WEB, 'dist'), old).catch(() => {});
  await rename(fresh, join(WEB, 'dist'));
  await rm(old, { recursive: true, force: true });
  return 'built';
}

async function hashOf(paths: readonly string[]): Promise<string> {
  const hash = createHash('sha256');
  const add = async (path: string): Promise<void> => {
    const entries = await readdir(join(ROOT, path), { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) {
      hash.update(path).update(await readFile(join(ROOT, path)).catch(() => ''));
      return;
    }
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) await add(join(path, entry.name));
  };
  for (const path of paths) await add(path);
  return hash.digest('hex');
}
