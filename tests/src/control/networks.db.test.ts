import { createPool, hostsLoop, listPools, machinesLoop, updatePool } from '@orangery/control';
import { poolInput } from '@orangery/contract';
import type { HostDriver, NetworkDescription, NicDescription, ObservedMachine } from '@orangery/hypervisor';
import { OrangeryError } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

/** A host whose networks are a list; a bridge that it lacks is refused. */
function networkHost(machines: ObservedMachine[] = []): {
  driver: HostDriver;
  networks: Map<string, { description: NetworkDescription; cards: number }>;
  plugged: NicDescription[];
} {
  const networks = new Map<string, { description: NetworkDescription; cards: number }>();
  const plugged: NicDescription[] = [];
  const { driver } = listingHost({ machines, volumes: [] });
  const made: HostDriver = Object.create(driver, {
    networks: {
      value: {
        ensure(description: NetworkDescription) {
          const { name } = description;
          if (description.kind === 'bridge')
            return Promise.reject(new OrangeryError('refused', `no interface ${description.bridge}`));
          networks.set(name, { description, cards: networks.get(name)?.cards ?? 0 });
          return Promise.resolve({ name, bridge: name, subnet: '10.64.0.1/20', machinesMax: 4079 });
        },
        list: () => Promise.resolve([...networks].map(([name, { cards }]) => ({ name, cards }))),
        delete(name: string) {
          networks.delete(name);
          return Promise.resolve();
        },
      },
    },
    storage: {
      value: Object.create(driver.storage, { find: { value: () => Promise.resolve(undefined) } }) as unknown,
    },
    machines: {
      value: Object.create(driver.machines, {
        nics: { value: () => Promise.resolve([]) },
        attachNic: {
          value: (_id: string, nic: NicDescription) => {
            plugged.push(nic);
            return Promise.resolve();
          },
        },
      }) as HostDriver['machines'],
    },
  });
  return { driver: made, networks, plugged };
}

const make = (name: string, network: object, more: object = {}) =>
  poolInput.parse({ name, title: name, image: 'small', network, ...more });

async function made(
  server: Awaited<ReturnType<World['server']>>,
  input: ReturnType<typeof make>,
): Promise<string> {
  const result = await createPool(server, world.tenantId, input);
  if (result.kind !== 'made') throw new Error(`not made: ${result.kind}`);
  return result.id;
}

