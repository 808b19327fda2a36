import { spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
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

const ITEMS = join(PROGRAM, '..', '..', '..', '..', 'etc', 'orangery', 'maintenance.d');

/** One of the programs that every guest has, with the commands of this test and a root of its own. */
async function runItem(
  name: string,
  commands: Record<string, string>,
  env: Record<string, string> = {},
): Promise<{ status: number | null; last: string }> {
  const text = (await readFile(join(ITEMS, name), 'utf8'))
    .replaceAll('/etc/systemd', join(folder, 'etc'))
    .replaceAll(/\/lib\/systemd|\/usr\/local\/lib\/systemd/g, join(folder, 'lib'));
  await program(name, text);
  for (const [command, body] of Object.entries(commands))
    await program(`bin/${command}`, `#!/bin/sh\necho "${command} $*" >>${join(folder, 'calls')}\n${body}\n`);
  const { status, stdout } = spawnSync(join(folder, name), [], {
    encoding: 'utf8',
    env: { PATH: `${join(folder, 'bin')}:${process.env['PATH']}`, ...env },
  });
  return { status, last: stdout.trim().split('\n').at(-1) ?? '' };
}
const calls = (): Promise<string> => readFile(join(folder, 'calls'), 'utf8').catch(() => '');

describe('timers that are held', () => {
  beforeEach(async () => {
    await mkdir(join(folder, 'etc', 'system'), { recursive: true });
    await mkdir(join(folder, 'lib', 'system'), { recursive: true });
  });
  const hold = async (name: string, unit: string | undefined): Promise<void> => {
    await symlink('/dev/null', join(folder, 'etc', 'system', `${name}.timer`));
    if (unit !== undefined) await writeFile(join(folder, 'lib', 'system', `${name}.timer`), unit);
  };

  it('have what they would start started, and those of packages that are not there nothing', async () => {
    await hold('logrotate', '[Timer]\nOnCalendar=daily\n');
    await hold('scan', '[Timer]\nOnCalendar=daily\nUnit=scan-all.service\n');
    await hold('fstrim', '[Timer]\n');
    await hold('backup@', '[Timer]\n');
    await hold('not-there', undefined);
    expect(await runItem('40-timers', { systemctl: '' })).toEqual({ status: 0, last: 'ran: logrotate scan' });
    expect((await calls()).match(/systemctl start .*/g)).toEqual([
      'systemctl start logrotate.service',
      'systemctl start scan-all.service',
    ]);
  });

  it('that fail are named, beside those that do not', async () => {
    await hold('logrotate', '[Timer]\n');
    await hold('scan', '[Timer]\n');
    const systemctl = '[ "$*" != "start scan.service" ]';
    expect(await runItem('40-timers', { systemctl })).toEqual({
      status: 1,
      last: 'failed: scan; ran: logrotate',
    });
  });

  it('are nothing to do where there are none', async () => {
    expect(await runItem('40-timers', { systemctl: '' })).toEqual({ status: 77, last: 'no timer is held' });
  });
});

describe('updates', () => {
  const dpkg = 'true';
  const upgrade = (update: string, count: number): string =>
    `case "$*" in *--simulate*) for i in $(seq ${count}); do echo "Inst package-$i"; done ;; *update*) ${update} ;; esac`;

  it('repair, look, download and install, and say how many', async () => {
    const done = await runItem('20-updates', { dpkg, 'apt-get': upgrade('true', 3), ls: '' });
    expect(done).toEqual({ status: 0, last: 'packages brought up to date: 3' });
    const order = (await calls())
      .split('\n')
      .map((line) => /configure|update|simulate|download|upgrade|clean/.exec(line)?.[0]);
    expect(order.filter((each) => each !== undefined)).toEqual([
      'configure',
      'update',
      'simulate',
      'download',
      'upgrade',
      'clean',
    ]);
  });

  it('say the first fault, and do nothing where nothing is newer', async () => {
    const away = 'echo "E: no mirror answers"; echo "E: Some index files failed"; exit 100';
    expect(await runItem('20-updates', { dpkg, 'apt-get': upgrade(away, 3) })).toEqual({
      status: 1,
      last: 'E: no mirror answers',
    });
    expect(await calls()).not.toContain('upgrade');
    expect(await runItem('20-updates', { dpkg, 'apt-get': upgrade('true', 0) })).toEqual({
      status: 0,
      last: 'no package is newer',
    });
  });

  it('are not begun to be installed where the time that is left is too short', async () => {
    const until = String(Math.floor(systemClock.now() / 1000) + 60);
    const late = await runItem(
      '20-updates',
      { dpkg, 'apt-get': upgrade('true', 3) },
      { MAINTENANCE_UNTIL: until },
    );
    expect(late.status).toBe(1);
    expect(late.last).toContain('too little time was left');
    expect(
      (await calls())
        .split('\n')
        .filter((line) => line.includes('upgrade') && !line.includes('only') && !line.includes('simulate')),
    ).toEqual([]);
  });
});
