import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { checkAdvisories } from './advisories.ts';
import { buildWeb } from './up/web.ts';
import { installPackages, missingPackages, wantedPackages } from './up/packages.ts';
import { passThrough } from './run.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const tool = (name: string): string => join(ROOT, 'node_modules', '.bin', name);

/** What tests and benches need beside what `up` installs: peers, and daemons to talk to. */
export async function installTestPackages(): Promise<void> {
  const missing = await missingPackages(wantedPackages(true));
  if (missing.length === 0) return;
  process.stderr.write(`Installs ${missing.map(({ name, reason }) => `${name} (${reason})`).join(', ')}\n`);
  await installPackages(missing, () => {});
}

/** Types, lint, format, then every test from the fastest to the slowest. */
export async function runTests(options: {
  filters: string[];
  long: boolean;
  env: NodeJS.ProcessEnv;
}): Promise<number> {
  await installTestPackages();
  process.chdir(ROOT);
  await buildWeb();
  const env = { ...options.env, ...(options.long ? { ORANGERY_TEST_LONG: '1' } : {}) };
  const checks: [string, string[]][] =
    options.filters.length > 0
      ? []
      : [
          [tool('tsc'), ['-p', '.']],
          [tool('tsc'), ['-p', 'apps/web']],
          [tool('oxlint'), ['--type-aware', '--deny-warnings']],
          [tool('oxfmt'), ['--check', '.']],
        ];
  for (const [command, args] of checks) {
    const code = await passThrough(command, args, env);
    if (code !== 0) return code;
  }
  if (options.filters.length === 0) {
    const code = await checkAdvisories(process.stderr);
    if (code !== 0) return code;
  }
  // One project after the other: emulated guests and a database under load do not measure each other.
  for (const project of ['unit', 'database', 'host', 'journey']) {
    const code = await passThrough(
      tool('vitest'),
      ['run', '--project', project, '--passWithNoTests', ...options.filters],
      env,
    );
    if (code !== 0) return code;
  }
  return 0;
}
