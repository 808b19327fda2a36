import { chmod, mkdir, open, readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { type Clock, codeOf, messageOf, OrangeryError } from '@orangery/std';
import { type Api, openApi } from '../api.ts';
import { type Line, StepDisplay } from '../display.ts';
import { isAlive } from '../run.ts';
import { openDatabaseOf, rememberDatabaseOf } from './database.ts';
import { startLibvirt } from './libvirt.ts';
import { installPackages, missingPackages, wantedPackages } from './packages.ts';
import { choosePort, runningServer, startServer } from './server.ts';
import { buildWeb } from './web.ts';

export type UpOptions = {
  stateFolder: string;
  port: number | undefined;
  databaseUrl: string | undefined;
  recipes: string[] | undefined;
  env: NodeJS.ProcessEnv;
};

const POLL_MS = 500;
/** A failed step of the server is tried again by itself; after this many looks `up` says so and leaves it running. */
const FAILED_LOOKS_MAX = 4;

/** Everything from nothing to a desktop that opens. Each step finds what is done and goes on from there. */
export async function up(options: UpOptions, clock: Clock, out: NodeJS.WriteStream): Promise<void> {
  const { stateFolder, env } = options;
  await mkdir(stateFolder, { recursive: true });
  // QEMU's account passes through to the machines' disks; it may not list.
  await chmod(stateFolder, 0o711);
  const unlock = await lock(stateFolder);
  const display = new StepDisplay(out, clock);
  const lines = {
    packages: display.add('Debian packages', 60_000),
    libvirt: display.add('libvirt', 2_000),
    database: display.add('Database', 2_000),
    web: display.add('Web pages', 8_000),
    server: display.add('Server', 3_000),
  };
  const serverSteps = new Map(
    [
      ['Host', 5_000],
      ['Golden image', 150_000],
      ['Template', 120_000],
      ['First desktop', 8_000],
    ].map(([name, ms]) => [String(name), display.add(String(name), Number(ms))] as const),
  );
  const step = async (line: Line, work: () => Promise<string>): Promise<void> => {
    display.begin(line);
    try {
      display.finish(line, 'done', await work());
    } catch (error) {
      display.finish(line, 'failed', '');
      throw error;
    }
  };
  display.start();
  try {
    await step(lines.packages, async () => {
      const missing = await missingPackages(wantedPackages(false));
      if (missing.length === 0) return 'all there';
      out.write(missing.map(({ name, reason }) => `    ${name}: ${reason}\n`).join(''));
      await installPackages(missing, (line) => display.tell(lines.packages, line.slice(0, 60)));
      return `${missing.length} installed`;
    });
    await step(lines.libvirt, () => startLibvirt(stateFolder, clock));
    let databaseUrl = '';
    await step(lines.database, async () => {
      const { url, how } = await openDatabaseOf(stateFolder, options.databaseUrl);
      databaseUrl = url;
      return how;
    });
    await step(lines.web, () => buildWeb());
    let port = 0;
    await step(lines.server, async () => {
      const known = await runningServer(stateFolder);
      if (known !== undefined) {
        port = known.port;
        return `runs already, process ${known.pid}`;
      }
      port = await choosePort(stateFolder, options.port);
      const running = await startServer(
        stateFolder,
        { port, databaseUrl, recipes: options.recipes, env },
        clock,
      );
      await rememberDatabaseOf(stateFolder, options.databaseUrl);
      return `process ${running.pid}`;
    });
    const { api, close } = openApi(stateFolder);
    try {
      await api.system.start();
      await followFirstDesktop(api, display, serverSteps, clock);
      display.stop();
      await printAddress(api, port, out);
    } finally {
      await close();
    }
  } finally {
    display.stop();
    await unlock();
  }
}

async function followFirstDesktop(
  api: Api,
  display: StepDisplay,
  lines: ReadonlyMap<string, Line>,
  clock: Clock,
): Promise<void> {
  const failures = new Map<string, number>();
  for (;;) {
    const status = await api.system.status();
    for (const step of status.steps) {
      const line = lines.get(step.name);
      if (line === undefined) continue;
      if (step.state === 'running') {
        display.begin(line);
        const { detail, fraction } = step.progress ?? { detail: step.reason ?? '', fraction: undefined };
        display.tell(line, detail, fraction);
      }
      if (step.state === 'done') display.finish(line, 'done');
      if (step.state === 'failed') {
        const looks = (failures.get(step.name) ?? 0) + 1;
        failures.set(step.name, looks);
        display.begin(line);
        display.tell(line, `failed, tries again: ${step.reason ?? ''}`);
        if (looks >= FAILED_LOOKS_MAX) {
          display.finish(line, 'failed', step.reason ?? '');
          throw new OrangeryError('stepFailed', `${step.name}: ${step.reason ?? 'failed'}`, {
            fix: 'The server goes on trying. Run "./orangery doctor", then "./orangery up" again.',
          });
        }
      } else failures.delete(step.name);
    }
    if (status.steps.every((step) => step.state === 'done')) return;
    await clock.sleep(POLL_MS);
  }
}

async function printAddress(api: Api, port: number, out: NodeJS.WriteStream): Promise<void> {
  const { setupNeeded } = await api.system.status();
  const addresses = [`https://localhost:${port}/`, `https://${hostname()}:${port}/`];
  out.write(`\nOrangery is ready: ${addresses.join('  ')}\n`);
  if (!setupNeeded) return;
  const { token } = await api.system.setupLink();
  out.write(
    `\nMake the first administrator here (once, within 24 hours):\n\n    https://localhost:${port}/setup#token=${token}\n\n` +
      'The certificate is from this installation’s own authority, so the browser asks once.\n',
  );
}

/** One `up` or `down` of a state folder at a time; a lock whose process is gone counts for nothing. */
export async function lock(stateFolder: string): Promise<() => Promise<void>> {
  const path = join(stateFolder, 'up.lock');
  for (;;) {
    try {
      const file = await open(path, 'wx');
      await file.write(String(process.pid));
      await file.close();
      return () => rm(path, { force: true });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') {
        throw new OrangeryError(
          'stateUnusable',
          `The state folder ${stateFolder} cannot be used: ${messageOf(error)}`,
          {
            cause: error,
            fix: 'Choose another one: ./orangery up --state FOLDER',
          },
        );
      }
      const holder = Number(await readFile(path, 'utf8').catch(() => ''));
      if (holder > 0 && isAlive(holder)) {
        throw new OrangeryError('busy', `Process ${holder} is starting or stopping ${stateFolder} now`, {
          fix: 'Wait for it, or end it.',
        });
      }
      await rm(path, { force: true });
    }
  }
}
