import {
  isSetupNeeded,
  latestTurn,
  makeSetupLink,
  makeTicket,
  openDesktop,
  endSession,
  redeemSetupLink,
  redeemTicket,
  SETUP_LINK_LIFE_MS,
  TICKET_LIFE_MS,
  addPerson,
  updatePool,
} from '@orangery/control';
import { ManualClock, systemClock } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await makeWorld();
});
afterEach(() => world.close());

async function openSession() {
  const clock = new ManualClock(systemClock.now());
  const servers = [await world.server({ clock }), await world.server({ clock })] as const;
  const [person, other] = await world.people(2);
  const [machineId] = await world.machines(1);
  const { sessionId } = await openDesktop(servers[0], person!, world.poolId);
  const ticket = (): Promise<string> => makeTicket(servers[0], { id: sessionId, principalId: person!.id });
  return { clock, servers, person: person!, other: other!, machineId: machineId!, sessionId, ticket };
}

describe('a ticket', () => {
  it('opens its session once', async () => {
    const { servers, person, ticket, sessionId, machineId } = await openSession();
    const token = await ticket();
    expect(await redeemTicket(servers[1], token, person.id)).toMatchObject({ sessionId, machineId });
    expect(await redeemTicket(servers[1], token, person.id)).toBeUndefined();
  });

  it('tells what the pool lets pass between the machine and the device that shows it', async () => {
    const { servers, person, ticket } = await openSession();
    expect(await redeemTicket(servers[0], await ticket(), person.id)).toMatchObject({
      display: { clipboard: 'both', screenMax: null },
    });
    const screenMax = { width: 1_920, height: 1_080 };
    const display = { clipboard: 'toMachine', screenMax } as const;
    await updatePool(servers[1], { id: world.poolId, display });
    expect(await redeemTicket(servers[0], await ticket(), person.id)).toMatchObject({ display });
    // One alone leaves the other as it is.
    await updatePool(servers[1], { id: world.poolId, display: { screenMax: null } });
    expect(await redeemTicket(servers[0], await ticket(), person.id)).toMatchObject({
      display: { clipboard: 'toMachine', screenMax: null },
    });
  });

  it('serves exactly one of many who redeem it at once on two servers', async () => {
    const { servers, person, ticket } = await openSession();
    const token = await ticket();
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, click) => redeemTicket(servers[click % 2]!, token, person.id)),
    );
    expect(answers.filter((answer) => answer !== undefined)).toHaveLength(1);
  });

  it('of somebody else opens nothing, and is not used up by the try', async () => {
    const { servers, person, other, ticket } = await openSession();
    const token = await ticket();
    expect(await redeemTicket(servers[0], token, other.id)).toBeUndefined();
    expect(await redeemTicket(servers[0], token, person.id)).toBeDefined();
  });

  it('lives to the last moment of its time, and no longer', async () => {
    const { servers, person, ticket, clock } = await openSession();
    const [first, second] = [await ticket(), await ticket()];
    await clock.advance(TICKET_LIFE_MS - 1);
    expect(await redeemTicket(servers[0], first, person.id)).toBeDefined();
    await clock.advance(1);
    expect(await redeemTicket(servers[0], second, person.id)).toBeUndefined();
  });

  it('opens nothing once its session has ended', async () => {
    const { servers, person, ticket, sessionId } = await openSession();
    const token = await ticket();
    await endSession(servers[0], sessionId, 'logged off');
    expect(await redeemTicket(servers[0], token, person.id)).toBeUndefined();
  });

  it('gives its viewer a turn after all others, also when many come at once on two servers', async () => {
    const { servers, person, ticket, sessionId } = await openSession();
    expect(await latestTurn(servers[0], sessionId)).toBe(0);
    const tokens: string[] = [];
    for (let count = 0; count < 20; count += 1) tokens.push(await ticket());
    const redeemed = await Promise.all(
      tokens.map((token, index) => redeemTicket(servers[index % 2]!, token, person.id)),
    );
    const turns = redeemed.map((answer) => answer?.turn ?? 0);
    expect(new Set(turns).size).toBe(tokens.length);
    expect(await latestTurn(servers[1], sessionId)).toBe(Math.max(...turns));
    const last = await redeemTicket(servers[0], await ticket(), person.id);
    expect(last?.turn).toBeGreaterThan(Math.max(...turns));
  });

  it('is nowhere in the database but as a digest', async () => {
    const { ticket } = await openSession();
    const token = await ticket();
    const rows = await world.db.selectFrom('ticket').selectAll().execute();
    expect(rows).toHaveLength(1);
    expect(JSON.stringify(rows)).not.toContain(token);
    expect(rows[0]?.token_sha256.includes(Buffer.from(token))).toBe(false);
  });
});

describe('a setup link', () => {
  it('serves exactly one of many who use it at once', async () => {
    const servers = [await world.server(), await world.server()] as const;
    const token = await makeSetupLink(servers[0]);
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, click) => redeemSetupLink(servers[click % 2]!, token)),
    );
    expect(answers.filter(Boolean)).toHaveLength(1);
    expect(await redeemSetupLink(servers[0], token)).toBe(false);
  });

  it('ends with its time', async () => {
    const clock = new ManualClock(systemClock.now());
    const server = await world.server({ clock });
    const token = await makeSetupLink(server);
    await clock.advance(SETUP_LINK_LIFE_MS);
    expect(await redeemSetupLink(server, token)).toBe(false);
  });

  it('ends the ones before it', async () => {
    const server = await world.server();
    const first = await makeSetupLink(server);
    const second = await makeSetupLink(server);
    expect(await redeemSetupLink(server, first)).toBe(false);
    expect(await redeemSetupLink(server, second)).toBe(true);
  });

  it('is needed until there is an administrator', async () => {
    const server = await world.server();
    expect(await isSetupNeeded(server)).toBe(true);
    const ada = { name: 'Ada', email: 'ada@example.org', passwordHash: 'x' };
    await addPerson(server, world.tenantId, { ...ada, roles: ['operator'] });
    expect(await isSetupNeeded(server)).toBe(false);
  });
});
