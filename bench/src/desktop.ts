import { execFile } from 'node:child_process';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { openKvmDriver } from '@orangery/hypervisor';
import { LocalChannel } from '@orangery/libvirt';
import { RfbClient } from '@orangery/rfb';
import { OrangeryError, silentLog, systemClock, systemRng } from '@orangery/std';
import { Person, type Viewer } from '@orangery/tests';
import { coldBoot } from './cold-boot.ts';
import { alone, against, mean, median, type Row } from './document.ts';
import { isSamePicture, snapshot, type Snapshot } from './same-picture.ts';

const CLICKS = 3;
const SERIES = 20;
const CLONE_DISK_BYTES_MAX = 1 << 20;
const SERIES_RATIO_MAX = 1.2;
const BOOT_TIMEOUT_MS = 300_000;

/** From the click to the session's real picture: cold boot, instant clone from nothing, ready machine. */
export async function benchDesktop({ state }: { state: string }): Promise<Row[]> {
  const person = await signIn(state);
  const [desktop] = await person.api.desktops.list();
  if (desktop === undefined)
    throw new OrangeryError('notFound', 'This installation has no desktop to measure');
  const pool = (await person.api.pools.list()).find(({ id }) => id === desktop.poolId);
  if (pool === undefined) throw new OrangeryError('notFound', 'The desktop has no pool');
  const setReady = async (readyCount: number): Promise<void> => {
    await person.api.pools.update({ id: pool.id, readyCount });
    await until(async () => {
      const machines = (await person.api.machines.list({})).filter((machine) => machine.pool === pool.name);
      return machines.length === readyCount && machines.every((machine) => machine.phase === 'ready');
    });
  };
  try {
    await setReady(1);
    const [machine] = (await person.api.machines.list({})).filter(({ pool: name }) => name === pool.name);
    const { installationId } = await person.api.system.status();
    const reference = await referencePicture(installationId, machine?.id ?? '');
    const ready: number[] = [];
    for (let click = 0; click < CLICKS; click += 1) {
      await setReady(1);
      ready.push(await clickToPainted(person, pool.id, reference));
    }
    await setReady(0);
    const series: number[] = [];
    for (let click = 0; click < SERIES; click += 1) {
      series.push(await clickToPainted(person, pool.id, reference));
      await setReady(0);
    }
    const images = await person.api.images.list();
    const golden = await goldenFile(state, images.find(({ name }) => name === pool.image)?.name ?? '');
    const cold = await coldBoot(golden, 'linked', pool, (frame) => isSamePicture(frame, reference));
    const clone = median(series);
    return [
      alone('coldBootMs', 'ms', cold.ms),
      against(
        'instantCloneMs',
        'ms',
        { ours: clone, peer: cold.ms, peerName: 'cold boot of a linked clone', higherIsBetter: false },
        25,
      ),
      against(
        'readyMs',
        'ms',
        {
          ours: median(ready),
          peer: cold.ms,
          peerName: 'cold boot of a linked clone',
          higherIsBetter: false,
        },
        25,
      ),
      alone('cloneDiskBytes', 'bytes', cold.newDiskBytes, CLONE_DISK_BYTES_MAX),
      {
        ...alone(
          'cloneSeries',
          'last 5 / first 5',
          mean(series.slice(-5)) / mean(series.slice(0, 5)),
          SERIES_RATIO_MAX,
        ),
      },
    ];
  } finally {
    await person.api.pools.update({ id: pool.id, readyCount: pool.readyCount });
    await person.close();
  }
}

async function signIn(state: string): Promise<Person> {
  const account = {
    name: 'Bench',
    email: `bench-${systemRng.uuid()}@localhost.test`,
    password: systemRng.uuid(),
  };
  const body = JSON.stringify({ ...account, role: 'administrator' });
  const socket = join(state, 'run', 'api.sock');
  const args = ['-sf', '--unix-socket', socket, '-H', 'content-type: application/json', '-d', body];
  await promisify(execFile)('curl', [...args, 'http://localhost/api/users']).catch((cause: unknown) => {
    throw new OrangeryError('notRunning', `No installation runs in ${state}`, {
      cause,
      fix: './orangery up',
    });
  });
  const port = (await readFile(join(state, 'port'), 'utf8')).trim();
  const person = new Person(
    `https://localhost:${port}`,
    await readFile(join(state, 'tls', 'ca.crt'), 'utf8'),
  );
  await person.signIn(account);
  return person;
}

/** How the desktop looks when all of it is there: as on the screen of a ready machine, which nobody has changed. */
async function referencePicture(installationId: string, machineId: string): Promise<Snapshot> {
  const driver = await openKvmDriver({
    channel: new LocalChannel(),
    installationId,
    clock: systemClock,
    rng: systemRng,
    log: silentLog,
  });
  try {
    const rfb = await RfbClient.connect(await driver.machines.dialConsole(machineId), { clock: systemClock });
    try {
      await look(rfb, true);
      return snapshot(rfb.frame);
    } finally {
      rfb.close();
    }
  } finally {
    await driver.close();
  }
}

async function clickToPainted(person: Person, poolId: string, reference: Snapshot): Promise<number> {
  const start = performance.now();
  const session = await person.api.desktops.open({ id: poolId });
  const viewer = await person.view(await person.ticket(session.id));
  await look(viewer.rfb, true);
  while (!isSamePicture(viewer.rfb.frame, reference)) await look(viewer.rfb, false);
  const took = performance.now() - start;
  await leave(person, viewer, session.id);
  return took;
}

async function leave(person: Person, viewer: Viewer, sessionId: string): Promise<void> {
  viewer.close();
  await viewer.closed;
  await person.api.sessions.end({ id: sessionId });
}

async function look(rfb: RfbClient, whole: boolean): Promise<void> {
  rfb.requestUpdate(!whole);
  await rfb.nextUpdate(BOOT_TIMEOUT_MS);
}

/** The newest golden image of that name: in the state folder, or where the installation was told to keep them. */
async function goldenFile(state: string, image: string): Promise<string> {
  const folder = process.env['ORANGERY_IMAGES'] ?? join(state, 'images');
  const names = (await readdir(folder)).filter(
    (name) => name.startsWith(`${image}-`) && name.endsWith('.qcow2'),
  );
  const files = await Promise.all(
    names.map(async (name) => ({
      path: join(folder, name),
      madeMs: (await stat(join(folder, name))).ctimeMs,
    })),
  );
  const newest = files.sort((one, other) => other.madeMs - one.madeMs)[0];
  if (newest === undefined)
    throw new OrangeryError('notFound', `There is no golden image ${image} in ${folder}`);
  return newest.path;
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  const deadline = systemClock.monotonicMs() + 120_000;
  while (!(await holds())) {
    if (systemClock.monotonicMs() > deadline) throw new Error('the pool did not settle within two minutes');
    await systemClock.sleep(200);
  }
}
