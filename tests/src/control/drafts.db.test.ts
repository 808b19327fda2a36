import type { Role } from '@orangery/contract';
import {
  type Context,
  deleteVersion,
  discardDraft,
  draftsLoop,
  draftState,
  listImages,
  makeTicket,
  viewerEnd,
  openDraft,
  publishDraft,
  redeemTicket,
  retryVersion,
} from '@orangery/control';
import type { HostDriver, ObservedMachine } from '@orangery/hypervisor';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let server: Context;
let host: ReturnType<typeof draftHost>;

/** A host that keeps what it is told: one machine, volumes, and a guest that can be sealed, or not. */
function draftHost() {
  const state = {
    machine: undefined as ObservedMachine['state'] | undefined,
    volumes: new Set<string>(),
    seals: true,
  };
  const done: string[] = [];
  const note =
    <T>(what: string, value?: T) =>
    (..._given: unknown[]): Promise<T> => {
      done.push(what);
      return Promise.resolve(value as T);
    };
  const driver = {
    machines: {
      find: (id: string) =>
        Promise.resolve(
          state.machine === undefined
            ? undefined
            : { id, name: 'draft', state: state.machine, mark: undefined },
        ),
      start: () => {
        state.machine = 'running';
        return note('start')();
      },
      shutdown: () => {
        state.machine = undefined;
        return note('shutdown')();
      },
      destroy: () => {
        state.machine = undefined;
        return note('destroy')();
      },
      agentAnswers: () => Promise.resolve(true),
      exec: note('seal', { exitCode: 0, stdout: '{}', stderr: '' }),
    },
    storage: {
      find: (_pool: string, name: string) => Promise.resolve(state.volumes.has(name) ? { name } : undefined),
      importVolume: (
        _pool: string,
        { name }: { name: string },
        content: { destroy: () => void; on: (e: 'error', l: () => void) => void },
      ) => {
        content.on('error', () => {});
        content.destroy();
        state.volumes.add(name);
        return note('import')();
      },
      createOverlay: (_pool: string, { name }: { name: string }) => {
        state.volumes.add(name);
        return note('overlay')();
      },
      flatten: (_pool: string, { name }: { name: string }) => {
        state.volumes.add(name);
        return note('flatten')();
      },
      download: note('download'),
      delete: (_pool: string, name: string) => {
        state.volumes.delete(name);
        return Promise.resolve();
      },
    },
  };
  return { driver: driver as unknown as HostDriver, driverParts: driver, state, done };
}

beforeEach(async () => {
  world = await makeWorld({ readyCount: 0 });
  host = draftHost();
  server = await world.server({
    driver: host.driver,
    images: { receive: async (name) => ({ path: `/nowhere/${name}`, virtualBytes: 2, fileBytes: 1 }) },
  });
});
afterEach(() => world.close());

const turn = (id: string) => draftsLoop(server).turn(id, never());
const begin = async (): Promise<string> => {
  const opened = await openDraft(server, { tenantId: world.tenantId, shared: true }, world.imageVersionId);
  if (opened.kind !== 'opened') throw new Error('it is opened');
  return opened.versionId;
};
const version = async (id: string) =>
  (await listImages(server, world.tenantId))[0]?.versions.find((each) => each.id === id);

describe('a version of the installation’s', () => {
  it('that a tenant changes begins an image of its own, one however many begin at once', async () => {
    const of = { tenantId: world.tenantId, shared: false };
    const opened = await Promise.all([1, 2].map(() => openDraft(server, of, world.imageVersionId)));
    const ids = opened.map((each) => (each.kind === 'opened' ? each.versionId : each.kind));
    const images = await world.db
      .selectFrom('image')
      .leftJoin('image_version', 'image_version.image_id', 'image.id')
      .select(['image.tenant_id', 'image.name', 'image_version.id', 'version', 'base_version_id'])
      .orderBy('version')
      .execute();
    const own = images.filter(({ tenant_id }) => tenant_id === world.tenantId);
    const base = images.filter(({ tenant_id }) => tenant_id === null);
    expect(base).toMatchObject([{ id: world.imageVersionId, version: 1 }]);
    expect(own.map(({ version }) => version)).toEqual([1, 2]);
    expect(new Set(own.map(({ id }) => id))).toEqual(new Set(ids));
    expect(new Set(own.map(({ name }) => name))).toEqual(new Set(base.map(({ name }) => name)));
    expect(own.every(({ base_version_id }) => base_version_id === world.imageVersionId)).toBe(true);
    expect(await deleteVersion(server, world.imageVersionId)).toMatchObject({ kind: 'refused' });
  });
});

