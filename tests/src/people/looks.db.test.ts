import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../person.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
let person: Person;
let helper: Person;
let sessionId: string;

beforeAll(async () => {
  two = await makeTwoTenants();
  [person, helper] = [two.of('person'), two.of('helpdesk')];
  const { id: principalId } = await person.api.me.show();
  await two.founder.api.entitlements.add({ poolId: two.world.poolId, principalId });
  await two.world.machines(1);
  sessionId = (await person.api.desktops.open({ id: two.world.poolId })).id;
});
beforeEach(async () => {
  await two.world.db.deleteFrom('look').where('session_id', '=', sessionId).execute();
});
afterAll(() => two.close());

const picture = (who: Person, because?: string): Promise<string> =>
  who.api.sessions.picture({ id: sessionId, ...(because === undefined ? {} : { because }) }).then(
    () => 'seen',
    (error: unknown) => String((error as { code: unknown }).code),
  );

/** What the person is asked now. */
async function asked(): Promise<{ id: string; asker: string; state: string }[]> {
  const looks = await person.api.looks.list();
  return looks.filter(({ ofMine }) => ofMine).map(({ id, asker, state }) => ({ id, asker, state }));
}

const long = (): Promise<unknown> =>
  two.world.db
    .updateTable('look')
    .set({ until: new Date(0) })
    .where('session_id', '=', sessionId)
    .execute();

describe('somebody’s screen', () => {
  it('is seen by who helps them once they have allowed it, and by nobody else by that', async () => {
    expect(await picture(helper)).toBe('FORBIDDEN');
    expect(await helper.api.looks.ask({ id: sessionId })).toMatchObject({ ofMine: false, state: 'asked' });
    expect(await picture(helper)).toBe('FORBIDDEN');
    const [look] = await asked();
    expect(look).toMatchObject({ asker: 'helpdesk', state: 'asked' });
    await person.api.looks.answer({ id: look!.id, allow: true });
    expect(await picture(helper)).toBe('seen');
    expect(await picture(two.of('administrator'))).toBe('FORBIDDEN');
    // Of the machine as well as of the session.
    const { machine } = await person.api.sessions.show({ id: sessionId });
    await helper.api.machines.picture({ id: machine!.id });
    await expect(two.of('administrator').api.machines.picture({ id: machine!.id })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('is seen no more when they end it, and when its time is over', async () => {
    const { id } = await helper.api.looks.ask({ id: sessionId });
    await person.api.looks.answer({ id, allow: true });
    expect(await picture(helper)).toBe('seen');
    await person.api.looks.answer({ id, allow: false });
    expect(await picture(helper)).toBe('FORBIDDEN');
    await helper.api.looks.ask({ id: sessionId });
    await person.api.looks.answer({ id, allow: true });
    await long();
    expect(await picture(helper)).toBe('FORBIDDEN');
  });

  it('is not seen by who was refused or not answered; they may ask again', async () => {
    const { id } = await helper.api.looks.ask({ id: sessionId });
    await person.api.looks.answer({ id, allow: false });
    expect([await picture(helper), (await asked())[0]?.state]).toEqual(['FORBIDDEN', 'refused']);
    expect((await helper.api.looks.ask({ id: sessionId })).state).toBe('asked');
    await long();
    await expect(person.api.looks.answer({ id, allow: true })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(await picture(helper)).toBe('FORBIDDEN');
  });

  it('keeps what was allowed when who asks asks once more', async () => {
    const { id } = await helper.api.looks.ask({ id: sessionId });
    await person.api.looks.answer({ id, allow: true });
    expect((await helper.api.looks.ask({ id: sessionId })).state).toBe('allowed');
  });

  it('is answered for by nobody but its person', async () => {
    const { id } = await helper.api.looks.ask({ id: sessionId });
    for (const who of [helper, two.of('administrator'), two.otherPerson])
      await expect(who.api.looks.answer({ id, allow: true })).rejects.toMatchObject({ code: 'NOT_FOUND' });
    await expect(two.of('poolManager').api.looks.ask({ id: sessionId })).rejects.toMatchObject({
      code: 'FORBIDDEN',
    });
  });

  it('is seen without consent by who says why, which is written down', async () => {
    expect(await picture(helper, 'smoke comes out of it')).toBe('seen');
    const { items } = await two.of('auditor').api.audit.list({ search: 'session.picture' });
    const [event] = items;
    expect(event).toMatchObject({ actor: 'helpdesk', detail: { withoutConsent: 'smoke comes out of it' } });
  });

  it('is one’s own to see', async () => {
    expect(await picture(person)).toBe('seen');
  });
});
