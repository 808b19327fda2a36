import { type Frame, RfbClient } from '@orangery/rfb';
import { OrangeryError, systemClock } from '@orangery/std';
import { Installation, openHost, type Person, startReady, type Viewer } from '@orangery/tests';
import { type ColdBoot, coldBoot } from './cold-boot.ts';
import { alone, against, median, type Row } from './document.ts';
import { isSamePicture, snapshot, type Snapshot } from './same-picture.ts';
import { setReady } from './set-ready.ts';

/** What people get who name no other. */
const IMAGE = process.env['BENCH_IMAGE'] ?? 'debian-xfce';
const CLICKS = 3;
const SERIES = 20;
/** A boot of the peer before every so many clones, so that both meet the same moods of the machine. */
const CLONES_A_BOOT = 7;
const CLONE_DISK_BYTES_MAX = 1 << 20;
const SERIES_RATIO_MAX = 1.2;
const BOOT_TIMEOUT_MS = 300_000;

/**
 * From the click to the session's real picture: cold boot, instant clone from nothing, ready machine. In an installation
 * of its own on this machine: nobody's desktops give way to it.
 */
export async function benchDesktop(): Promise<Row[]> {
  const installation = await Installation.create({ ORANGERY_RECIPES: IMAGE });
  let person: Person | undefined;
  try {
    await startReady(installation);
    person = await installation.person();
    const [pool] = await installation.api.pools.list();
    const golden = await installation.db.selectFrom('image_version').selectAll().executeTakeFirstOrThrow();
    if (pool === undefined || golden.path === null) throw new OrangeryError('notReady', 'There is no pool');
    await setReady(installation, pool.id, 1);
    const reference = await readyPicture(installation);
    const ready: number[] = [];
    for (let click = 0; click < CLICKS; click += 1) {
      await setReady(installation, pool.id, 1);
      ready.push(await clickToPainted(person, pool.id, reference));
    }
    await setReady(installation, pool.id, 0);
    const isDone = (frame: Frame): boolean => isSamePicture(frame, reference);
    const boots: ColdBoot[] = [];
    const series: number[] = [];
    for (let click = 0; click < SERIES; click += 1) {
      if (click % CLONES_A_BOOT === 0) boots.push(await coldBoot(golden.path, 'linked', pool, isDone));
      series.push(await clickToPainted(person, pool.id, reference));
      await setReady(installation, pool.id, 0);
    }
    const coldMs = median(boots.map(({ ms }) => ms));
    const clone = median(series);
    return [
      alone('coldBootMs', 'ms', coldMs),
      against(
        'instantCloneMs',
        'ms',
        { ours: clone, peer: coldMs, peerName: 'cold boot of a linked clone', higherIsBetter: false },
        25,
      ),
      against(
        'readyMs',
        'ms',
        {
          ours: median(ready),
          peer: coldMs,
          peerName: 'cold boot of a linked clone',
          higherIsBetter: false,
        },
        25,
      ),
      alone(
        'cloneDiskBytes',
        'bytes',
        Math.max(...boots.map(({ newDiskBytes }) => newDiskBytes)),
        CLONE_DISK_BYTES_MAX,
      ),
      {
        ...alone(
          'cloneSeries',
          'last 5 / first 5',
          median(series.slice(-5)) / median(series.slice(0, 5)),
          SERIES_RATIO_MAX,
        ),
      },
    ];
  } finally {
    await person?.close();
    await installation.purge();
  }
}

/** How the desktop looks when all of it is there: as on the screen of a ready machine, which nobody has changed. */
async function readyPicture(installation: Installation): Promise<Snapshot> {
  const { id } = await installation.db.selectFrom('machine').select('id').executeTakeFirstOrThrow();
  const host = await openHost(installation);
  try {
    const rfb = await RfbClient.connect(await host.machines.dialConsole(id), { clock: systemClock });
    try {
      await look(rfb, true);
      return snapshot(rfb.frame);
    } finally {
      rfb.close();
    }
  } finally {
    await host.close();
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
