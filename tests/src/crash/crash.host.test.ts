import { storagePoolName } from '@orangery/control';
import type { HostDriver } from '@orangery/hypervisor';
import { systemClock } from '@orangery/std';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import type { Person } from '../person.ts';
import { type Flow, type KillPoint, quick, slow, slowOfDay } from './kill-points.ts';
import { disorder, isSettled, openHost } from './order.ts';

/**
 * The server is killed before and after each effect of its loops, as by kill -9. Then it starts as ever, and once its
 * loops have settled nothing may be there twice, nothing lost, nothing left. One session lives through all of it.
 */
const SETTLE_MS = 90_000;
const SETTLE_SLOW_MS = 600_000;

let installation: Installation;
let host: HostDriver;
let witness: Person & { id: string };
let guest: Person & { id: string };
let poolId: string;
let witnessed: { sessionId: string; machineId: string };

beforeAll(async () => {
  installation = await Installation.create();
  expect(await installation.start()).toBe('runs');
  await installation.ready();
  host = await openHost(installation);
  witness = await installation.person();
  guest = await installation.person('person');
  const [pool] = await installation.api.pools.list();
  if (pool === undefined) throw new Error('an installation starts with a pool');
  poolId = pool.id;
  await installation.api.entitlements.add({ poolId, principalId: guest.id });
  const session = await witness.api.desktops.open({ id: poolId });
  await look(witness, session.id);
  witnessed = { sessionId: session.id, machineId: await machineOf(session.id) };
  await settled();
}, 900_000);

afterAll(async () => {
  await host?.close();
  await witness?.close();
  await guest?.close();
  await installation?.purge();
}, 120_000);

/** Opens the viewer, sees a picture, closes it. */
async function look(person: Person, sessionId: string): Promise<void> {
  const viewer = await person.view(await person.ticket(sessionId));
  const update = viewer.rfb.nextUpdate(20_000);
  viewer.rfb.requestUpdate(false);
  await update;
  viewer.close();
  await viewer.closed;
}

async function machineOf(sessionId: string): Promise<string> {
  const { machine_id } = await installation.db
    .selectFrom('session')
    .select('machine_id')
    .where('id', '=', sessionId)
    .executeTakeFirstOrThrow();
  if (machine_id === null) throw new Error('the session has no machine');
  return machine_id;
}

const settled = (timeoutMs = SETTLE_MS): Promise<void> =>
  installation.until('order', () => isSettled(installation), timeoutMs);

async function freeMachine(): Promise<string> {
  const { id } = await installation.db
    .selectFrom('machine')
    .select('id')
    .where('taken_at', 'is', null)
    .executeTakeFirstOrThrow();
  return id;
}

/** What brings the server to the step; `ready` before the server is armed, `go` after. Its answers may be cut off. */
const flows: Record<Flow, { ready?: () => Promise<unknown>; go: () => Promise<unknown> }> = {
  start: { go: () => Promise.resolve() },
  replace: { go: async () => installation.api.machines.delete({ id: await freeMachine() }) },
  wait: {
    async ready() {
      await installation.api.pools.update({ id: poolId, readyCount: 0 });
      await settled();
    },
    go: () => guest.api.desktops.open({ id: poolId }),
  },
  loseMachine: {
    async ready() {
      const session = await guest.api.desktops.open({ id: poolId });
      await look(guest, session.id);
      await settled();
    },
    async go() {
      const [session] = await guest.api.sessions.list({});
      return installation.api.machines.delete({ id: await machineOf(session?.id ?? '') });
    },
  },
  newImage: {
    async go() {
      const newest = await installation.db
        .selectFrom('image_version')
        .select(['image_id', 'version'])
        .orderBy('version', 'desc')
        .executeTakeFirstOrThrow();
      const version = newest.version + 1;
      await installation.db
        .insertInto('image_version')
        .values({ image_id: newest.image_id, version, recipe_hash: `version ${version}` })
        .execute();
    },
  },
};

async function killAt({ step, when, flow }: KillPoint): Promise<void> {
  await flows[flow].ready?.();
  await installation.stop('SIGKILL');
  const started = await installation.start({ ORANGERY_CRASH_AT: `${step}:${when}` });
  if (started === 'runs') await flows[flow].go().catch(() => {});
  expect(await installation.died(flow === 'newImage' ? SETTLE_SLOW_MS : SETTLE_MS)).toBe('SIGKILL');
  expect(await installation.start()).toBe('runs');
  await settled(flow === 'newImage' ? SETTLE_SLOW_MS : SETTLE_MS);
}

async function endGuestSessions(): Promise<void> {
  for (const { id } of await guest.api.sessions.list({})) await guest.api.sessions.end({ id });
  await installation.api.pools.update({ id: poolId, readyCount: 1 });
  await settled();
}

async function expectOrder(): Promise<void> {
  expect(await disorder(installation, host)).toEqual([]);
  expect(await machineOf(witnessed.sessionId)).toBe(witnessed.machineId);
  await look(witness, witnessed.sessionId);
}

const name = ({ step, when }: KillPoint): string => `${when} ${step}`;

describe('a server that is killed', () => {
  it.each(quick.map((point) => [name(point), point] as const))(
    '%s goes on as if nothing was',
    async (_, point) => {
      await killAt(point);
      await expectOrder();
      if (point.flow === 'wait' || point.flow === 'loseMachine') await endGuestSessions();
    },
  );

  const long = process.env['ORANGERY_TEST_LONG'] === '1';
  const chosen = long ? slow : [slowOfDay(systemClock.now())];
  it.each(chosen.map((point) => [name(point), point] as const))(
    `%s goes on as if nothing was (${long ? 'all' : 'one a day'} of ${slow.length} slow points)`,
    async (_, point) => {
      await killAt(point);
      await expectOrder();
    },
    SETTLE_SLOW_MS + 60_000,
  );

  it('leaves no quarantine and no probe on the host', async () => {
    const sinceMs = systemClock.now();
    await installation.until('a look of the hosts loop', async () => {
      const { seen_at } = await installation.db
        .selectFrom('host')
        .select('seen_at')
        .executeTakeFirstOrThrow();
      return seen_at !== null && seen_at.getTime() > sinceMs;
    });
    expect(await disorder(installation, host)).toEqual([]);
    const probes = (await host.machines.list()).filter(({ mark }) => mark?.kind === 'probe');
    expect(probes.filter(({ mark }) => mark?.installationId === host.installationId)).toEqual([]);
    const volumes = await host.storage.list(storagePoolName(host.installationId));
    expect(volumes.filter(({ name: volume }) => volume.startsWith('probe-'))).toEqual([]);
  });
});
