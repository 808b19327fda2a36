import { type Context, hostMeasures, loadsLoop, machineHistory, machineMeasures } from '@orangery/control';
import type { HostCounters, HostDriver } from '@orangery/hypervisor';
import { ManualClock } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { counted } from './counted.ts';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

const GIB = 2 ** 30;
let world: World;
let clock: ManualClock;
let server: Context;
let machineId: string;
/** What the host counts now. */
let now: HostCounters;

beforeEach(async () => {
  world = await makeWorld();
  clock = new ManualClock(Date.now());
  [machineId = ''] = await world.machines(1);
  const facts = {
    hostname: 'h',
    hypervisor: 'QEMU',
    hypervisorVersion: '7',
    managementVersion: 'libvirt',
    cpus: 4,
    memoryBytes: 8 * GIB,
    freeMemoryBytes: 2 * GIB,
    accelerator: 'tcg',
    probe: '',
    probedAtMs: 0,
    hostClass: 'a',
    abilities: { cpuLimits: { works: true }, guards: { works: true } },
  };
  await world.db
    .updateTable('host')
    .set({ facts: JSON.stringify(facts) })
    .execute();
  const { driver } = listingHost({ machines: [], volumes: [] });
  const counting = Object.assign(Object.create(driver) as HostDriver, { counters: async () => now });
  server = await world.server({ clock, driver: counting });
});
afterEach(() => world.close());

/** So many seconds after the start, with the host half busy and the machine at one and a half processors. */
const after = (seconds: number): HostCounters => ({
  cpuTotalNs: BigInt(seconds) * 4_000_000_000n,
  cpuBusyNs: BigInt(seconds) * 2_000_000_000n,
  machines: [
    {
      ...counted(machineId),
      cpuNs: BigInt(seconds) * 1_500_000_000n,
      memoryBytes: GIB,
      readBytes: BigInt(seconds) * 1000n,
      sentBytes: BigInt(seconds) * 50n,
    },
    { ...counted('11111111-1111-4111-8111-111111111111'), cpuNs: BigInt(seconds) },
  ],
});

/** Looks each five seconds. */
async function look(seconds: number): Promise<void> {
  const loop = loadsLoop(server);
  for (let at = 0; at <= seconds; at += 5) {
    now = after(at);
    await loop.turn(world.hostId, never());
    await clock.advance(5_000);
  }
}

describe('charts of a host and its machines', () => {
  it('have a point each ten seconds, by one look at all machines', async () => {
    await look(30);
    const { at, ...measures } = (await machineMeasures(server, machineId, 'hour'))!;
    expect(at.map((ms, index) => (index === 0 ? 0 : ms - at[index - 1]!))).toEqual([0, 10_000, 10_000]);
    expect(measures).toEqual({
      cpus: [1.5, 1.5, 1.5],
      memoryBytes: [GIB, GIB, GIB],
      read: [1000, 1000, 1000],
      written: [0, 0, 0],
      received: [0, 0, 0],
      sent: [50, 50, 50],
      latencyMs: [null, null, null],
    });
    expect(await hostMeasures(server, world.hostId, 'hour')).toMatchObject({
      cpuBusy: [0.5, 0.5, 0.5],
      memoryBytes: [6 * GIB, 6 * GIB, 6 * GIB],
      diskMs: [null, null, null],
      read: [1000, 1000, 1000],
    });
    expect((await machineMeasures(server, machineId, 'week'))?.at).toEqual([]);
    expect(await machineMeasures(server, crypto.randomUUID(), 'hour')).toBeUndefined();
  });

  it('have the latency of who looks at a machine', async () => {
    const [person] = await world.people(1);
    await world.db
      .insertInto('session')
      .values({
        tenant_id: world.tenantId,
        pool_id: world.poolId,
        principal_id: person!.id,
        machine_id: machineId,
        phase: 'connected',
        latency_ms: 42,
      })
      .execute();
    await look(10);
    expect((await machineMeasures(server, machineId, 'hour'))?.latencyMs).toEqual([42]);
  });

  it('are bounded: an hour of fine points, a week of coarse ones', async () => {
    const loop = loadsLoop(server);
    const every = async (seconds: number, times: number): Promise<void> => {
      for (let turn = 0; turn < times; turn += 1) {
        now = after(Math.floor(clock.monotonicMs() / 1_000));
        await loop.turn(world.hostId, never());
        await clock.advance(seconds * 1_000);
      }
    };
    await every(60, 90);
    const fine = (await hostMeasures(server, world.hostId, 'hour')).at;
    expect(fine.length).toBeLessThanOrEqual(61);
    expect(fine.length).toBeGreaterThan(55);
    await every(43_200, 20);
    const coarse = (await hostMeasures(server, world.hostId, 'week')).at;
    expect(coarse.length).toBeLessThanOrEqual(15);
    expect(coarse.length).toBeGreaterThan(10);
  });

  it('of two servers are not twice as dense', async () => {
    const { driver } = listingHost({ machines: [], volumes: [] });
    const counting = Object.assign(Object.create(driver) as HostDriver, { counters: async () => now });
    const loops = [loadsLoop(server), loadsLoop(await world.server({ clock, driver: counting }))];
    for (let at = 0; at <= 40; at += 5) {
      now = after(at);
      for (const loop of loops) {
        await loop.turn(world.hostId, never());
        await clock.advance(2_500);
      }
    }
    expect((await hostMeasures(server, world.hostId, 'hour')).at).toHaveLength(4);
  });
});

it('a machine’s history names its states, who used it, and to who may see the audit log who did something to it', async () => {
  const [person] = await world.people(1);
  await world.db
    .insertInto('session')
    .values({
      tenant_id: world.tenantId,
      pool_id: world.poolId,
      principal_id: person!.id,
      machine_id: machineId,
      phase: 'ended',
      ended_at: new Date(),
      end_reason: 'logged off',
    })
    .execute();
  await world.db
    .insertInto('audit_event')
    .values({
      tenant_id: world.tenantId,
      actor: 'Bob',
      action: 'machine.delete',
      subject_kind: 'machine',
      subject_id: machineId,
      outcome: 'done',
      why: 'administrator',
    })
    .execute();
  const lines = async (audited: boolean) =>
    (await machineHistory(server, machineId, { audited })).map(({ what, reason, who }) => [
      what,
      reason,
      who,
    ]);
  const seen = await lines(true);
  expect(seen).toContainEqual(['machine.delete', 'administrator', 'Bob']);
  expect(seen).toContainEqual(['session ended', 'logged off', 'Person 0']);
  expect(seen).toContainEqual(['session began', null, 'Person 0']);
  expect(seen).toContainEqual(['ready', null, null]);
  expect((await lines(false)).some(([what]) => what === 'machine.delete')).toBe(false);
});
