import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** The guest's own program, with folders of this test and a systemd that is one process. */
const PROGRAM = join(import.meta.dirname, '..', 'guest', 'overlay', 'usr', 'lib', 'orangery', 'maintenance');
const WAIT_MS = 20_000;

type Answer = {
  id: string;
  state: string;
  items: { name: string; outcome: string; exitCode: number | null; seconds: number; detail: string }[];
  error?: string;
};

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'orangery-maintenance-'));
  await mkdir(join(folder, 'd'));
  await mkdir(join(folder, 'bin'));
  const text = (await readFile(PROGRAM, 'utf8'))
    .replaceAll('/etc/orangery/maintenance.d', join(folder, 'd'))
    .replaceAll("'/run/orangery", `'${join(folder, 'run')}`);
  await program('maintenance', text);
  const pid = join(folder, 'pid');
  await program(
    'bin/systemd-run',
    `#!/bin/sh\nwhile [ "\${1#--}" != "$1" ]; do shift; done\n"$@" >/dev/null 2>&1 & echo $! >${pid}\n`,
  );
  await program(
    'bin/systemctl',
    `#!/bin/sh
pid=$(cat ${pid} 2>/dev/null || echo none)
if [ "$1" = show ]; then kill -0 "$pid" 2>/dev/null && echo active || echo inactive; fi
if [ "$1" = stop ]; then kill -TERM "$pid"; while kill -0 "$pid" 2>/dev/null; do sleep 0.05; done; fi
`,
  );
});
afterEach(async () => {
  const pid = Number(await readFile(join(folder, 'pid'), 'utf8').catch(() => ''));
  if (pid > 1) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended, as it should.
    }
  }
  await rm(folder, { recursive: true, force: true });
});

async function program(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
  await chmod(join(folder, name), 0o755);
}

function ask(verb: string, input: object): Answer {
  const { stdout, stderr } = spawnSync(join(folder, 'maintenance'), [verb], {
    input: JSON.stringify(input),
    encoding: 'utf8',
    env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}` },
  });
  expect(stderr).toBe('');
  return JSON.parse(stdout) as Answer;
}

async function until(id: string, holds: (answer: Answer) => boolean): Promise<Answer> {
  const deadline = systemClock.monotonicMs() + WAIT_MS;
  for (;;) {
    const answer = ask('look', { id });
    if (holds(answer)) return answer;
    if (systemClock.monotonicMs() > deadline) throw new Error(`never so: ${JSON.stringify(answer)}`);
    await systemClock.sleep(50);
  }
}
const over = (id: string): Promise<Answer> => until(id, ({ state }) => state !== 'running');

describe('the maintenance of a guest', () => {
  it('runs its programs in order, and tells of each how it ended and what it said last', async () => {
    await program('d/30-nothing', '#!/bin/sh\necho nothing here\nexit 77\n');
    await program('d/10-good', '#!/bin/sh\necho begins\necho "3 \\"things\\" done \\\\"\n');
    await program('d/20-broken', '#!/bin/sh\necho it is broken >&2\nexit 4\n');
    await writeFile(join(folder, 'd', '40-no-program'), 'not executable');
    await program('d/50-old.dpkg-old', '#!/bin/sh\n');
    expect(ask('look', { id: 'a' })).toEqual({ id: 'a', state: 'none', items: [] });
    ask('start', { id: 'a', limitSeconds: 60 });
    const { state, items } = await over('a');
    expect(state).toBe('over');
    expect(items).toMatchObject([
      { name: '10-good', outcome: 'done', exitCode: 0, detail: '3 "things" done \\' },
      { name: '20-broken', outcome: 'failed', exitCode: 4, detail: 'it is broken' },
      { name: '30-nothing', outcome: 'skipped', exitCode: 77, detail: 'nothing here' },
    ]);
  });

  it('begins once for its id, however often it is asked, and not beside another', async () => {
    await program('d/10-count', `#!/bin/sh\necho x >>${join(folder, 'count')}\nsleep 1\n`);
    ask('start', { id: 'a', limitSeconds: 60 });
    expect(ask('start', { id: 'a', limitSeconds: 60 }).state).toBe('running');
    expect(ask('start', { id: 'b', limitSeconds: 60 })).toEqual({ id: 'b', state: 'busy', items: [] });
    await over('a');
    expect(ask('start', { id: 'a', limitSeconds: 60 }).state).toBe('over');
    expect(await readFile(join(folder, 'count'), 'utf8')).toBe('x\n');
    await until('b', ({ state }) => state === 'none');
    ask('start', { id: 'b', limitSeconds: 60 });
    await over('b');
    expect(await readFile(join(folder, 'count'), 'utf8')).toBe('x\nx\n');
  });

  it('ends at its limit, with all that its programs began', async () => {
    await program('d/10-long', '#!/bin/sh\necho began\nsleep 600 &\nsleep 600\n');
    await program('d/20-later', '#!/bin/sh\n');
    ask('start', { id: 'a', limitSeconds: 1 });
    const { items } = await over('a');
    expect(items).toMatchObject([
      { name: '10-long', outcome: 'cut', detail: 'began' },
      { name: '20-later', outcome: 'cut', exitCode: null, detail: 'not begun: its time was over' },
    ]);
  });

  it('ends when somebody stops it, and says what was cut', async () => {
    await program('d/10-quick', '#!/bin/sh\necho quick\n');
    await program('d/20-long', '#!/bin/sh\necho began\nexec sleep 600\n');
    ask('start', { id: 'a', limitSeconds: 60 });
    await until('a', ({ items }) => items.length === 2);
    expect(ask('stop', { id: 'a' })).toMatchObject({
      state: 'over',
      items: [{ outcome: 'done' }, { name: '20-long', outcome: 'cut' }],
    });
  });

  it('that was killed is told as lost', async () => {
    await program('d/10-long', '#!/bin/sh\nexec sleep 600\n');
    ask('start', { id: 'a', limitSeconds: 60 });
    await until('a', ({ items }) => items.length === 1);
    const group = Number(await readFile(join(folder, 'pid'), 'utf8'));
    const child = spawnSync('pgrep', ['-P', String(group)], { encoding: 'utf8' }).stdout.trim();
    process.kill(group, 'SIGKILL');
    process.kill(Number(child), 'SIGKILL');
    expect(await over('a')).toMatchObject({ state: 'lost', items: [{ outcome: 'running' }] });
  });

  it('is not held up by what a program leaves in the background', async () => {
    await program('d/10-daemon', '#!/bin/sh\nsleep 600 &\necho started\n');
    ask('start', { id: 'a', limitSeconds: 600 });
    expect((await over('a')).items).toMatchObject([{ outcome: 'done', detail: 'started' }]);
  });
});
