import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stopCluster } from '@orangery/database';
import { type Clock, messageOf } from '@orangery/std';
import { openApi } from '../api.ts';
import { StepDisplay } from '../display.ts';
import { releaseLibvirt } from './libvirt.ts';
import { runningServer, stopServer } from './server.ts';
import { lock } from './up.ts';

const POLL_MS = 250;
const MACHINES_TIMEOUT_MS = 120_000;

/** Stops exactly what `up` started: sessions and machines, server, database, and libvirt where nobody else uses it. */
export async function down(
  options: { stateFolder: string; purge: boolean },
  clock: Clock,
  out: NodeJS.WriteStream,
): Promise<void> {
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
    const ended =
      (await runningServer(stateFolder)) === undefined
        ? 'no server runs'
        : await endMachines(stateFolder, purge, clock);
    display.finish(lines.machines, 'done', ended);
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

async function endMachines(stateFolder: string, purge: boolean, clock: Clock): Promise<string> {
  const { api, close } = openApi(stateFolder);
  try {
    await api.system.stop({ purge });
    const deadline = clock.monotonicMs() + MACHINES_TIMEOUT_MS;
    while (!(await api.system.status()).stopped) {
      if (clock.monotonicMs() > deadline) return 'a host did not answer in time; its machines may still run';
      await clock.sleep(POLL_MS);
    }
    return 'ended';
  } catch (error) {
    return `could not be ended: ${messageOf(error)}`;
  } finally {
    await close();
  }
}
