import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { placesOf } from './places.ts';

const MAIN = fileURLToPath(new URL('../main.ts', import.meta.url));
const PROMPT = 'READY%';
const SHELLS = {
  bash: { command: 'bash --norc --noprofile -i', begin: `PS1=READY%; bind 'set show-all-if-ambiguous on'` },
  zsh: { command: 'zsh -f -i', begin: `PROMPT=READY%%; autoload -U compinit; compinit -u -D` },
} as const;

/** A shell at a terminal of its own, to which somebody types. */
class Typist {
  readonly #child: ChildProcessWithoutNullStreams;
  #seen = '';
  #news = Promise.withResolvers<void>();

  constructor(command: string) {
    const env = { ...process.env, TERM: 'dumb', HISTFILE: '/dev/null', COLUMNS: '200' };
    this.#child = spawn('script', ['-qfec', command, '/dev/null'], { env });
    this.#child.stdout.on('data', (text: Buffer) => {
      this.#seen += text.toString();
      this.#news.resolve();
      this.#news = Promise.withResolvers();
    });
  }

  /** Types, and returns what is shown from then on, up to this text. */
  async type(text: string, until: string | RegExp): Promise<string> {
    this.#seen = '';
    this.#child.stdin.write(text);
    const holds = (): boolean =>
      typeof until === 'string' ? this.#seen.includes(until) : until.test(this.#seen);
    while (!holds()) await this.#news.promise;
    return this.#seen;
  }

  async close(): Promise<void> {
    this.#child.stdin.end('\x03\nexit\n');
    await once(this.#child, 'exit');
  }
}

describe.each(['bash', 'zsh'] as const)('in %s', (name) => {
  let folder: string;
  let shell: Typist;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'orangery-completion-'));
    const file = join(folder, 'completion');
    await writeFile(file, execFileSync(process.execPath, [MAIN, 'completion', name]));
    await writeFile(join(folder, 'settings.yaml'), '');
    const { command, begin } = SHELLS[name];
    shell = new Typist(command);
    await shell.type(`${begin}; source ${file}; cd ${folder}\n`, new RegExp(`^(?!.*begin).*${PROMPT}`, 'ms'));
    await shell.type(`orangery() { echo "words: $*;"; }; echo begun\n`, /^begun/m);
  });
  afterEach(async () => {
    await shell.type('\x15\n', PROMPT);
  });
  afterAll(async () => {
    await shell.close();
    await rm(folder, { recursive: true, force: true });
  });

  it.each([
    ['orangery doc', 'doctor'],
    ['orangery pool cre', 'pool create'],
    ['orangery --state group pool rol', '--state group pool rollout'],
    ['orangery pool create --persi', undefined],
    ['orangery pool create --memory', 'pool create --memory-mib'],
    ['orangery completion b', 'completion bash'],
    ['orangery pool show sett', 'pool show settings.yaml'],
    ['orangery pool list --state sett', 'pool list --state settings.yaml'],
  ])('%s', async (typed, completed) => {
    const seen = await shell.type(`${typed}\t\n`, /words: .*;/);
    const words = /words: (.*?) *;/.exec(seen)?.[1] ?? '';
    const wanted = completed ?? typed.replace('orangery ', '');
    expect(words).toBe(wanted);
  });

  it('shows what may follow', async () => {
    const seen = await shell.type('orangery group \t\t', /rename[^]*show|show[^]*rename/);
    for (const verb of ['add', 'list', 'member', 'rm', 'show']) expect(seen).toContain(verb);
    expect(seen).not.toContain('doctor');
  });
});

describe('what is completed', () => {
  it('is every command with its visible options, and what they take', () => {
    const program = new Command('x').option('--state <folder>', 'where');
    const pool = program.command('pool').description('pools');
    pool.command('create').description('makes one').option('-f, --fast', 'soon').option('--set [file]', 'it');
    program.command('secret', { hidden: true });
    const places = placesOf(program);
    expect(places.map(({ path }) => path)).toEqual(['', 'pool', 'pool create', 'pool help', 'help']);
    expect(places[0]?.commands.map(({ name }) => name)).toEqual(['pool', 'help']);
    expect(places[2]?.options).toEqual([
      { name: '-f', about: 'soon', takes: undefined },
      { name: '--fast', about: 'soon', takes: undefined },
      { name: '--set', about: 'it', takes: [] },
      { name: '-h', about: 'display help for command', takes: undefined },
      { name: '--help', about: 'display help for command', takes: undefined },
    ]);
  });
});
