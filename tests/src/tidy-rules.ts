import { posix } from 'node:path';

/** A tracked file; `text` is empty for what is no text. */
export type SourceFile = { path: string; text: string };
/** What is wrong, as `path:line what`. */
export type Complaint = string;
export type Rule = (file: SourceFile) => Complaint[];

const PROTOCOLS = ['libvirt', 'rfb', 'vdagent', 'nbd'];
const ENGINES = ['hypervisor', 'display', 'vault'];
const BELOW_CONTROL = ['std', ...PROTOCOLS, ...ENGINES, 'database', 'contract'];

/** Which packages a workspace may see; DESIGN of the planes, see ARCHITECTURE.md. Tests may see everything. */
const MAY_SEE: Record<string, readonly string[]> = {
  'packages/std': [],
  ...Object.fromEntries(PROTOCOLS.map((name) => [`packages/${name}`, ['std']])),
  ...Object.fromEntries(ENGINES.map((name) => [`packages/${name}`, ['std', ...PROTOCOLS]])),
  'packages/contract': [],
  'packages/database': ['std'],
  'packages/control': BELOW_CONTROL,
  'apps/server': [...BELOW_CONTROL, 'control', 'images'],
  'apps/web': ['contract', 'std', 'display/browser'],
  'apps/cli': ['contract', 'std', 'database', 'images', 'libvirt', 'hypervisor'],
  images: ['std'],
  lab: ['std', 'libvirt'],
};

const READS_ENVIRONMENT = ['apps/', 'tests/', 'lab/', 'bench/'];
/** Files that a rule would forbid, and why they may. */
const EXCEPTIONS: Record<string, readonly string[]> = {
  // Programs that a build starts find their way by the environment of who builds.
  environment: ['images/src/run.ts'],
  // Shows each rule something broken; is of no package.
  doors: ['tests/src/tidy.test.ts', 'vitest.config.ts'],
  time: ['packages/std/src/clock.ts', 'packages/std/src/rng.ts', 'apps/web/src/clock.ts'],
};

const LINES_MAX = 600;
export const LINES_ASKED = 400;

export function workspaceOf(path: string): string {
  const [first = '', second = ''] = path.split('/');
  return first === 'packages' || first === 'apps' ? `${first}/${second}` : first;
}

export function isTest(path: string): boolean {
  return /\.(test|fuzz|journey)\.tsx?$|\/testing\//.test(path) || /^(tests|bench)\//.test(path);
}

export function isGenerated(path: string): boolean {
  return (
    path.includes('/generated/') ||
    path.includes('/dist/') ||
    ['pnpm-lock.yaml', 'packages/database/schema.sql', 'docs/openapi.json'].includes(path)
  );
}

const isCode = (path: string): boolean => /\.tsx?$/.test(path);

export function linesOf(text: string): number {
  return text.split('\n').length - 1;
}

