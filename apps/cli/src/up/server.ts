import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { access, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Clock, messageOf, OrangeryError } from '@orangery/std';
import { openApi } from '../api.ts';
import { isAlive } from '../run.ts';

const MAIN = fileURLToPath(new URL('../../../server/src/main.ts', import.meta.url));
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 30_000;
export const DEFAULT_PORT = 8443;
const PORTS_TRIED = 50;

export type Running = { pid: number; port: number };

const pidFile = (stateFolder: string): string => join(stateFolder, 'run', 'server.json');

/** The server of this state folder, if it runs. */
export async function runningServer(stateFolder: string): Promise<Running | undefined> {
  const text = await readFile(pidFile(stateFolder), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const known = JSON.parse(text) as Running;
  if (!isAlive(known.pid)) return undefined;
  // A process id is used again after a reboot: only a server of ours counts.
  const command = await readFile(`/proc/${known.pid}/cmdline`, 'utf8').catch(() => '');
  return command.includes('server/src/main.ts') ? known : undefined;
}

/** The port of the last start, else the first free one from 8443 on; one that was asked for must be free. */
export async function choosePort(stateFolder: string, asked: number | undefined): Promise<number> {
  if (asked !== undefined) {
    if (await isFree(asked)) return asked;
    throw new OrangeryError('portTaken', `Port ${asked} is taken by another program`, {
      fix: 'See "ss -ltnp" for which one; stop it, or give another --port.',
    });
  }
  const last = Number(await readFile(join(stateFolder, 'port'), 'utf8').catch(() => ''));
  if (last > 0 && (await isFree(last))) return last;
  for (let port = DEFAULT_PORT; port < DEFAULT_PORT + PORTS_TRIED; port += 1) {
    if (await isFree(port)) return port;
  }
  throw new OrangeryError(
    'portTaken',
    `None of the ports ${DEFAULT_PORT} to ${DEFAULT_PORT + PORTS_TRIED - 1} is free`,
    {
      fix: 'Give a free one: ./orangery up --port N',
    },
  );
}

type ServerOptions = {
  port: number;
  databaseUrl: string;
  recipes?: string[] | undefined;
  /** Only to take away all that is on the hosts. */
  purge?: boolean;
  env: NodeJS.ProcessEnv;
};

export async function startServer(
  stateFolder: string,
  options: ServerOptions,
  clock: Clock,
): Promise<Running> {
  await mkdir(join(stateFolder, 'run'), { recursive: true, mode: 0o700 });
  await mkdir(join(stateFolder, 'log'), { recursive: true, mode: 0o700 });
  await rm(join(stateFolder, 'run', 'api.sock'), { force: true });
  const logPath = join(stateFolder, 'log', 'server.log');
  const log = openSync(logPath, 'a', 0o600);
  const child = spawn(process.execPath, ['--disable-warning=DeprecationWarning', MAIN], {
    detached: true,
    stdio: ['ignore', log, log],
    cwd: '/',
    env: {
      ...options.env,
      NODE_ENV: 'production',
      // Pictures are packed on these threads, passwords hashed and names looked up: none of them waits for the others.
      UV_THREADPOOL_SIZE: '16',
      ORANGERY_STATE: stateFolder,
      ORANGERY_PORT: String(options.port),
      DATABASE_URL: options.databaseUrl,
      ...(options.recipes === undefined ? {} : { ORANGERY_RECIPES: options.recipes.join(',') }),
      ...(options.purge === true ? { ORANGERY_PURGE: '1' } : {}),
    },
  });
  closeSync(log);
  const pid = child.pid;
  if (pid === undefined)
    throw new OrangeryError('serverNotStarted', 'The server process could not be started');
  const running = { pid, port: options.port };
  await writeFile(pidFile(stateFolder), JSON.stringify(running));
  let exited = false;
  child.once('exit', () => {
    exited = true;
  });
  child.unref();
  const deadline = clock.monotonicMs() + START_TIMEOUT_MS;
  for (;;) {
    if (await answers(stateFolder)) break;
    if (exited || clock.monotonicMs() > deadline) {
      const tail = (await readFile(logPath, 'utf8')).trim().split('\n').slice(-5).join('\n');
      throw new OrangeryError('serverNotStarted', `The server did not start:\n${reasonIn(tail)}`, {
        fix: `Read ${logPath}.`,
      });
    }
    await clock.sleep(100);
  }
  await writeFile(join(stateFolder, 'port'), String(options.port));
  return running;
}

export async function stopServer(stateFolder: string, clock: Clock): Promise<boolean> {
  const running = await runningServer(stateFolder);
  if (running === undefined) return false;
  process.kill(running.pid, 'SIGTERM');
  const deadline = clock.monotonicMs() + STOP_TIMEOUT_MS;
  while (isAlive(running.pid)) {
    if (clock.monotonicMs() > deadline) process.kill(running.pid, 'SIGKILL');
    await clock.sleep(50);
  }
  await rm(pidFile(stateFolder), { force: true });
  return true;
}

async function answers(stateFolder: string): Promise<boolean> {
  const reachable = await access(join(stateFolder, 'run', 'api.sock')).then(
    () => true,
    () => false,
  );
  if (!reachable) return false;
  const { api, close } = openApi(stateFolder);
  try {
    await api.system.status();
    return true;
  } catch {
    return false;
  } finally {
    await close();
  }
}

/** The log's last words, without its JSON. */
function reasonIn(tail: string): string {
  const lines = tail.split('\n').map((line) => {
    try {
      const entry = JSON.parse(line) as { msg?: string; reason?: string; fix?: string };
      return [entry.msg, entry.reason, entry.fix].filter((part) => part !== undefined).join(': ');
    } catch (error) {
      return messageOf(error) === '' ? '' : line;
    }
  });
  return lines.join('\n');
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '::', () => server.close(() => resolve(true)));
  });
}
