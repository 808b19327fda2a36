import {
  type Context,
  imagesLoop,
  listImages,
  type Packages,
  refreshesLoop,
  refreshNow,
  setRefresh,
} from '@orangery/control';
import { ManualClock } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

const NIGHT = { every: 'daily', weekday: 1, atMinute: 180, timeZone: 'UTC', jitterMinutes: 0 } as const;
const OLD: Packages = { bash: { version: '5', security: false } };
const NEW: Packages = { bash: { version: '5.1', security: true } };

let world: World;
let server: Context;
let clock: ManualClock;
let today: Packages | Error;
let editions: (string | undefined)[];
let imageId: string;

beforeEach(async () => {
  world = await makeWorld();
  clock = new ManualClock(Date.parse('2026-01-15T00:00:00Z'));
  today = OLD;
  editions = [];
  server = await world.server({
    clock,
    images: {
      plan: () => (today instanceof Error ? Promise.reject(today) : Promise.resolve(today)),
      build: (_recipe, { edition }) => {
        editions.push(edition);
        if (today instanceof Error) return Promise.reject(today);
        return Promise.resolve({
          path: '/nowhere/new',
          hash: 'b',
          virtualBytes: 1,
          fileBytes: 1,
          packages: today,
        });
      },
    },
  });
  imageId = (await image()).id;
  await world.db
    .updateTable('image_version')
    .set({ packages: JSON.stringify(OLD) })
    .execute();
});
afterEach(() => world.close());

const image = async () => (await listImages(server, world.tenantId))[0]!;
const turn = () => refreshesLoop(server).turn(imageId, never());
const HOUR_MS = 3_600_000;

describe('an image that is refreshed by itself', () => {
  it('is looked after at its time, and has no new version while nothing has changed', async () => {
    expect(await refreshesLoop(server).keys()).toEqual([]);
    expect(await setRefresh(server, imageId, NIGHT)).toEqual({ kind: 'done' });
    expect(await refreshesLoop(server).keys()).toEqual([imageId]);
    await turn();
    expect((await image()).refresh).toMatchObject({
      every: 'daily',
      nextAt: '2026-01-15T03:00:00.000Z',
      lastAt: null,
    });
    await clock.advance(2 * HOUR_MS);
    await turn();
    expect((await image()).refresh.lastAt).toBeNull();
    await clock.advance(HOUR_MS);
    await turn();
    expect((await image()).refresh).toMatchObject({
      nextAt: '2026-01-16T03:00:00.000Z',
      lastAt: '2026-01-15T03:00:00.000Z',
      lastResult: 'Nothing has changed.',
    });
    expect((await image()).versions).toHaveLength(1);
  });

  it('has a new version when a package has changed, once, with notes of its own, tested before it is current', async () => {
    today = NEW;
    await refreshNow(server, imageId);
    const other = await world.server({ clock, images: server.images });
    await Promise.all([turn(), refreshesLoop(other).turn(imageId, never())]);
    const made = (await image()).versions.filter(({ source }) => source === 'refresh');
    expect(made).toHaveLength(1);
    await refreshNow(server, imageId);
    await turn();
    expect((await image()).versions.filter(({ source }) => source === 'refresh')).toHaveLength(1);
    await imagesLoop(server).turn(made[0]!.id, never());
    expect(editions).toEqual([made[0]!.id]);
    expect((await image()).versions.find(({ id }) => id === made[0]!.id)).toMatchObject({
      phase: 'testing',
      current: false,
      base: 1,
      notes: 'Refreshed: 1 package changed, 1 for security.\nbash 5 → 5.1 (security)',
    });
  });

  it('is not built while the installation is stopped', async () => {
    today = NEW;
    await refreshNow(server, imageId);
    await turn();
    const { id } = (await image()).versions.find(({ source }) => source === 'refresh')!;
    await world.db.updateTable('installation').set({ desired: 'purged' }).execute();
    expect((await imagesLoop(server).turn(id, never())).detail).toBe('the installation is stopped');
    expect(editions).toEqual([]);
    await world.db.updateTable('installation').set({ desired: 'running' }).execute();
    await imagesLoop(server).turn(id, never());
    expect(editions).toEqual([id]);
  });

  it('says why when its mirror cannot be reached, and looks again soon', async () => {
    today = new Error('the mirror is away');
    await setRefresh(server, imageId, NIGHT);
    await refreshNow(server, imageId);
    expect((await turn()).outcome).toBe('failed');
    const { lastResult, nextAt } = (await image()).refresh;
    expect(lastResult).toContain('the mirror is away');
    expect(Date.parse(nextAt ?? '') - clock.now()).toBeLessThan(HOUR_MS);
  });

  it('is one that a recipe makes', async () => {
    await world.db.updateTable('image').set({ recipe: null }).execute();
    expect(await setRefresh(server, imageId, NIGHT)).toMatchObject({ kind: 'refused' });
    expect(await refreshNow(server, imageId)).toMatchObject({ kind: 'refused' });
    expect(await refreshesLoop(server).keys()).toEqual([]);
  });
});