/** Complains about each line of code (comments left out) that matches. */
function forbid(pattern: RegExp, what: string, applies: (path: string) => boolean): Rule {
  return ({ path, text }) => {
    if (!isCode(path) || isGenerated(path) || !applies(path)) return [];
    return withoutComments(text)
      .split('\n')
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${what}`] : []));
  };
}

/** Comments may speak of what code may not do. Lines keep their numbers; a "//" in a string is no comment after a colon. */
function withoutComments(text: string): string {
  return text
    .replaceAll(/\/\*[\s\S]*?\*\//g, (comment) => comment.replaceAll(/[^\n]/g, ''))
    .replaceAll(/(?<!:)\/\/.*$/gm, '');
}

const IMPORT = /(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g;

const layers: Rule = ({ path, text }) => {
  const workspace = workspaceOf(path);
  const allowed = MAY_SEE[workspace];
  if (!isCode(path) || isTest(path) || allowed === undefined) return [];
  return importsOf(text).flatMap((name) => {
    if (!name.startsWith('@orangery/')) return [];
    const seen = name.slice('@orangery/'.length);
    if (`packages/${seen}` === workspace || allowed.includes(seen)) return [];
    return [`${path} may not see ${name}: ${workspace} sees ${allowed.join(', ') || 'nothing'}`];
  });
};

const doors: Rule = ({ path, text }) => {
  if (!isCode(path) || EXCEPTIONS['doors']?.includes(path)) return [];
  return importsOf(text).flatMap((name) => {
    if (/^@orangery\/[^/]+\/src(\/|$)/.test(name))
      return [`${path} reaches into ${name}: exports are the door`];
    if (!name.startsWith('.')) return [];
    const target = posix.join(posix.dirname(path), name);
    if (workspaceOf(target) === workspaceOf(path)) return [];
    return [`${path} leaves its package by ${name}`];
  });
};

function importsOf(text: string): string[] {
  return [...withoutComments(text).matchAll(IMPORT)].map((match) => match[1] ?? '');
}

const names: Rule = ({ path }) => {
  const file = posix.basename(path);
  if (/^(utils?|helpers?|common|managers?)\b|[-.](utils?|helpers?|manager)\b/i.test(file))
    return [`${path}: a name that says nothing; what does it hold?`];
  if (!isCode(path) || isGenerated(path)) return [];
  const stem = file
    .replace(/\.tsx?$/, '')
    .replace(/\.(test|fuzz|journey|config|d)$/, '')
    .replace(/\.(db|host)$/, '');
  const kebab = /^[a-z0-9]+(-[a-z0-9]+)*$/.test(stem);
  const pascal = file.endsWith('.tsx') && /^([A-Z][a-z0-9]*)+$/.test(stem);
  return kebab || pascal ? [] : [`${path}: kebab-case, or PascalCase for a component`];
};

const sizes: Rule = ({ path, text }) => {
  if (!/\.(tsx?|sh|css|sql)$/.test(path) || isGenerated(path)) return [];
  const lines = linesOf(text);
  return lines > LINES_MAX ? [`${path} has ${lines} lines; ${LINES_MAX} are the most`] : [];
};

/** Folders that only somebody's own machine has. The guest's own account is nobody's. */
const MACHINE_FOLDERS = ['work', 'home(?!/desktop\\b)'];
const MACHINE_PATH = new RegExp(`(?<![\\w.-])/(${MACHINE_FOLDERS.join('|')})/`);

const places: Rule = ({ path, text }) =>
  isGenerated(path)
    ? []
    : text
        .split('\n')
        .flatMap((line, index) =>
          MACHINE_PATH.test(line) ? [`${path}:${index + 1} names a folder of somebody's machine`] : [],
        );

export const rules: Record<string, Rule> = {
  'layers see only what lies below them': layers,
  'packages are entered by their exports alone': doors,
  'only the outermost layer reads the environment': forbid(
    /\bprocess\.env\b/,
    'reads the environment',
    (path) =>
      !isTest(path) &&
      !READS_ENVIRONMENT.some((prefix) => path.startsWith(prefix)) &&
      EXCEPTIONS['environment']?.includes(path) !== true,
  ),
  'time and chance come from the clock and the rng': forbid(
    /\bDate\.now\b|\bMath\.random\b|(?<![.\w])set(Timeout|Interval)\s*\(/,
    'takes time or chance from elsewhere than std',
    (path) => !isTest(path) && EXCEPTIONS['time']?.includes(path) !== true,
  ),
  'packages write to a log, not to the console': forbid(
    // A machine's console is a thing of ours, with other methods.
    /\bconsole\.(log|error|warn|info|debug|trace|dir|table)\s*\(/,
    'writes to the console',
    (path) => path.startsWith('packages/') && !isTest(path),
  ),
  'names say what a file holds': names,
  'files can be read in one sitting': sizes,
  'nothing names a place on somebody’s machine': places,
};
