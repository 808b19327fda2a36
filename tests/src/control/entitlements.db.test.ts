import {
  type Context,
  entitle,
  type Entitlement,
  findSession,
  listEntitlements,
  markSession,
  mayUsePool,
  openDesktop,
  removeEntitlement,
} from '@orangery/control';
import { systemRng } from '@orangery/std';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeWorld, type World } from './world.ts';

let world: World;
let servers: [Context, Context];
let person: { id: string; tenantId: string };
let other: { id: string; tenantId: string };

beforeEach(async () => {
  world = await makeWorld();
  servers = [await world.server(), await world.server()];
  [person, other] = (await world.people(2, [])) as [typeof person, typeof person];
});
afterEach(() => world.close());

const mayUse = (who: typeof person, roles: string[] = []): Promise<boolean> =>
  mayUsePool(servers[0], { ...who, roles }, world.poolId);

async function give(who = person): Promise<Entitlement> {
  const given = await entitle(servers[0], { poolId: world.poolId, principalId: who.id });
  if (given === undefined) throw new Error('the pool and the person are there');
  return given;
}

/** Connections are made when they are first wanted; with some open, calls at the same moment truly meet. */
const warmUp = (): Promise<unknown> =>
  Promise.all(
    Array.from({ length: 20 }, (_, call) =>
      listEntitlements(servers[call % 2]!, world.tenantId, { limit: 100 }),
    ),
  );

const rows = () => world.db.selectFrom('entitlement').select(['id', 'principal_id']).execute();

describe('an entitlement', () => {
  it('given many times at once by two servers is one, and each is told it', async () => {
    await warmUp();
    const given = await Promise.all(
      Array.from({ length: 40 }, (_, click) =>
        entitle(servers[click % 2]!, { poolId: world.poolId, principalId: person.id }),
      ),
    );
    expect(await rows()).toHaveLength(1);
    expect(new Set(given.map((each) => each?.id))).toEqual(new Set([(await rows())[0]?.id]));
    expect(await mayUse(person)).toBe(true);
    expect(await mayUse(other)).toBe(false);
  });

  it('is not given for what is not there, or is of another tenant', async () => {
    const nothing = systemRng.uuid();
    expect(await entitle(servers[0], { poolId: nothing, principalId: person.id })).toBeUndefined();
    expect(await entitle(servers[0], { poolId: world.poolId, principalId: nothing })).toBeUndefined();
    const tenant = await world.db
      .insertInto('tenant')
      .values({ name: 'another' })
      .returning('id')
      .executeTakeFirstOrThrow();
    await world.db
      .updateTable('principal')
      .set({ tenant_id: tenant.id })
      .where('id', '=', person.id)
      .execute();
    expect(await entitle(servers[0], { poolId: world.poolId, principalId: person.id })).toBeUndefined();
    expect(await rows()).toEqual([]);
  });

  it('is listed by its pool and by its person, with the session they have', async () => {
    const mine = await give();
    const theirs = await give(other);
    const ids = async (
      scope: Omit<Parameters<typeof listEntitlements>[2], 'limit'>,
    ): Promise<string[] | undefined> =>
      (await listEntitlements(servers[1], world.tenantId, { limit: 100, ...scope }))?.items.map(
        ({ id }) => id,
      );
    expect(await ids({})).toEqual([mine.id, theirs.id]);
    expect(await ids({ poolId: world.poolId })).toEqual([mine.id, theirs.id]);
    expect(await ids({ principalId: other.id })).toEqual([theirs.id]);
    expect(await ids({ poolId: systemRng.uuid() })).toBeUndefined();
    expect(await ids({ principalId: systemRng.uuid() })).toBeUndefined();

    await world.machines(1);
    const { sessionId } = await openDesktop(servers[0], other, world.poolId);
    const [first, second] = (await listEntitlements(servers[0], world.tenantId, { limit: 100 }))?.items ?? [];
    expect(first).toEqual(mine);
    expect(second).toEqual({ ...theirs, session: { id: sessionId, phase: 'waiting' } });
  });
});

describe('an entitlement that is taken back', () => {
  it('is gone once, whoever takes it back at the same moment, and can be given again', async () => {
    const { id } = await give();
    await give(other);
    await warmUp();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, click) => removeEntitlement(servers[click % 2]!, id)),
    );
    expect(answers.filter((answer) => answer !== undefined)).toMatchObject([{ id }]);
    expect(await removeEntitlement(servers[0], id)).toBeUndefined();
    expect(await mayUse(person)).toBe(false);
    expect(await mayUse(other)).toBe(true);
    await give();
    expect(await mayUse(person)).toBe(true);
  });

  it('leaves a session alone that somebody has looked at', async () => {
    const { id } = await give();
    const [machine] = await world.machines(1);
    const { sessionId } = await openDesktop(servers[0], person, world.poolId);
    for (const phase of ['connected', 'disconnected'] as const) {
      await markSession(servers[0], sessionId, phase);
    }
    await removeEntitlement(servers[1], id);
    expect(await findSession(servers[0], { tenantId: world.tenantId }, sessionId)).toMatchObject({
      phase: 'disconnected',
      machine: { id: machine },
    });
  });

  it('ends a session that nobody has looked at yet, and no other', async () => {
    const { id } = await give();
    await give(other);
    await world.machines(2);
    const mine = await openDesktop(servers[0], person, world.poolId);
    const theirs = await openDesktop(servers[0], other, world.poolId);
    await removeEntitlement(servers[1], id);
    expect(await findSession(servers[0], { tenantId: world.tenantId }, mine.sessionId)).toMatchObject({
      phase: 'ended',
      reason: 'this desktop may no longer be used',
    });
    expect(await findSession(servers[0], { tenantId: world.tenantId }, theirs.sessionId)).toMatchObject({
      phase: 'waiting',
    });
  });

  it('changes nothing for an administrator, who may use every pool', async () => {
    await world.db
      .updateTable('principal')
      .set({ roles: ['administrator'] })
      .where('id', '=', person.id)
      .execute();
    const { id } = await give();
    await world.machines(1);
    const { sessionId } = await openDesktop(servers[0], person, world.poolId);
    await removeEntitlement(servers[0], id);
    expect(await findSession(servers[0], { tenantId: world.tenantId }, sessionId)).toMatchObject({
      phase: 'waiting',
    });
    expect(await mayUse(person, ['administrator'])).toBe(true);
  });
});
