import { access, chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { connectDatabase, connectSingle } from '@orangery/database';
import { systemRng } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { IMAGE_CACHE } from '../installation.ts';
import { orangery } from '../journeys/command.ts';
import { type ForeignPostgres, startForeignPostgres } from './foreign-postgres.ts';

/** An installation by `./orangery up` whose state lies in a PostgreSQL that others keep. */
let postgres: ForeignPostgres;
let state: string;
const said: string[] = [];

const env = (url: string): Record<string, string> => ({
  ORANGERY_IMAGES: IMAGE_CACHE,
  ORANGERY_LOG_LEVEL: 'debug',
  DATABASE_URL: url,
});

async function command(
  args: string[],
  url = postgres.url(),
  killWhen?: RegExp,
): Promise<{ code: number | null; output: string }> {
  const given = killWhen === undefined ? {} : { killWhen };
  const answer = await orangery(['--state', state, ...args], { env: env(url), ...given });
  said.push(answer.output);
  return answer;
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

async function made(): Promise<unknown> {
  const { db, close } = connectDatabase(postgres.url(), () => {});
  try {
    return {
      images: await db.selectFrom('image_version').select(['id', 'phase', 'attempts']).execute(),
      machines: await db.selectFrom('machine').select('id').execute(),
    };
  } finally {
    await close();
  }
}

beforeAll(async () => {
  // What stands for something else in a URL is what goes wrong first.
  postgres = await startForeignPostgres(`p@ss:w/rd?%-${systemRng.uuid()}`);
  state = await mkdtemp('/var/lib/orangery-t-');
  await chmod(state, 0o711);
});

afterAll(async () => {
  if (await exists(state)) await command(['down', '--purge']);
  await postgres?.stop();
  await rm(state, { recursive: true, force: true });
});

describe('a connection to a PostgreSQL of others', () => {
  it('is given up within half a minute when its other end lost its power, with its locks', async () => {
    const { pool, close } = connectDatabase(postgres.url(), () => {});
    const single = await connectSingle(postgres.url());
    for (const connection of [pool, single]) {
      const { rows } = await connection.query<{ idle: string; interval: string; count: string }>(
        `select current_setting('tcp_keepalives_idle') as idle, current_setting('tcp_keepalives_interval') as interval,
          current_setting('tcp_keepalives_count') as count`,
      );
      expect(rows).toEqual([{ idle: '15', interval: '5', count: '3' }]);
    }
    await single.end();
    await close();
  });
});

describe('an installation with DATABASE_URL', () => {
  it('does not start with a wrong password, and says so', async () => {
    const { code, output } = await command(['up', '--image', 'debian-openbox'], postgres.url('not it'));
    expect(code).toBe(1);
    expect(output).toMatch(/password authentication failed/);
  });

  it('comes up on it, loops and all, and starts no PostgreSQL of its own', async () => {
    // A host that is ready is what the loops do first; the rest is as with any other database.
    const { output } = await command(['up', '--image', 'debian-openbox'], postgres.url(), /✓ Host/);
    expect(output).toMatch(/✓ Database .*DATABASE_URL/);
    expect(await exists(join(state, 'postgres'))).toBe(false);
    const status = await command(['status', '--json']);
    expect(status.code).toBe(0);
    const { steps } = JSON.parse(status.output) as { steps: { name: string; state: string }[] };
    expect(steps.find(({ name }) => name === 'Host')?.state).toBe('done');
    const { db, close } = connectDatabase(postgres.url(), () => {});
    const hosts = await db.selectFrom('host').select('name').execute();
    await close();
    expect(hosts).toEqual([{ name: 'local' }]);
  });

  it('tells its password to nobody', async () => {
    const { pid } = JSON.parse(await readFile(join(state, 'run', 'server.json'), 'utf8')) as { pid: number };
    await command(['doctor']);
    const texts = {
      log: await readFile(join(state, 'log', 'server.log'), 'utf8'),
      postgresql: await readFile(postgres.logPath, 'utf8'),
      // Anybody on the machine reads it there.
      commandLine: await readFile(`/proc/${pid}/cmdline`, 'utf8'),
      said: said.join('\n'),
    };
    expect(texts.log).toContain('Orangery runs');
    for (const [where, text] of Object.entries(texts)) {
      for (const secret of [postgres.password, encodeURIComponent(postgres.password)])
        expect({ where, told: text.includes(secret) }).toEqual({ where, told: false });
    }
  });

  it('does not begin anew in a database of its own when the variable is forgotten', async () => {
    expect((await command(['down'])).code).toBe(0);
    for (const args of [
      ['up', '--image', 'debian-openbox'],
      ['down', '--purge'],
    ]) {
      const { code, output } = await command(args, '');
      expect({ args, code }).toEqual({ args, code: 1 });
      expect(output).toContain('DATABASE_URL is not set');
    }
    expect(await exists(join(state, 'postgres'))).toBe(false);
  });

  it('goes down with all it has, begins nothing for it, and leaves that PostgreSQL running', async () => {
    const before = await made();
    const { code, output } = await command(['down', '--purge']);
    expect(output).toContain('✓ Machines');
    expect(code).toBe(0);
    expect(await exists(state)).toBe(false);
    const { db, close } = connectDatabase(postgres.url(), () => {});
    const { desired } = await db.selectFrom('installation').select('desired').executeTakeFirstOrThrow();
    await close();
    expect(desired).toBe('purged');
    expect(await made()).toEqual(before);
  });
});
