import { createHmac } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import {
  type Context,
  type ImageBuilder,
  type LoopName,
  loopNames,
  type LoopReport,
  LoopRunner,
  makeLoops,
  Locks,
  SharedClock,
  stopInstallation,
} from '@orangery/control';
import { connectDatabase, migrate } from '@orangery/database';
import { type Clock, codeOf, type Log, OrangeryError, type Rng } from '@orangery/std';
import { createApp } from './api/http.ts';
import { Changes } from './changes.ts';
import { Live } from './live/live.ts';
import type { Config } from './config.ts';
import { stepRunner } from './crash.ts';
import { openLdap } from './directories/connection.ts';
import { Providers } from './directories/oidc.ts';
import { HostDrivers, type OpenDriver } from './drivers.ts';
import { Gateway } from './gateway/gateway.ts';
import { actorOf } from './identity/actor.ts';
import { addressOf } from './identity/address.ts';
import { createAuth } from './identity/auth.ts';
import { createMailer } from './mail/mailer.ts';
import { LockHolder, Notices } from './notices.ts';
import { loadSecrets } from './secrets.ts';
import { seed } from './seed.ts';
import { serverFacts } from './server-facts.ts';
import { sendSyslog } from './syslog.ts';
import { ensureTls } from './tls.ts';

export type Outside = {
  clock: Clock;
  rng: Rng;
  log: Log;
  images: ImageBuilder;
  openDriver: (installationId: string) => OpenDriver;
};

