import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, cp, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Contract, contract, errorOfProblem, readable, uploadPath } from '@orangery/contract';
import { connectDatabase, type Database, startCluster, stopCluster } from '@orangery/database';
import { systemClock, systemRng } from '@orangery/std';
import { createORPCClient } from '@orpc/client';
import type { ContractRouterClient } from '@orpc/contract';
import type { JsonifiedClient } from '@orpc/openapi-client';
import { OpenAPILink } from '@orpc/openapi-client/fetch';
import { Agent, fetch as undiciFetch } from 'undici';
import { type Account, Person } from './person.ts';

const MAIN = fileURLToPath(new URL('../../apps/server/src/main.ts', import.meta.url));
const START_TIMEOUT_MS = 60_000;
/** Golden images outlive a run of the suite: they are found again by their recipe's digest. */
export const IMAGE_CACHE = process.env['ORANGERY_TEST_CACHE'] ?? '/var/cache/orangery-test';

type Api = JsonifiedClient<ContractRouterClient<Contract>>;

/** A whole installation of its own: database, server process, state folder. `purge` leaves nothing behind. */
export class Installation {
  readonly folder: string;
  readonly port: number;
  readonly db: Database;
  readonly databaseUrl: string;
  /** The operator's API, over the state folder's socket. */
  readonly api: Api;
  readonly #agent: Agent;
  readonly #closeDatabase: () => Promise<void>;
  readonly #env: Record<string, string>;
  readonly #main: string;
  #process: ChildProcess | undefined;

  private constructor(
    folder: string,
    port: number,
    databaseUrl: string,
    env: Record<string, string>,
    main: string,
  ) {
    this.#main = main;
    this.folder = folder;
    this.port = port;
    this.databaseUrl = databaseUrl;
    this.#env = env;
    const { db, close } = connectDatabase(databaseUrl, () => {});
    this.db = db;
    this.#closeDatabase = close;
    this.#agent = new Agent({ connect: { socketPath: join(folder, 'run', 'api.sock') } });
    this.api = createORPCClient<Api>(
      new OpenAPILink(contract, {
        url: 'http://localhost/api',
        customErrorResponseBodyDecoder: errorOfProblem,
        fetch: async (request) => {
          const body = request.body === null ? undefined : Buffer.from(await request.arrayBuffer());
          const answer = await undiciFetch(request.url, {
            method: request.method,
            headers: [...request.headers],
            dispatcher: this.#agent,
            ...(body === undefined ? {} : { body }),
          });
          return readable(answer);
        },
      }),
    );
  }

  /** @param main the server's program, where it is not the product's own */
  static async create(env: Record<string, string> = {}, main: string = MAIN): Promise<Installation> {
    // Reachable for the accounts of PostgreSQL and QEMU, and short, as sockets lie below it.
    const folder = await mkdtemp('/var/lib/orangery-t-');
    await chmod(folder, 0o711);
    await mkdir(IMAGE_CACHE, { recursive: true });
    const cluster = await startCluster(join(folder, 'postgres'));
    return new Installation(folder, await freePort(), cluster.url, env, main);
  }

