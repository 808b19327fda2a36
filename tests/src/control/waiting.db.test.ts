import { sql } from 'kysely';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Installation } from '../installation.ts';
import type { Person } from '../person.ts';

/** A server without loops: what it waits for comes about only by what the test does. */
let installation: Installation;
let poolId: string;

beforeAll(async () => {
  installation = await Installation.create({ ORANGERY_ROLES: 'api', ORANGERY_RECIPES: '' });
  expect(await installation.start()).toBe('runs');
  const { rows } = await sql<{ id: string }>`
    with
      i as (insert into image (name, title, recipe) values ('small', 'Small', 'small') returning id),
      p as (insert into pool (tenant_id, name, title, image_id, kind, cpus, memory_mib)
            select t.id, 'small', 'Small', i.id, 'pooled', 1, 512 from tenant t, i returning id, tenant_id),
      m as (insert into machine (tenant_id, pool_id, host_id, name, mac_address)
            select p.tenant_id, p.id, host.id, 'small-1', 'mac-1' from p, host)
    select id from p`.execute(installation.db);
  poolId = rows[0]?.id ?? '';
}, 120_000);
afterAll(async () => {
  await sql`truncate machine, host cascade`.execute(installation.db);
  await installation?.purge();
}, 60_000);

it('the question for a ticket is answered when something has become of the desktop, and not before', async () => {
  const person: Person & { id: string } = await installation.person('person');
  try {
    await installation.api.entitlements.add({ poolId, principalId: person.id });
    const { id } = await person.api.desktops.open({ id: poolId });
    // Its machine is planned, and nobody makes it.
    const answer = person.api.sessions.connect({ id });
    await person.api.sessions.end({ id });
    expect(await answer).toMatchObject({ kind: 'ended' });
  } finally {
    await person.close();
  }
});