/** The whole server of one process, with the roles its configuration gives it. */
export async function startServer(config: Config, outside: Outside): Promise<{ close: () => Promise<void> }> {
  const { rng, log } = outside;
  const runFolder = join(config.stateFolder, 'run');
  await mkdir(runFolder, { recursive: true, mode: 0o700 });
  const { db, close: closeDatabase } = connectDatabase(config.databaseUrl, (error) =>
    log.warn({ reason: error.message }, 'an idle database connection ended'),
  );
  const applied = await migrate(db);
  if (applied.length > 0) log.info({ applied }, 'database migrated');
  const clock = await SharedClock.start(outside.clock, db, log);
  const secrets = await loadSecrets(join(config.stateFolder, 'master.key'));
  const installation = await db
    .selectFrom('installation')
    .select(['id', 'generation'])
    .executeTakeFirstOrThrow();

  const changes = new Changes();
  const runnerOf = (name: string): LoopName | undefined => loopNames.find((each) => each === name);
  const openDriver = outside.openDriver(installation.id);
  const drivers = new HostDrivers(db, secrets, installation, openDriver, (hostId, driver) => {
    driver.onChange((change) => {
      if (change.kind === 'machine') {
        runner.nudge('machines', change.machineId);
        runner.nudge('templates', change.machineId);
        runner.nudge('drafts', change.machineId);
      } else for (const name of loopNames) runner.nudge(name);
    });
    runner.nudge('hosts', hostId);
  });
  const lockHolder = new LockHolder(config.databaseUrl, () => runner.abortTurns('the locks are lost'));
  const auth = createAuth(db, secrets);
  const sealing: Pick<Context, 'db' | 'clock' | 'rng' | 'log' | 'seal' | 'unseal' | 'openDirectory'> = {
    db,
    clock,
    rng,
    log,
    openDirectory: (settings, secret) => openLdap(settings, secret, () => clock.now()),
    seal: (purpose, plain) => secrets.seal(purpose, plain),
    unseal: (purpose, sealed) => secrets.open(purpose, sealed),
  };
  const control: Context = {
    drivers,
    images: outside.images,
    locks: new Locks(lockHolder.connection, clock),
    step: stepRunner(config.crashFile),
    ...sealing,
    mac: (purpose, text) =>
      createHmac('sha256', secrets.derive(`mac:${purpose}`))
        .update(text)
        .digest(),
    mailer: createMailer(auth, sealing),
    syslog: sendSyslog,
    installation,
    limits: { templateBootMs: config.bootTimeoutMs },
  };
  const runner = new LoopRunner(
    makeLoops.map((make) => make(control)),
    { locks: control.locks, clock, rng, log, report: (report) => reportLoop(control, report) },
  );
  await (config.purge ? stopInstallation(control, true) : seed(control, config));

  const nudgeAll = (): void => {
    for (const name of loopNames) runner.nudge(name);
  };
  const identify = (request: IncomingMessage): ReturnType<typeof actorOf> =>
    actorOf(auth, control, request.headers, addressOf(request));
  const name = `orangery ${Buffer.from(rng.bytes(9)).toString('base64url')}`;
  const live = new Live(control);
  const gateway = new Gateway({ control, name, actorOf: identify });
  const notices = new Notices({
    url: config.databaseUrl,
    name,
    clock,
    rng,
    log,
    onNudge(name, key) {
      const loop = runnerOf(name);
      if (loop !== undefined) runner.nudge(loop, key);
    },
    onChange(kind, id) {
      changes.announce(id);
      // A machine's console is known by the machine's id.
      if (kind === 'session' || kind === 'machine') gateway.look(id);
      if (kind === 'signIn') {
        gateway.signedOut(id);
        live.signedOut(id);
      }
    },
    onLive: (payload) => live.notice(payload),
    onListening() {
      changes.announceAll();
      live.tellAll();
      gateway.lookAll();
      nudgeAll();
    },
  });

  const version = await readVersion();
  const providers = new Providers(() => clock.now());
  const serves = config.roles.has('api') || config.roles.has('gateway');
  const tls = serves ? await ensureTls(join(config.stateFolder, 'tls'), config.names, clock) : undefined;
  const parts = {
    control,
    auth,
    changes,
    live,
    providers,
    nudgeAll,
    version,
    log,
    serverFacts: () => serverFacts(config.stateFolder, tls),
  };
  const closers: (() => Promise<void>)[] = [];
  if (tls !== undefined) {
    const { app, server } = await createApp({ ...parts, actorOf: identify }, { kind: 'https', ...tls });
    if (config.roles.has('gateway')) {
      await gateway.start();
      server.on('upgrade', gateway.onUpgrade);
    }
    await listen(() => app.listen(config.listen), `port ${config.listen.port}`);
    closers.push(() => app.close());
    const socketPath = join(runFolder, 'api.sock');
    await rm(socketPath, { force: true });
    const operator = { kind: 'operator', name: 'operator' } as const;
    const local = await createApp({ ...parts, actorOf: () => Promise.resolve(operator) }, { kind: 'socket' });
    await listen(() => local.app.listen({ path: socketPath }), socketPath);
    closers.push(() => local.app.close());
  }
  if (config.roles.has('loops')) runner.start();
  await notices.start();
  log.info({ version, installation: installation.id, port: config.listen.port }, 'Orangery runs');

  return {
    async close() {
      await notices.close();
      live.close();
      await gateway.close();
      for (const each of closers) await each();
      await runner.stop();
      await drivers.close();
      await lockHolder.close();
      clock.stop();
      await closeDatabase();
    },
  };
}

async function listen(start: () => Promise<string>, what: string): Promise<void> {
  try {
    await start();
  } catch (error) {
    if (codeOf(error) !== 'EADDRINUSE') throw error;
    throw new OrangeryError('portTaken', `Something else listens on ${what}`, {
      cause: error,
      fix: 'Stop it, or choose another port: ./orangery up --port 9443',
    });
  }
}

async function reportLoop({ db, log }: Context, { loop, key, turn }: LoopReport): Promise<void> {
  log.debug({ loop, key, ...turn }, 'turn');
  if (turn.gone === true) {
    await db.deleteFrom('loop_status').where('loop', '=', loop).where('key', '=', key).execute();
    return;
  }
  await db
    .insertInto('loop_status')
    .values({ loop, key, outcome: turn.outcome, detail: turn.detail.slice(0, 2_000) })
    .onConflict((conflict) =>
      conflict
        .columns(['loop', 'key'])
        .doUpdateSet((row) => ({
          outcome: row.ref('excluded.outcome'),
          detail: row.ref('excluded.detail'),
          at: row.ref('excluded.at'),
        }))
        // Most turns find what the turn before them found.
        .where((row) =>
          row.or([
            row('loop_status.outcome', '!=', row.ref('excluded.outcome')),
            row('loop_status.detail', '!=', row.ref('excluded.detail')),
          ]),
        ),
    )
    .execute();
}

async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
