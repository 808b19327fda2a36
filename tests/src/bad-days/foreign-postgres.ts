import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chown, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';

const PARENT = '/var/tmp';

export type ForeignPostgres = {
  /** Over TCP, with the password, as a role that owns its database and nothing else. */
  url: (password?: string) => string;
  password: string;
  logPath: string;
  stop(): Promise<void>;
};

/** A PostgreSQL that somebody else keeps: not in the state folder, not on a socket of ours, not without a password. */
export async function startForeignPostgres(password: string): Promise<ForeignPostgres> {
  const folder = await mkdtemp(join(PARENT, 'orangery-t-foreign-'));
  const bin = await newestServer();
  const owner = await accountOfPostgres();
  const data = join(folder, 'data');
  const logPath = join(folder, 'postgresql.log');
  await mkdir(data, { mode: 0o700 });
  for (const path of [folder, data]) await chown(path, owner.uid, owner.gid);
  const run = async (program: string, ...args: string[]): Promise<void> => {
    const child = spawn(join(bin, program), args, { ...owner, cwd: '/', stdio: 'ignore' });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${program} ended with ${code}`);
  };
  const port = await freePort();
  const stop = async (): Promise<void> => {
    try {
      await run('pg_ctl', '-D', data, '-m', 'fast', '-w', 'stop');
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
  await run(
    'initdb',
    '-D',
    data,
    '-U',
    'keeper',
    '-E',
    'UTF8',
    '--auth-local=trust',
    '--auth-host=scram-sha-256',
  );
  const options = `-c listen_addresses=127.0.0.1 -c port=${port} -c unix_socket_directories=${folder}`;
  await run('pg_ctl', '-D', data, '-l', logPath, '-w', '-o', options, 'start');
  try {
    const keeper = new pg.Client({ host: folder, port, user: 'keeper', database: 'postgres' });
    await keeper.connect();
    await keeper.query(`create role tenant login password ${pg.escapeLiteral(password)}`);
    await keeper.query('create database desktops owner tenant');
    await keeper.end();
  } catch (error) {
    await stop();
    throw error;
  }
  const url = (given = password): string =>
    `postgres://tenant:${encodeURIComponent(given)}@127.0.0.1:${port}/desktops`;
  return { url, password, logPath, stop };
}

async function newestServer(): Promise<string> {
  const root = '/usr/lib/postgresql';
  const versions = (await readdir(root)).map(Number).filter((version) => version >= 15);
  return join(root, String(Math.max(...versions)), 'bin');
}

/** PostgreSQL refuses to run as root. */
async function accountOfPostgres(): Promise<{ uid: number; gid: number }> {
  const line = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  return { uid: Number(uid), gid: Number(gid) };
}

async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}