  /** Another machine's server of this installation: the same database and keys, a folder and a port of its own. */
  async replica(): Promise<Installation> {
    const folder = await mkdtemp('/var/lib/orangery-t-');
    for (const name of ['master.key', 'tls'])
      await cp(join(this.folder, name), join(folder, name), { recursive: true });
    return new Installation(folder, await freePort(), this.databaseUrl, this.#env, this.#main);
  }

  /** Ends this server alone; the installation is others' too. */
  async leave(): Promise<void> {
    await this.stop();
    await this.#agent.close();
    await this.#closeDatabase();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** Sends the whole content of an upload, in one piece. */
  async send(versionId: string, content: Buffer): Promise<number> {
    const { status } = await undiciFetch(`http://localhost${uploadPath(versionId, 0)}`, {
      method: 'PUT',
      dispatcher: this.#agent,
      body: content,
    });
    return status;
  }

  get origin(): string {
    return `https://localhost:${this.port}`;
  }

  get logPath(): string {
    return join(this.folder, 'server.log');
  }

  /** Starts the server; resolves when its API answers, or when it died first. */
  async start(env: Record<string, string> = {}): Promise<'runs' | 'died'> {
    const log = createWriteStream(this.logPath, { flags: 'a' });
    await once(log, 'open');
    await rm(join(this.folder, 'run', 'api.sock'), { force: true });
    const child = spawn(process.execPath, ['--disable-warning=DeprecationWarning', this.#main], {
      stdio: ['ignore', log, log],
      env: {
        PATH: process.env['PATH'] ?? '',
        // Half of a start's time is compiling; a crash test starts it some hundred times.
        NODE_COMPILE_CACHE: join(IMAGE_CACHE, 'node'),
        ORANGERY_STATE: this.folder,
        ORANGERY_IMAGES: IMAGE_CACHE,
        ORANGERY_PORT: String(this.port),
        ORANGERY_LISTEN: '127.0.0.1',
        ORANGERY_RECIPES: 'debian-openbox',
        ORANGERY_LOG_LEVEL: 'debug',
        DATABASE_URL: this.databaseUrl,
        ...this.#env,
        ...env,
      },
    });
    this.#process = child;
    child.once('exit', () => log.end());
    const deadline = systemClock.monotonicMs() + START_TIMEOUT_MS;
    for (;;) {
      if (child.exitCode !== null || child.signalCode !== null) return 'died';
      if (
        await this.api.system.status().then(
          () => true,
          () => false,
        )
      )
        return 'runs';
      if (systemClock.monotonicMs() > deadline)
        throw new Error(`the server did not start:\n${await this.log()}`);
      await systemClock.sleep(50);
    }
  }

  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new Error('the server does not run');
    return pid;
  }

  /** Resolves when the server process has ended by itself: with the signal that killed it, or its exit code. */
  async died(timeoutMs = 60_000): Promise<NodeJS.Signals | number | null> {
    const child = this.#process;
    if (child === undefined) throw new Error('the server was not started');
    const deadline = new AbortController();
    if (child.exitCode === null && child.signalCode === null) {
      await Promise.race([
        once(child, 'exit'),
        systemClock.sleep(timeoutMs, deadline.signal).then(async () => {
          throw new Error(`the server lives on:\n${await this.log()}`);
        }),
      ]).finally(() => deadline.abort());
    }
    return child.signalCode ?? child.exitCode;
  }

  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  }

  log(): Promise<string> {
    return readFile(this.logPath, 'utf8').catch(() => '');
  }

  /** Waits until a look at this installation holds. */
  async until(what: string, holds: () => Promise<boolean>, timeoutMs = 300_000): Promise<void> {
    const deadline = systemClock.monotonicMs() + timeoutMs;
    while (!(await holds().catch(() => false))) {
      if (systemClock.monotonicMs() > deadline) {
        throw new Error(
          `${what} did not come about:\n${(await this.log()).split('\n').slice(-25).join('\n')}`,
        );
      }
      await systemClock.sleep(100);
    }
  }

  /** Until the first desktop can be opened at once. */
  ready(): Promise<void> {
    return this.until(
      'the first desktop',
      async () => {
        const { steps } = await this.api.system.status();
        return steps.every((step) => step.state === 'done');
      },
      900_000,
    );
  }

  /** A new person, signed in. An administrator is operator as well, as who sets an installation up is. */
  async person(
    role: 'person' | 'administrator' = 'administrator',
  ): Promise<Person & { account: Account; id: string }> {
    const account = {
      name: `Test ${role}`,
      email: `${systemRng.uuid()}@example.org`,
      password: `pass-${systemRng.uuid()}`,
    };
    const { id } = await this.api.users.create({
      ...account,
      roles: role === 'administrator' ? ['administrator', 'operator'] : [],
    });
    const person = new Person(this.origin, await this.ca());
    await person.signIn(account);
    return Object.assign(person, { account, id });
  }

  ca(): Promise<string> {
    return readFile(join(this.folder, 'tls', 'ca.crt'), 'utf8');
  }

  /** What people made lies among the images that all runs share. */
  async #removeImages(): Promise<void> {
    const versions = await this.db
      .selectFrom('image_version')
      .select('path')
      .where('source', 'in', ['draft', 'import', 'installer', 'refresh'])
      .execute();
    for (const { path } of versions) if (path !== null) await rm(path, { force: true });
  }

  /** Ends everything and removes it from the host; the folder goes too. */
  async purge(): Promise<void> {
    try {
      // Whatever a test that failed left switched off: without these two nothing can be taken down.
      await startCluster(join(this.folder, 'postgres'));
      const runs = await this.api.system.status().then(
        () => true,
        () => false,
      );
      if (!runs) await this.start();
      await this.api.system.stop({ purge: true });
      await this.until(
        'the end of all machines',
        async () => (await this.api.system.status()).stopped,
        60_000,
      );
    } finally {
      await this.stop();
      await this.#removeImages();
      await this.#agent.close();
      await this.#closeDatabase();
      await stopCluster(join(this.folder, 'postgres'));
      await rm(this.folder, { recursive: true, force: true });
    }
  }
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
