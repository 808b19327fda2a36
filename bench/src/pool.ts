import { storagePoolName } from '@orangery/control';
import type { HostDriver } from '@orangery/hypervisor';
import { isDesktopPainted } from '@orangery/rfb';
import { OrangeryError, systemClock, systemRng } from '@orangery/std';
import { Installation, openHost, type Person, startReady } from '@orangery/tests';
import { coldBoot, timed } from './cold-boot.ts';
import { against, alone, mean, type Row } from './document.ts';
import { setReady } from './set-ready.ts';

const MACHINES = Number(process.env['BENCH_MACHINES'] ?? 20);
const PEOPLE = 10;
const READY = 5;
const PROFILE_GIB = 1;
const PICTURE_TIMEOUT_MS = 120_000;

/**
 * A pool from nothing, beside a full copy and a boot of one machine; and a small morning: more people at once than
 * machines are ready, each from the click until their own file is there, on a painted screen under their name.
 */
export async function benchPool(): Promise<Row[]> {
  const installation = await Installation.create();
  let host: HostDriver | undefined;
  try {
    await startReady(installation);
    host = await openHost(installation);
    const [pool] = await installation.api.pools.list();
    const golden = await installation.db.selectFrom('image_version').selectAll().executeTakeFirstOrThrow();
    if (pool === undefined || golden.path === null) throw new OrangeryError('notReady', 'There is no pool');
    await installation.api.pools.update({ id: pool.id, machinesMax: MACHINES + PEOPLE });
    await setReady(installation, pool.id, 0);
    const peer = await coldBoot(golden.path, 'full', pool, isDesktopPainted);
    const fillMs = await timed(() => setReady(installation, pool.id, MACHINES));
    const { diskBytes, memoryBytes } = await footprint(installation, host);
    await setReady(installation, pool.id, 0);
    const clicks = await morning(installation, host, pool.id);
    const sorted = clicks.toSorted((a, b) => a - b);
    const peerName = 'full copy and boot of one';
    const lower = { peerName, higherIsBetter: false };
    return [
      against('readyS', 's each', { ours: fillMs / MACHINES / 1000, peer: peer.ms / 1000, ...lower }, 5),
      against('diskBytes', 'bytes each', { ours: diskBytes, peer: peer.diskBytes, ...lower }, 20),
      against('memoryBytes', 'bytes each', { ours: memoryBytes, peer: peer.memoryBytes, ...lower }, 0.8),
      alone('stormP50Ms', 'ms', sorted[Math.floor(sorted.length * 0.5)] ?? Number.NaN),
      alone('stormP95Ms', 'ms', sorted[Math.floor(sorted.length * 0.95)] ?? Number.NaN),
    ];
  } finally {
    await host?.close();
    await installation.purge();
  }
}

/** What each machine takes on its host, on average. */
async function footprint(
  installation: Installation,
  host: HostDriver,
): Promise<{ diskBytes: number; memoryBytes: number }> {
  const { id } = await installation.db.selectFrom('installation').select('id').executeTakeFirstOrThrow();
  const disks = (await host.storage.list(storagePoolName(id))).filter(({ name }) =>
    name.startsWith('machine-'),
  );
  const machines = await installation.db.selectFrom('machine').select('id').execute();
  const ours = new Set(machines.map((machine) => machine.id));
  const usage = (await host.machines.usage()).filter((machine) => ours.has(machine.id));
  return {
    diskBytes: mean(disks.map(({ allocatedBytes }) => allocatedBytes)),
    memoryBytes: mean(usage.map((machine) => machine.memoryBytes)),
  };
}

/** Everybody has been here before and has left a file; then all come back at the same moment. Milliseconds of each. */
async function morning(installation: Installation, host: HostDriver, poolId: string): Promise<number[]> {
  await installation.api.pools.update({ id: poolId, profileGib: PROFILE_GIB });
  const people: Person[] = [];
  try {
    for (let count = 0; count < PEOPLE; count += 1) people.push(await installation.person());
    const word = systemRng.uuid();
    for (const person of people) {
      await setReady(installation, poolId, 1);
      const { sessionId, machineId } = await open(person, poolId);
      await inHome(host, machineId, `echo ${word} >mine`);
      await person.api.sessions.end({ id: sessionId });
    }
    await setReady(installation, poolId, READY);
    return await Promise.all(
      people.map(async (person) => {
        let machineId = '';
        const tookMs = await timed(async () => {
          ({ machineId } = await open(person, poolId));
        });
        const mine = await inHome(host, machineId, 'cat mine');
        if (mine.trim() !== word) throw new OrangeryError('notTheirs', `A file says "${mine}"`);
        return tookMs;
      }),
    );
  } finally {
    for (const person of people) await person.close();
  }
}

/** From the click until the screen is painted; the ticket comes when the person's files are there. */
async function open(person: Person, poolId: string): Promise<{ sessionId: string; machineId: string }> {
  const session = await person.api.desktops.open({ id: poolId });
  const viewer = await person.view(await person.ticket(session.id));
  const deadline = systemClock.monotonicMs() + PICTURE_TIMEOUT_MS;
  try {
    do {
      if (systemClock.monotonicMs() > deadline)
        throw new OrangeryError('notPainted', 'A desktop stayed without a picture');
      viewer.rfb.requestUpdate(false);
      await viewer.rfb.nextUpdate(PICTURE_TIMEOUT_MS);
    } while (!isDesktopPainted(viewer.rfb.frame));
  } finally {
    viewer.close();
    await viewer.closed;
  }
  const { machine } = await person.api.sessions.show({ id: session.id });
  return { sessionId: session.id, machineId: machine?.id ?? '' };
}

async function inHome(host: HostDriver, machineId: string, script: string): Promise<string> {
  const { stdout, exitCode, stderr } = await host.machines.exec(machineId, {
    path: '/usr/sbin/runuser',
    args: ['-u', 'desktop', '--', '/bin/sh', '-c', `cd ~ && ${script}`],
    timeoutMs: 60_000,
  });
  if (exitCode !== 0) throw new OrangeryError('guest', stderr);
  return stdout;
}
