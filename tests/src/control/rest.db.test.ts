import { poolInput } from '@orangery/contract';
import { type Context, createPool, makeLoops, windowsLoop } from '@orangery/control';
import { connectSingle } from '@orangery/database';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listingHost } from './fake-host.ts';
import { makeWorld, never, type World } from './world.ts';

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
  await openWindow();
});
afterEach(() => world.close());

/** A pool of machines of people's own in its maintenance window; the only one's moment is yet to come. */
async function openWindow(): Promise<void> {
  const now = new Date();
  const maintenance = {
    weekdays: [1, 2, 3, 4, 5, 6, 7],
    fromMinute: now.getUTCHours() * 60 + now.getUTCMinutes(),
    lastsMinutes: 1_380,
    timeZone: 'UTC',
  };
  const input = { name: 'own', title: 'Own', image: 'small', kind: 'persistent', maintenance };
  const made = await createPool(server, world.tenantId, poolInput.parse(input));
  const [person] = await world.people(1);
  const [machine] = await world.machines(1);
  if (made.kind !== 'made' || person === undefined || machine === undefined) throw new Error('no pool');
  await world.db
    .updateTable('machine')
    .set({ pool_id: made.id, principal_id: person.id, phase: 'off', power: 'off', painted_at: null })
    .where('id', '=', machine)
    .execute();
  await windowsLoop(server).turn(made.id, never());
  const due_at = new Date(now.getTime() + 3_600_000);
  await world.db.updateTable('machine_maintenance').set({ due_at }).execute();
}

async function lookAtAll(): Promise<void> {
  for (const make of makeLoops) {
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