describe('networks of pools on a host', () => {
  it('are made for each wish, shared where nothing is asked for, and taken away when nobody wants them', async () => {
    const host = networkHost();
    const server = await world.server({ driver: host.driver });
    const loop = hostsLoop(server);
    const exam = await made(server, make('exam', { kind: 'isolated' }));
    await made(server, make('office', { kind: 'nat' }));
    await loop.turn(world.hostId, never());
    const kinds = (): string[] =>
      [...host.networks.values()].map(({ description }) => description.kind).sort();
    expect(kinds()).toEqual(['isolated', 'nat']);

    await updatePool(server, {
      id: exam,
      network: make('x', { kind: 'routed', subnet: '10.20.0.0/22' }).network,
    });
    const old = [...host.networks].find(([, { description }]) => description.kind === 'isolated');
    // Somebody still works in it.
    (old?.[1] ?? { cards: 0 }).cards = 1;
    await loop.turn(world.hostId, never());
    expect(kinds()).toEqual(['isolated', 'nat', 'routed']);
    (old?.[1] ?? { cards: 0 }).cards = 0;
    await loop.turn(world.hostId, never());
    expect(kinds()).toEqual(['nat', 'routed']);
  });

  it('that cannot be had are told on their pool, harm no other, and its machines wait with the reason', async () => {
    const [machineId] = await world.machines(1);
    const id = machineId ?? '';
    const installationId = (await world.db.selectFrom('installation').select('id').executeTakeFirstOrThrow())
      .id;
    const mark = { installationId, generation: 1, kind: 'machine', rowId: id } as const;
    const host = networkHost([{ id, name: 'm', state: 'running', mark }]);
    const server = await world.server({ driver: host.driver });
    await made(server, make('office', { kind: 'isolated' }));
    await world.db
      .updateTable('machine')
      .set({ phase: 'identifying', identified_at: new Date(), taken_at: new Date() })
      .execute();
    const wish = make('x', { kind: 'bridge', bridge: 'br9', neighbours: true }).network;
    await updatePool(server, { id: world.poolId, network: wish });
    const machines = machinesLoop(server);
    expect(await machines.turn(id, never())).toMatchObject({ outcome: 'waiting', detail: /network/ });
    await hostsLoop(server).turn(world.hostId, never());
    const [pool] = await listPools(server, world.tenantId, world.poolId);
    expect(pool?.networks).toMatchObject([{ host: 'local', phase: 'failed', reason: /no interface br9/ }]);
    expect(
      (await listPools(server, world.tenantId)).find(({ name }) => name === 'office')?.networks,
    ).toMatchObject([{ phase: 'ready', room: 4079 }]);
    const turn = await machines.turn(id, never());
    expect(turn).toMatchObject({ outcome: 'waiting', detail: /no network: no interface br9/ });
    expect(host.plugged).toEqual([]);
    const row = await world.db.selectFrom('machine').selectAll().executeTakeFirstOrThrow();
    // It is no fault of the machine.
    expect(row).toMatchObject({ attempts: 0, reason: turn.detail });
  });

  it('are what a machine is plugged into, with what it may see', async () => {
    const [machineId] = await world.machines(1);
    const id = machineId ?? '';
    const host = networkHost([{ id, name: 'm', state: 'running', mark: undefined }]);
    const server = await world.server({ driver: host.driver });
    await world.db.updateTable('machine').set({ phase: 'identifying', identified_at: new Date() }).execute();
    await world.db.updateTable('pool').set({ network_kind: 'isolated', network_neighbours: true }).execute();
    await hostsLoop(server).turn(world.hostId, never());
    // The fake host never shows the card: the loop gives up on plugging it in once more.
    await machinesLoop(server).turn(id, never());
    const own = [...host.networks].find(([, { description }]) => description.kind === 'isolated');
    expect(host.plugged[0]).toEqual({ network: own?.[0], macAddress: id, neighbours: true });
    expect(own?.[1].description.neighbours).toBe(true);
  });

  it('of a changed wish replace machines that wait, not those in use', async () => {
    const [waiting, used] = await world.machines(2);
    await world.db
      .updateTable('machine')
      .set({ taken_at: new Date() })
      .where('id', '=', used ?? '')
      .execute();
    const server = await world.server();
    await updatePool(server, { id: world.poolId, network: make('x', { kind: 'isolated' }).network });
    const desired = async (id: string | undefined): Promise<unknown> =>
      (
        await world.db
          .selectFrom('machine')
          .select('desired')
          .where('id', '=', id ?? '')
          .executeTakeFirstOrThrow()
      ).desired;
    expect([await desired(waiting), await desired(used)]).toEqual(['absent', 'running']);
  });

  it('with too few addresses for the pool are refused', async () => {
    const server = await world.server();
    const small = { kind: 'nat', subnet: '10.20.0.0/24' };
    expect(await createPool(server, world.tenantId, make('big', small, { machinesMax: 240 }))).toEqual({
      kind: 'rangeTooSmall',
      room: 239,
    });
    const id = await made(server, make('fits', small, { machinesMax: 239 }));
    expect(await updatePool(server, { id, machinesMax: 240 })).toEqual({ kind: 'rangeTooSmall', room: 239 });
    const wider = make('x', { kind: 'nat', subnet: '10.20.0.0/22' }).network;
    expect(await updatePool(server, { id, machinesMax: 240, network: wider })).toEqual({ kind: 'done' });
  });

  it('that are routed lead to one host only', async () => {
    const host = networkHost();
    const server = await world.server({ driver: host.driver });
    const id = await made(server, make('lab', { kind: 'routed', subnet: '10.20.0.0/22' }));
    await hostsLoop(server).turn(world.hostId, never());
    const other = await world.db
      .insertInto('host')
      .values({ name: 'second', address: JSON.stringify({ kind: 'local' }), storage_path: '/nowhere' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await hostsLoop(server).turn(other.id, never());
    const [pool] = await listPools(server, world.tenantId, id);
    expect(pool?.networks).toMatchObject([
      { host: 'local', phase: 'ready' },
      { host: 'second', phase: 'failed', reason: /10.20.0.0\/22 is routed to local/ },
    ]);
  });

  it('that make no sense are refused by the contract, each by its member', () => {
    const faults = (network: object): string[] =>
      (poolInput.safeParse({ name: 'x', title: 'x', image: 'small', network }).error?.issues ?? []).map(
        ({ path }) => path.join('.'),
      );
    expect(faults({ kind: 'bridge' })).toEqual(['network.bridge']);
    expect(faults({ kind: 'routed' })).toEqual(['network.subnet']);
    expect(faults({ kind: 'nat', vlan: 5 })).toEqual(['network.vlan']);
    expect(faults({ kind: 'bridge', bridge: 'br0', subnet: '10.0.0.0/22' })).toEqual(['network.subnet']);
    expect(faults({ kind: 'nat', subnet: '10.0.0.0/30' })).toEqual(['network.subnet']);
    expect(faults({ kind: 'bridge', bridge: 'br0', vlan: 4_095 })).toEqual(['network.vlan']);
  });
});
