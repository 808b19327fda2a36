import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isGenerated, LINES_ASKED, linesOf, rules, type SourceFile, workspaceOf } from './tidy-rules.ts';

const ROOT = new URL('../..', import.meta.url).pathname;
const BINARY = /\.(png|jpg|ico|woff2?|qcow2|gz)$/;

const paths = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8', maxBuffer: 64 << 20 })
  .split('\0')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));
const files: SourceFile[] = paths.map((path) => ({
  path,
  text: BINARY.test(path) ? '' : readFileSync(join(ROOT, path), 'utf8'),
}));

describe('the repository', () => {
  test.each(Object.entries(rules))('%s', (_name, rule) => {
    expect(files.flatMap(rule)).toEqual([]);
  });

  test('long files are known', () => {
    const long = files.filter(
      ({ path, text }) => /\.tsx?$/.test(path) && !isGenerated(path) && linesOf(text) > LINES_ASKED,
    );
    for (const { path, text } of long)
      process.stdout.write(`a question: ${path} has ${linesOf(text)} lines\n`);
    expect(long.length).toBeLessThan(20);
  });

  test('what everybody looks for is there', () => {
    const wanted = [
      'LICENSE',
      'README.md',
      'ARCHITECTURE.md',
      'SPECIFICATION.md',
      'GLOSSARY.md',
      'CHANGELOG.md',
      'orangery',
    ];
    expect(wanted.filter((path) => !paths.includes(path))).toEqual([]);
  });

  test('each package says what it is, and has a door', () => {
    const workspaces = paths
      .filter((path) => /^(packages\/|apps\/)?[^/]+\/package\.json$/.test(path))
      .map(workspaceOf);
    const packages = workspaces.filter((workspace) => !['tests', 'bench'].includes(workspace));
    const complaints = packages.flatMap((workspace) => {
      const found: string[] = [];
      if (!paths.includes(`${workspace}/README.md`)) found.push(`${workspace} has no README.md`);
      const manifest: unknown = JSON.parse(readFileSync(join(ROOT, workspace, 'package.json'), 'utf8'));
      const isLibrary = workspace.startsWith('packages/') || workspace === 'images' || workspace === 'lab';
      if (isLibrary && !(manifest as { exports?: unknown }).exports)
        found.push(`${workspace} has no exports`);
      return found;
    });
    expect(workspaces.length).toBeGreaterThan(10);
    expect(complaints).toEqual([]);
  });
});

describe('each rule can fail', () => {
  const slash = '/';
  const broken: [keyof typeof rules, string, string][] = [
    [
      'layers see only what lies below them',
      'packages/std/src/a.ts',
      "import { x } from '@orangery/libvirt';",
    ],
    [
      'layers see only what lies below them',
      'packages/vault/src/a.ts',
      "import { x } from '@orangery/hypervisor';",
    ],
    ['layers see only what lies below them', 'apps/web/src/a.ts', "import { x } from '@orangery/display';"],
    [
      'layers see only what lies below them',
      'apps/cli/src/a.ts',
      "const x = await import('@orangery/control');",
    ],
    [
      'packages are entered by their exports alone',
      'apps/server/src/a.ts',
      "import '@orangery/rfb/src/des.ts';",
    ],
    [
      'packages are entered by their exports alone',
      'packages/rfb/src/a.ts',
      "import x from '../../std/src/b.ts';",
    ],
    [
      'only the outermost layer reads the environment',
      'packages/control/src/a.ts',
      "const x = process.env['A'];",
    ],
    ['time and chance come from the clock and the rng', 'apps/server/src/a.ts', 'const now = Date.now();'],
    ['time and chance come from the clock and the rng', 'packages/rfb/src/a.ts', 'setTimeout(run, 5);'],
    ['time and chance come from the clock and the rng', 'lab/src/a.ts', 'const x = Math.random();'],
    ['packages write to a log, not to the console', 'packages/rfb/src/a.ts', 'console.log(1);'],
    ['names say what a file holds', 'packages/rfb/src/utils.ts', ''],
    ['names say what a file holds', 'packages/rfb/src/string-helpers.ts', ''],
    ['names say what a file holds', 'packages/rfb/src/Decoder.ts', ''],
    ['files can be read in one sitting', 'packages/rfb/src/a.ts', '\n'.repeat(601)],
    ['nothing names a place on somebody’s machine', 'docs/a.md', `see ${slash}home${slash}ada/notes`],
  ];
  test.each(broken)('%s: %s', (name, path, text) => {
    expect(rules[name]?.({ path, text })).toHaveLength(1);
  });

  const fine: [string, string][] = [
    [
      'packages/rfb/src/a.ts',
      "// Date.now() would jump.\nimport { Clock } from '@orangery/std';\nimport { b } from './b.ts';\nsocket.setTimeout(5);",
    ],
    [
      'packages/rfb/src/a.test.ts',
      "import { startPretendHost } from '@orangery/lab';\nsetTimeout(() => {}, 1);",
    ],
    ['apps/web/src/pages/DesktopList.tsx', "import { feed } from '@orangery/display/browser';"],
    ['images/guest/overlay/usr/lib/orangery/seal', `rm -rf ${slash}home${slash}desktop/.cache`],
  ];
  test.each(fine)('%s is fine', (path, text) => {
    expect(Object.values(rules).flatMap((rule) => rule({ path, text }))).toEqual([]);
  });
});
