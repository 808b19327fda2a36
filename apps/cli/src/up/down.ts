import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stopCluster } from '@orangery/database';
import { exists } from '../exists.ts';
import { type Clock, OrangeryError } from '@orangery/std';
import { openApi } from '../api.ts';
import { StepDisplay } from '../display.ts';
import { openDatabaseOf } from './database.ts';
import { releaseLibvirt, startLibvirt } from './libvirt.ts';
import { choosePort, runningServer, startServer, stopServer } from './server.ts';
import { lock } from './up.ts';

const POLL_MS = 250;
const MACHINES_TIMEOUT_MS = 120_000;

export type DownOptions = {
  stateFolder: string;
  purge: boolean;
  databaseUrl: string | undefined;
  env: NodeJS.ProcessEnv;
};

/** Stops exactly what `up` started: sessions and machines, server, database, and libvirt where nobody else uses it. */
export async function down(options: DownOptions, clock: Clock, out: NodeJS.WriteStream): Promise<void> {
  const { stateFolder, purge } = options;
  const unlock = await lock(stateFolder);
  const display = new StepDisplay(out, clock);
  const lines = {
    machines: display.add('Machines', 5_000),
    server: display.add('Server', 2_000),
    database: display.add('Database', 2_000),
    libvirt: display.add('libvirt', 1_000),
  };
  display.start();
  try {
    display.begin(lines.machines);
    display.finish(lines.machines, 'done', await endMachines(options, clock));
    display.begin(lines.server);
    display.finish(lines.server, 'done', (await stopServer(stateFolder, clock)) ? 'stopped' : 'did not run');
    display.begin(lines.database);
    display.finish(
      lines.database,
      'done',
      (await stopCluster(join(stateFolder, 'postgres'))) ? 'stopped' : 'did not run',
    );
    display.begin(lines.libvirt);
    display.finish(
      lines.libvirt,
      'done',
      (await releaseLibvirt(stateFolder, clock)) ? 'stopped' : 'left as it is',
    );
    display.stop();
    if (purge) await rm(stateFolder, { recursive: true, force: true });
  } finally {
    display.stop();
    await unlock();
  }
}

async function endMachines(options: DownOptions, clock: Clock): Promise<string> {
  const { stateFolder, purge } = options;
  if ((await runningServer(stateFolder)) === undefined) {
    if (!purge || !(await exists(join(stateFolder, 'master.key')))) return 'no server runs';
    // Only the server knows what is ours on the hosts: it comes up once more to take it away.
    await startLibvirt(stateFolder, clock);
    const { url: databaseUrl } = await openDatabaseOf(stateFolder, options.databaseUrl);
    const port = await choosePort(stateFolder, undefined);
    await startServer(stateFolder, { port, databaseUrl, purge: true, env: options.env }, clock);
  }
  const { api, close } = openApi(stateFolder);
  try {
    await api.system.stop({ purge });
    const deadline = clock.monotonicMs() + MACHINES_TIMEOUT_MS;
    while (!(await api.system.status()).stopped) {
      if (clock.monotonicMs() > deadline) {
        throw new OrangeryError('hostSilent', 'A host did not answer in time; its machines may still run', {
          fix: 'Bring the host back and run "./orangery down" again.',
        });
      }
      await clock.sleep(POLL_MS);
    }
    return 'ended';
  } finally {
    await close();
  }
}
