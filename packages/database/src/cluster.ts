import { execFile, spawn } from 'node:child_process';
import { access, appendFile, chmod, chown, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, OrangeryError } from '@orangery/std';

const run = promisify(execFile);

/** A unix socket's path holds 107 bytes; PostgreSQL adds `/.s.PGSQL.5432.lock`. */
const SOCKET_FOLDER_BYTES_MAX = 107 - '/.s.PGSQL.5432'.length;

const SETTINGS_FILE = 'orangery.conf';
/** Written last by us: a data folder without it is what an interrupted initdb left. */
const INITIALIZED_FILE = 'orangery-initialized';

/** No TCP; who may open the socket's folder may enter. */
function settings(socketFolder: string): string {
  return [
    `listen_addresses = ''`,
    `unix_socket_directories = '${socketFolder.replaceAll("'", "''")}'`,
    `unix_socket_permissions = 0700`,
    `max_connections = 100`,
    '',
  ].join('\n');
}

export type Cluster = { url: string; startedByUs: boolean };

/**
 * A private cluster of the distribution's PostgreSQL: own data folder, no TCP, a unix socket that only root and the
 * cluster's own account can reach.
 *
 * @param folder becomes `folder/data` and `folder/socket`
 */
export async function startCluster(folder: string): Promise<Cluster> {
  const socketFolder = join(folder, 'socket');
  if (Buffer.byteLength(socketFolder) > SOCKET_FOLDER_BYTES_MAX) {
    throw new OrangeryError(
      'pathTooLong',
      `PostgreSQL's socket folder ${socketFolder} is longer than a socket path may be`,
      {
        fix: `Choose a state folder at least ${Buffer.byteLength(socketFolder) - SOCKET_FOLDER_BYTES_MAX} characters shorter.`,
      },
    );
  }
  const bin = await serverFolder();
  const owner = await account();
  const data = join(folder, 'data');
  for (const path of [folder, socketFolder]) await mkdir(path, { recursive: true, mode: 0o700 });
  await mkdir(data, { recursive: true, mode: 0o700 });
  for (const path of [folder, socketFolder, data]) {
    await chown(path, owner.uid, owner.gid);
    await chmod(path, 0o700);
  }
  if (!(await exists(join(data, INITIALIZED_FILE)))) {
    await rm(data, { recursive: true, force: true });
    await mkdir(data, { mode: 0o700 });
    await chown(data, owner.uid, owner.gid);
    await asOwner(owner, join(bin, 'initdb'), [
      '-D',
      data,
      '-U',
      'orangery',
      '-A',
      'trust',
      '-E',
      'UTF8',
      '--locale=C.UTF-8',
    ]);
    await appendFile(join(data, 'postgresql.conf'), `\ninclude = '${SETTINGS_FILE}'\n`);
    await writeFile(join(data, INITIALIZED_FILE), '');
  }
  const startedByUs = !(await isRunning(bin, owner, data));
  if (startedByUs) {
    const log = join(folder, 'postgresql.log');
    try {
      await writeFile(join(data, SETTINGS_FILE), settings(socketFolder));
      await asOwner(owner, join(bin, 'pg_ctl'), ['-D', data, '-l', log, '-w', '-t', '60', 'start']);
    } catch (error) {
      const tail = await readFile(log, 'utf8').then(
        (text) => text.split('\n').slice(-6).join('\n'),
        () => '',
      );
      throw new OrangeryError(
        'databaseNotStarted',
        `PostgreSQL did not start in ${data}: ${messageOf(error)}\n${tail}`,
        {
          cause: error,
          fix: `Read ${log}. Out of disk space and a wrong owner of the folder are the usual causes.`,
        },
      );
    }
  }
  const url = `postgres://orangery@/orangery?host=${encodeURIComponent(socketFolder)}`;
  await createDatabase(bin, socketFolder);
  return { url, startedByUs };
}

/** Ends the cluster of `folder`; returns false when none ran. */
export async function stopCluster(folder: string): Promise<boolean> {
  const data = join(folder, 'data');
  if (!(await exists(data))) return false;
  const bin = await serverFolder();
  const owner = await account();
  if (!(await isRunning(bin, owner, data))) return false;
  await asOwner(owner, join(bin, 'pg_ctl'), ['-D', data, '-m', 'fast', '-w', '-t', '60', 'stop']);
  return true;
}

async function createDatabase(bin: string, socketFolder: string): Promise<void> {
  const psql = (args: string[]): Promise<{ stdout: string }> =>
    run(join(bin, 'psql'), ['-h', socketFolder, '-U', 'orangery', '-d', 'postgres', '-Atc', ...args]);
  const { stdout } = await psql([`select 1 from pg_database where datname = 'orangery'`]);
  if (stdout.trim() === '') await psql(['create database orangery']);
}

async function serverFolder(): Promise<string> {
  const root = '/usr/lib/postgresql';
  const versions = (await readdir(root).catch(() => [])).map(Number).filter((version) => version >= 15);
  const newest = versions.sort((a, b) => b - a)[0];
  if (newest === undefined) {
    throw new OrangeryError('databaseMissing', `No PostgreSQL 15 or later below ${root}`, {
      fix: 'apt-get install postgresql, or set DATABASE_URL to a server of your own.',
    });
  }
  return join(root, String(newest), 'bin');
}

type Account = { uid: number; gid: number };

/** PostgreSQL refuses to run as root: then it runs as Debian's `postgres`, else as whoever we are. */
async function account(): Promise<Account> {
  if (process.getuid?.() !== 0) return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };
  const line = (await readFile('/etc/passwd', 'utf8'))
    .split('\n')
    .find((entry) => entry.startsWith('postgres:'));
  const [, , uid, gid] = line?.split(':') ?? [];
  if (uid === undefined || gid === undefined) {
    throw new OrangeryError('databaseMissing', 'There is no account "postgres" on this machine', {
      fix: 'apt-get install postgresql',
    });
  }
  return { uid: Number(uid), gid: Number(gid) };
}

async function isRunning(bin: string, owner: Account, data: string): Promise<boolean> {
  return asOwner(owner, join(bin, 'pg_ctl'), ['-D', data, 'status']).then(
    () => true,
    () => false,
  );
}

/** pg_ctl's server inherits our pipes; with files or nothing as its outputs, we do not wait for the server's end. */
function asOwner(owner: Account, command: string, args: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      uid: owner.uid,
      gid: owner.gid,
      cwd: '/',
      stdio: 'ignore',
      env: { PATH: '/usr/bin:/bin', LC_ALL: 'C.UTF-8' },
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0) resolve();
      else reject(new Error(`${command} ended with ${code}`));
    });
  });
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
