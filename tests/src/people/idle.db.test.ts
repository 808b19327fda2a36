import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Person } from '../person.ts';
import { makeTwoTenants, type TwoTenants } from './two-tenants.ts';

let two: TwoTenants;
beforeAll(async () => {
  two = await makeTwoTenants();
});
afterAll(() => two.close());

const signedIn = (person: Person): Promise<string> =>
  person.api.me.show().then(
    ({ name }) => name,
    (error: { code: string }) => error.code,
  );
/** As if nobody had asked for anything since. */
const idleFor = (hours: number) =>
  sql`update auth_session set last_used_at = now() - make_interval(hours => ${hours}::integer)`.execute(
    two.world.db,
  );

it('who has a role is signed in no more after half a day without them; who has none is', async () => {
  await idleFor(11);
  expect(await signedIn(two.of('helpdesk'))).toBe('helpdesk');
  await idleFor(13);
  expect(await signedIn(two.of('helpdesk'))).toBe('UNAUTHORIZED');
  expect(await signedIn(two.of('person'))).toBe('person');
  const { rows } = await sql`select from auth_session s join principal p on p.auth_user_id = s."userId"
    where p.name = 'helpdesk'`.execute(two.world.db);
  expect(rows).toEqual([]);
});
