import {
  hostsLoop,
  listQuarantine,
  machinesLoop,
  stopInstallation,
  poolsLoop,
  requireNewest,
  systemStatus,
  turnLock,
} from '@orangery/control';
import type { ObservedMachine } from '@orangery/hypervisor';
import { OrangeryError, systemRng } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let installationId: string;
beforeEach(async () => {
  world = await makeWorld();
  installationId = (await world.db.selectFrom('installation').select('id').executeTakeFirstOrThrow()).id;
});
afterEach(() => world.close());

function observed(of: {
  id?: string;
  name: string;
  installation?: string;
  generation?: number;
  kind?: 'machine' | 'template' | 'probe';
}): ObservedMachine {
  const id = of.id ?? systemRng.uuid();
  const { installation = installationId, generation = 1, kind = 'machine' } = of;
  return {
    id,
    name: of.name,
    state: 'running',
    mark: { installationId: installation, generation, kind, rowId: id },
  };
}

describe('what bears our mark without a row', () => {
  it('is shown, never touched, and forgotten once it is gone', async () => {
    const [machineId] = await world.machines(1);
    const lost = systemRng.uuid();
    const seen = {
      machines: [
        observed({ id: machineId!, name: 'with-row' }),
        observed({ name: 'without-row' }),
        observed({ name: 'a-probe', kind: 'probe' }),
        observed({ name: 'of-another', installation: systemRng.uuid() }),
        { ...observed({ name: 'nobodys' }), mark: undefined },
      ],
      volumes: [
        `machine-${machineId!}.qcow2`,
        `machine-${lost}.qcow2`,
        `template-${world.templateId}.save`,
        'iso',
      ],
    };
    const host = listingHost(seen);
    const server = await world.server({ driver: host.driver });
    const loop = hostsLoop(server);
    expect(await loop.turn(world.hostId, never())).toMatchObject({
      outcome: 'settled',
      detail: 'QEMU 7, tcg',
    });
    await loop.turn(world.hostId, never());
    const found = async (): Promise<string[]> =>
      (await listQuarantine(server)).map(({ kind, name }) => `${kind} ${name}`).sort();
    expect(await found()).toEqual(['machine without-row', `volume machine-${lost}.qcow2`]);
    expect(host.asked).toEqual([]);

    seen.machines.splice(1, 1);
    await loop.turn(world.hostId, never());
    expect(await found()).toEqual([`volume machine-${lost}.qcow2`]);
    seen.volumes.splice(1, 1);
    await loop.turn(world.hostId, never());
    expect(await found()).toEqual([]);
  });
});

describe('a database that is older than what its host bears', () => {
  const future = (): ObservedMachine => observed({ name: 'from-the-future', generation: 2 });

  it('makes the host unusable with the reason, and its loop touches nothing', async () => {
    const host = listingHost({ machines: [future()], volumes: [] });
    const server = await world.server({ driver: host.driver });
    const turn = await hostsLoop(server).turn(world.hostId, never());
    expect(turn).toMatchObject({ outcome: 'failed' });
    const row = await world.db.selectFrom('host').selectAll().executeTakeFirstOrThrow();
    expect(row.phase).toBe('unusable');
    expect(row.reason).toMatch(/from-the-future bears generation 2.*older copy.*Put the newest copy/);
    expect(host.asked).toEqual([]);
    expect(await listQuarantine(server)).toEqual([]);
    // A stop, too, deletes nothing there.
    await stopInstallation(server, true);
    await hostsLoop(server).turn(world.hostId, never());
    expect(host.asked).toEqual([]);
  });

  it('costs its machines nothing: no attempt, no deletion, no new machine', async () => {
    const [machineId] = await world.machines(1);
    await world.db.updateTable('machine').set({ desired: 'absent' }).execute();
    const server = await world.server();
    server.drivers = {
      of: () =>
        Promise.reject(
          (() => {
            try {
              requireNewest([future()], server.installation);
            } catch (error) {
              return error;
            }
            return new OrangeryError('none', 'it was let through');
          })(),
        ),
    };
    const turn = await machinesLoop(server).turn(machineId!, never());
    expect(turn.detail).toContain('older copy');
    await world.db.updateTable('host').set({ phase: 'unusable' }).execute();
    await poolsLoop(server).turn(world.poolId, never());
    const rows = await world.db.selectFrom('machine').selectAll().execute();
    expect(rows).toMatchObject([{ id: machineId, attempts: 0, phase: 'ready' }]);
  });

  it('is one only for marks of this installation', () => {
    const installation = { id: installationId, generation: 1 };
    const other = observed({ name: 'other', generation: 9, installation: systemRng.uuid() });
    expect(() => requireNewest([other, observed({ name: 'same' })], installation)).not.toThrow();
    expect(() => requireNewest([future()], installation)).toThrow(/older copy/);
  });
});

describe('a stop', () => {
  it('also ends what a turn that began before it made after it', async () => {
    const host = listingHost({ machines: [], volumes: [] });
    const server = await world.server({ driver: host.driver });
    await stopInstallation(server, true);
    await world.machines(2, 'planned');
    await world.db.updateTable('template').set({ desired: 'ready' }).execute();
    await hostsLoop(server).turn(world.hostId, never());
    const machines = await world.db.selectFrom('machine').select('desired').execute();
    const templates = await world.db.selectFrom('template').select('desired').execute();
    expect([...machines, ...templates].map(({ desired }) => desired)).toEqual(['absent', 'absent', 'absent']);
  });

  it('waits for turns that began before it, as they may still start a machine', async () => {
    const host = listingHost({ machines: [], volumes: [] });
    const server = await world.server({ driver: host.driver });
    const other = await world.server({ driver: host.driver });
    await stopInstallation(server, false);
    const look = () => hostsLoop(server).turn(world.hostId, never());
    const goesOn = await other.locks.tryWith(turnLock('templates', world.templateId), async () => {
      expect(await look()).toMatchObject({
        outcome: 'waiting',
        detail: expect.stringContaining('begun before the stop: 1 '),
      });
      return (await systemStatus(server, 'test')).stopped;
    });
    expect(goesOn).toEqual({ value: false });
    expect(await look()).toMatchObject({ detail: 'stopped' });
    expect((await systemStatus(server, 'test')).stopped).toBe(true);
  });

  it('that is to take everything away is not over because a stop before it was', async () => {
    const host = listingHost({ machines: [], volumes: [] });
    const server = await world.server({ driver: host.driver });
    await stopInstallation(server, false);
    await hostsLoop(server).turn(world.hostId, never());
    await stopInstallation(server, true);
    expect((await systemStatus(server, 'test')).stopped).toBe(false);
  });
});
