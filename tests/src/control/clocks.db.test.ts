import {
  type Context,
  makeTicket,
  openDesktop,
  redeemTicket,
  SharedClock,
  TICKET_LIFE_MS,
} from '@orangery/control';
import { ManualClock, silentLog, systemClock } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

const AHEAD_MS = 300_000;

let world: World;
let clocks: ManualClock[];
let shared: SharedClock[];
let servers: [Context, Context];

/** Two servers of one database; the clock of the second is five minutes ahead. */
beforeEach(async () => {
  world = await makeWorld();
  clocks = [new ManualClock(systemClock.now()), new ManualClock(systemClock.now() + AHEAD_MS)];
  shared = await Promise.all(clocks.map((clock) => SharedClock.start(clock, world.db, silentLog)));
  servers = [await world.server({ clock: shared[0]! }), await world.server({ clock: shared[1]! })];
});
afterEach(async () => {
  for (const each of shared) each.stop();
  await world.close();
});

describe('two servers whose clocks are five minutes apart', () => {
  it('have one time', () => {
    expect(Math.abs(shared[0]!.now() - shared[1]!.now())).toBeLessThan(2_000);
    expect(Math.abs(shared[1]!.now() - systemClock.now())).toBeLessThan(2_000);
  });

  it.each([
    ['the slow one', 0],
    ['the fast one', 1],
  ] as const)('take a ticket of %s, and none that is over', async (_, maker) => {
    const [ada] = await world.people(1);
    await world.machines(1);
    const session = await openDesktop(servers[maker], ada!, world.poolId);
    const make = (): Promise<string> =>
      makeTicket(servers[maker], { id: session.sessionId, principalId: ada!.id });
    const other = 1 - maker;
    expect(await redeemTicket(servers[other]!, await make(), ada!.id)).toMatchObject({
      sessionId: session.sessionId,
    });
    const late = await make();
    await clocks[other]!.advance(TICKET_LIFE_MS + 2_000);
    expect(await redeemTicket(servers[other]!, late, ada!.id)).toBeUndefined();
  });

  it('measure anew when a clock is put right', async () => {
    // The hands jump back; the next look, a minute later, knows.
    const jumped = new ManualClock(systemClock.now() - AHEAD_MS);
    const clock = await SharedClock.start(jumped, world.db, silentLog);
    expect(Math.abs(clock.now() - systemClock.now())).toBeLessThan(2_000);
    await jumped.advance(AHEAD_MS);
    // Each look is a minute after the last; it takes a moment to be answered.
    const differsByMs = async (): Promise<number> => {
      await jumped.advance(60_000);
      await systemClock.sleep(100);
      return Math.abs(clock.now() - systemClock.now());
    };
    await expect.poll(differsByMs, { timeout: 10_000 }).toBeLessThan(2_000);
    clock.stop();
  });
});