describe('a version that is changed', () => {
  it('is opened in a machine of its own, sealed, copied when that is gone, and tested', async () => {
    const id = await begin();
    expect(await version(id)).toMatchObject({ version: 2, phase: 'authoring', base: 1, current: false });
    expect(await publishDraft(server, id, 'too early')).toMatchObject({ kind: 'refused' });
    await turn(id);
    expect(await draftState(server, id)).toMatchObject({ kind: 'ready' });
    expect(host.done).toEqual(['import', 'overlay', 'start']);
    expect(await publishDraft(server, id, 'with a new editor')).toEqual({ kind: 'done' });
    expect(await publishDraft(server, id, 'twice')).toMatchObject({ kind: 'refused' });
    expect(await draftState(server, id)).toMatchObject({ kind: 'ended' });
    await turn(id);
    await turn(id);
    expect(host.done.slice(3)).toEqual(['seal', 'shutdown', 'flatten']);
    expect(await version(id)).toMatchObject({
      phase: 'testing',
      current: false,
      notes: 'with a new editor',
      draft: null,
    });
    // The base's disk goes with what stands on it: a template does.
    expect([...host.state.volumes]).toEqual([`image-${world.imageVersionId}.qcow2`]);
  });

  it('is nothing half made when its server is killed at any step of it', async () => {
    for (const killed of [
      'draft.seal',
      'draft.shutdown',
      'draft.flatten',
      'draft.fetch',
      'draft.finish',
      'draft.deleteVolumes',
    ] as const) {
      const id = await begin();
      await turn(id);
      await publishDraft(server, id, killed);
      for (const when of ['before', 'after']) {
        let dead = false;
        const dying: Context = {
          ...server,
          async step(step, effect) {
            if (dead || (step === killed && when === 'before')) throw new Error(`killed ${(dead = true)}`);
            const value = await effect();
            if (step === killed) throw new Error(`killed ${(dead = true)}`);
            return value;
          },
        };
        for (let turns = 0; turns < 3; turns += 1) await draftsLoop(dying).turn(id, never());
        await world.db.updateTable('draft').set({ retry_at: null }).execute();
        const seen = await version(id);
        expect([seen?.current, seen?.phase], `${when} ${killed}`).toEqual([
          false,
          seen?.draft === null ? 'testing' : expect.stringMatching('authoring|testing'),
        ]);
      }
      for (let turns = 0; turns < 4; turns += 1) await turn(id);
      expect(await version(id), killed).toMatchObject({ phase: 'testing', draft: null });
      expect([...host.state.volumes].filter((name) => name.includes(id))).toEqual([]);
      expect(host.state.machine).toBeUndefined();
    }
  });

  it('goes back to its author when it cannot be sealed, and says why', async () => {
    const id = await begin();
    await turn(id);
    host.driverParts.machines.exec = () => Promise.resolve({ exitCode: 1, stdout: '', stderr: 'no room' });
    await publishDraft(server, id, '');
    await turn(id);
    expect((await version(id))?.draft).toMatchObject({
      desired: 'open',
      phase: 'open',
      reason: expect.stringContaining('no room') as string,
    });
    expect(host.state.machine).toBe('running');
  });

  it('is discarded with all of it, also while it is being published', async () => {
    const id = await begin();
    await turn(id);
    await publishDraft(server, id, '');
    expect(await discardDraft(server, id)).toEqual({ kind: 'done' });
    await turn(id);
    expect(await version(id)).toBeUndefined();
    expect([...host.state.volumes].filter((name) => name.includes(id))).toEqual([]);
    expect(await discardDraft(server, id)).toEqual({ kind: 'missing' });
  });

  it('is no version when it is discarded while its disk is fetched', async () => {
    const removed: string[] = [];
    const fetching = await world.server({
      driver: host.driver,
      images: {
        receive: async (name) => {
          expect(await discardDraft(server, name.slice('small-'.length))).toEqual({ kind: 'done' });
          return { path: `/nowhere/${name}`, virtualBytes: 2, fileBytes: 1 };
        },
        remove: async (path) => void removed.push(path),
      },
    });
    const id = await begin();
    await turn(id);
    await publishDraft(server, id, '');
    for (let turns = 0; turns < 4; turns += 1) await draftsLoop(fetching).turn(id, never());
    expect(removed).toEqual([`/nowhere/small-${id}`]);
    expect(await version(id)).toBeUndefined();
  });

  it('keeps the version that it was made from', async () => {
    await world.db.updateTable('image_version').set({ current: false }).execute();
    const id = await begin();
    expect(await deleteVersion(server, world.imageVersionId)).toMatchObject({
      kind: 'refused',
      reason: expect.stringContaining('draft') as string,
    });
    expect(await deleteVersion(server, id)).toMatchObject({ kind: 'refused' });
    expect(await retryVersion(server, id)).toMatchObject({ kind: 'refused' });
  });

  it('is looked at by who changes its image alone, once a ticket', async () => {
    const [person] = await world.people(1);
    const id = await begin();
    await turn(id);
    const ticket = (): Promise<string> => makeTicket(server, { id, principalId: person!.id, of: 'draft' });
    expect(await redeemTicket(server, await ticket(), person!.id)).toBeUndefined();
    const be = (...roles: Role[]): Promise<unknown> =>
      world.db.updateTable('principal').set({ roles }).execute();
    // It is the installation's image.
    await be('administrator');
    expect(await redeemTicket(server, await ticket(), person!.id)).toBeUndefined();
    await be('operator');
    const good = await ticket();
    const [first, second] = [
      await redeemTicket(server, good, person!.id),
      await redeemTicket(server, good, person!.id),
    ];
    expect(first).toMatchObject({ machineId: id, hostId: world.hostId });
    expect(second).toBeUndefined();
    expect(await viewerEnd(server, id, first!)).toBeUndefined();
    const later = await redeemTicket(server, await ticket(), person!.id);
    expect(later!.turn).toBeGreaterThan(first!.turn);
    expect(await viewerEnd(server, id, first!)).toMatchObject({ code: 'takenOver' });
    expect(await viewerEnd(server, id, later!)).toBeUndefined();
    await discardDraft(server, id);
    expect(await viewerEnd(server, id, later!)).toMatchObject({ code: 'sessionEnded' });
    expect(await redeemTicket(server, await ticket(), person!.id)).toBeUndefined();
  });
});
