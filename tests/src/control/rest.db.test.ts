import {
  type Context,
  draftsLoop,
  hostsLoop,
  imagesLoop,
  loadsLoop,
  machinesLoop,
  maintenancesLoop,
  poolsLoop,
  refreshesLoop,
  sessionsLoop,
  storageLoop,
  templatesLoop,
  windowsLoop,
} from '@orangery/control';
import { connectSingle } from '@orangery/database';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

const LOOPS = [
  hostsLoop,
  loadsLoop,
  imagesLoop,
  draftsLoop,
  refreshesLoop,
  templatesLoop,
  poolsLoop,
  machinesLoop,
  sessionsLoop,
  storageLoop,
  windowsLoop,
  maintenancesLoop,
] as const;

let world: World;
let server: Context;
beforeEach(async () => {
  world = await makeWorld({ readyCount: 2 });
  const machineIds = await world.machines(2);
  const { driver } = listingHost({
    machines: machineIds.map((id) => ({
      id,
      name: `small-${id.slice(0, 6)}`,
      state: 'running' as const,
      mark: undefined,
    })),
    volumes: machineIds.map((id) => `machine-${id}.qcow2`),
  });
  server = await world.server({ driver });
});
afterEach(() => world.close());

async function lookAtAll(): Promise<void> {
  for (const make of LOOPS) {
    const loop = make(server);
    // What this host cannot do fails as it did before, and is none of this test's business.
    for (const key of await loop.keys()) await loop.turn(key, never()).catch(() => {});
  }
}

describe('an installation at rest', () => {
  it('is not woken by its own looks', async () => {
    await lookAtAll();
    await lookAtAll();
    const listener = await connectSingle(world.url);
    try {
      const nudges: (string | undefined)[] = [];
      listener.on('notification', ({ payload }) => nudges.push(payload));
      await listener.query('listen orangery_nudge');
      await lookAtAll();
      // Notices come before the answer to a later query.
      await listener.query('select');
      expect(nudges).toEqual([]);
      await world.machines(1, 'planned');
      await listener.query('select');
      expect(nudges).toHaveLength(1);
    } finally {
      await listener.end();
    }
  });
});
