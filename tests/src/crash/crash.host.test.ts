import { storagePoolName } from '@orangery/control';
import { codeOf, systemClock } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ways } from './flows.ts';
import { isSlow, type KillPoint, ofDay, quick, slow } from './kill-points.ts';
import { disorder } from './order.ts';
import { Scene } from './scene.ts';
import { type Service, services, stateOf } from './services.ts';

/**
 * The server is killed before and after each effect of its loops, as by kill -9; or PostgreSQL or libvirtd is, and the
 * server runs into what is left of it. Then what was killed starts as ever, and once the loops have settled nothing may
 * be there twice, nothing lost, nothing left.
 */
const REACH_MS = 90_000;
const SLOW_MS = 600_000;
const long = process.env['ORANGERY_TEST_LONG'] === '1';
/** Of what only the long suite does, the part of this day. */
const slice = process.env['ORANGERY_TEST_LONG'] === 'slice';
/** Points of the server, and of each service, in a run that is not long. */
const SERVER_POINTS = 5;
const SERVICE_POINTS = 1;

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.create();
}, 900_000);

afterAll(() => scene?.close(), 120_000);

const timeoutOf = (point: KillPoint): number => (isSlow(point) ? SLOW_MS : REACH_MS);

async function killServerAt(point: KillPoint): Promise<void> {
  const { installation } = scene;
  await ways[point.flow].ready?.(scene);
  await scene.arm(point, 'SIGKILL');
  await ways[point.flow].go(scene).catch(() => {});
  expect(await installation.died(timeoutOf(point))).toBe('SIGKILL');
  expect(await installation.start()).toBe('runs');
  await scene.settled(timeoutOf(point));
}

async function killServiceAt(service: Service, point: KillPoint): Promise<void> {
  const { installation } = scene;
  const { step, when, flow } = point;
  await ways[flow].ready?.(scene);
  await scene.arm(point, 'SIGSTOP');
  const going = ways[flow].go(scene).catch(() => {});
  const standsStill = async (): Promise<boolean> => (await stateOf(installation.pid)) === 'T';
  await installation.until(`${when} ${step}`, standsStill, timeoutOf(point));
  let goneMs = 0;
  try {
    await service.kill(scene);
    const logged = (await installation.log()).length;
    goOn(installation.pid);
    await installation.until('the end of the turn', () => turnEnded(step, logged), REACH_MS);
  } finally {
    // A point that fails must not take the others with it.
    goOn(installation.pid);
    goneMs = systemClock.now();
    await service.start(scene);
  }
  await going;
  await scene.looked(goneMs);
  await scene.settled(timeoutOf(point));
}

function goOn(pid: number): void {
  try {
    process.kill(pid, 'SIGCONT');
  } catch (error) {
    // One that has died of it never ends its turn: that is what the test then says.
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

/** Whether a turn of the step's loop has ended since the log was this long: what it needed was not there. */
async function turnEnded(step: string, logged: number): Promise<boolean> {
  const loop = `"loop":"${step.split('.')[0]}s"`;
  const lines = (await scene.installation.log()).slice(logged).split('\n');
  return lines.some((line) => line.includes(loop) && line.includes('"msg":"turn"'));
}

async function expectOrder({ flow }: KillPoint): Promise<void> {
  await scene.expectOrder();
  await ways[flow].after?.(scene);
}

const named = (points: readonly KillPoint[]): (readonly [string, KillPoint])[] =>
  points.map((point) => [`${point.when} ${point.step}`, point] as const);

describe('a server that is killed', () => {
  const points = long ? quick : ofDay(quick, SERVER_POINTS, systemClock.now());
  it.each(named(points))(
    `%s goes on as if nothing was (${points.length} of ${quick.length} points)`,
    async (_, point) => {
      await killServerAt(point);
      await expectOrder(point);
    },
  );
});

describe.each(Object.entries(services))('%s', (_name, service) => {
  const points = long ? quick : ofDay(quick, SERVICE_POINTS, systemClock.now());
  it.each(named(points))(
    `that is killed %s costs time and nothing else (${points.length} of ${quick.length} points)`,
    async (_, point) => {
      await killServiceAt(service, point);
      await expectOrder(point);
    },
  );
});

describe('libvirtd', () => {
  it('that is killed while it restores the memory of a machine leaves nothing half started', async () => {
    const { installation, host } = scene;
    await ways.replace.ready?.(scene);
    const known = new Set((await host.machines.list()).map(({ id }) => id));
    await ways.replace.go(scene);
    const restores = async (): Promise<boolean> =>
      (await host.machines.list()).some(({ id, state }) => !known.has(id) && state !== 'running');
    await installation.until('a machine that is being restored', restores, REACH_MS);
    const goneMs = systemClock.now();
    await services.libvirtd.kill(scene);
    await services.libvirtd.start(scene);
    await scene.looked(goneMs);
    await scene.settled();
    await scene.expectOrder();
  });
});

describe.runIf(long || slice)('a server that is killed while a template is made', () => {
  const points = long ? slow : ofDay(slow, 1, systemClock.now());
  it.each(named(points))(
    `%s goes on as if nothing was (${points.length} of ${slow.length} points)`,
    async (_, point) => {
      await killServerAt(point);
      await expectOrder(point);
    },
    SLOW_MS + 60_000,
  );
});

describe('all of it', () => {
  it('leaves no quarantine and no probe on the host', async () => {
    await scene.looked();
    await scene.settled();
    const { installation, host } = scene;
    expect(await disorder(installation, host)).toEqual([]);
    const probes = (await host.machines.list()).filter(({ mark }) => mark?.kind === 'probe');
    expect(probes.filter(({ mark }) => mark?.installationId === host.installationId)).toEqual([]);
    const wanted = await installation.db.selectFrom('host_network').select('name').execute();
    const networks = (await host.networks.list()).map(({ name }) => name);
    expect(networks.sort()).toEqual([...new Set(wanted.map(({ name }) => name))].sort());
    const volumes = await host.storage.list(storagePoolName(host.installationId));
    expect(volumes.filter(({ name }) => name.startsWith('probe-'))).toEqual([]);
  });
});
