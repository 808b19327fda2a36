import { type Context, demandOf, poolsLoop, updatePool } from '@orangery/control';
import { ManualClock } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, never, type World } from './world.ts';

let world: World;
let clock: ManualClock;
let server: Context;

/** A Wednesday; three days after summer time ended in Vienna. */
const NOW = '2026-10-28T07:50:00+01:00';

beforeEach(async () => {
  world = await makeWorld({ readyCount: 1, machinesMax: 20 });
  clock = new ManualClock(Date.parse(NOW));
  server = await world.server({ clock });
  await world.db
    .updateTable('pool')
    .set({ time_zone: 'Europe/Vienna', created_at: new Date('2026-09-01T00:00:00Z') })
    .execute();
});
afterEach(() => world.close());

/** People who came at these times; nobody of them is there any more. */
async function came(...times: string[]): Promise<void> {
  const [person] = await world.people(1);
  await world.db
    .insertInto('session')
    .values(
      times.map((time) => ({
        tenant_id: world.tenantId,
        pool_id: world.poolId,
        principal_id: person!.id,
        phase: 'ended' as const,
        created_at: new Date(time),
        ended_at: new Date(time),
      })),
    )
    .execute();
}

const turn = () => poolsLoop(server).turn(world.poolId, never());
const machines = async (): Promise<number> =>
  (await world.db.selectFrom('machine').select('id').execute()).length;

describe('a pool that learns', () => {
  it('makes machines for those who came at this hour in the weeks before, summer time or not', async () => {
    // A week ago, in summer time: 08:00 there, 06:00 in Greenwich.
    await came(
      '2026-10-21T06:00:00Z',
      '2026-10-21T06:05:00Z',
      '2026-10-21T06:10:00Z',
      '2026-10-21T06:14:59Z',
    );
    await came('2026-10-14T06:00:00Z', '2026-10-14T05:45:00Z', '2026-10-14T06:01:00Z');
    await came('2026-10-07T06:00:00Z');
    // Neither of the hour, nor of the day, nor of this pool's memory.
    await came(
      '2026-10-21T06:15:00Z',
      '2026-10-21T05:44:59Z',
      '2026-10-20T06:00:00Z',
      '2026-09-23T06:00:00Z',
    );
    expect(await turn()).toMatchObject({
      outcome: 'progress',
      detail: expect.stringContaining(
        'as 4, 3, 1 and 0 people came from 07:45 to 08:15 on the last 4 Wednesdays',
      ),
    });
    expect(await machines()).toBe(3);
    const demand = await demandOf(server, world.poolId);
    expect(demand).toMatchObject({ weekday: 3, minute: 470, now: { readyCount: 3 } });
    expect(demand?.slots[31]).toMatchObject({ learned: 3, past: [4, 3, 1, 0], today: 0, readyCount: 3 });
    expect(demand?.slots[40]).toMatchObject({ learned: 0, readyCount: 1, reason: 'as always', today: null });
  });

  it('shows who came today', async () => {
    await came('2026-10-28T07:46:00+01:00', '2026-10-28T07:49:00+01:00', '2026-10-28T00:00:00+01:00');
    const demand = await demandOf(server, world.poolId);
    expect(demand?.slots[31]?.today).toBe(2);
    expect(demand?.slots[0]?.today).toBe(1);
  });

  it('does not take a time before it was made for one in which nobody came', async () => {
    await world.db
      .updateTable('pool')
      .set({ created_at: new Date('2026-10-16T00:00:00Z') })
      .execute();
    await came('2026-10-21T06:00:00Z', '2026-10-21T06:00:00Z');
    expect((await demandOf(server, world.poolId))?.slots[31]).toMatchObject({ past: [2], readyCount: 2 });
  });

  it('stays within its limit, and keeps what it is told when it may not learn', async () => {
    await came(
      ...Array.from({ length: 60 }, (_, index) => `2026-10-21T06:00:${String(index).padStart(2, '0')}Z`),
    );
    await world.db
      .updateTable('pool')
      .set({ created_at: new Date('2026-10-20T00:00:00Z') })
      .execute();
    await turn();
    expect(await machines()).toBe(20);
    await updatePool(server, { id: world.poolId, learns: false });
    await turn();
    expect((await demandOf(server, world.poolId))?.now).toEqual({ readyCount: 1, reason: 'as always' });
    const kept = await world.db.selectFrom('machine').select('id').where('desired', '=', 'running').execute();
    expect(kept.length).toBe(1);
  });

  it('that is deleted has no demand', async () => {
    await world.db.updateTable('pool').set({ desired: 'absent' }).execute();
    expect(await demandOf(server, world.poolId)).toBeUndefined();
  });
});
