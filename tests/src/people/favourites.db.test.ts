import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Person } from '../person.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
let person: Person;
let poolId: string;

beforeAll(async () => {
  two = await makeTwoTenants();
  person = two.of('person');
  ({ poolId } = two.world);
  const { id: principalId } = await person.api.me.show();
  await two.founder.api.entitlements.add({ poolId, principalId });
});
afterAll(() => two.close());

const shown = async (who: Person): Promise<{ favourite: boolean; usedAt: string | null } | undefined> => {
  const desktops = await who.api.desktops.list();
  const found = desktops.find((each) => each.poolId === poolId);
  return found === undefined ? undefined : { favourite: found.favourite, usedAt: found.usedAt };
};

describe('what a person puts first', () => {
  it('is first on their page alone, until they say otherwise', async () => {
    await person.api.desktops.setFavourite({ id: poolId, favourite: true });
    await person.api.desktops.setFavourite({ id: poolId, favourite: true });
    expect(await shown(person)).toEqual({ favourite: true, usedAt: null });
    expect((await shown(two.of('administrator')))?.favourite).toBe(false);
    await person.api.desktops.setFavourite({ id: poolId, favourite: false });
    await person.api.desktops.setFavourite({ id: poolId, favourite: false });
    expect((await shown(person))?.favourite).toBe(false);
  });

  it('is something that they may use', async () => {
    const helper = two.of('helpdesk');
    await expect(helper.api.desktops.setFavourite({ id: poolId, favourite: true })).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('may be an application', async () => {
    const { otherPerson, theirs } = two;
    await otherPerson.api.applications.setFavourite({ id: theirs.application, favourite: true });
    const mine = await otherPerson.api.applications.mine();
    expect(mine.map(({ id, favourite }) => [id, favourite])).toEqual([[theirs.application, true]]);
  });
});

it('when a desktop was last opened is told to whom opened it', async () => {
  await two.world.machines(1);
  const { createdAt } = await person.api.desktops.open({ id: poolId });
  expect((await shown(person))?.usedAt).toBe(createdAt);
  expect((await shown(two.of('administrator')))?.usedAt).toBeNull();
});
