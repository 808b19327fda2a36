import { createHmac } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Installation } from '@orangery/tests';
import { sql } from 'kysely';

const MACHINES = 10_000;
const PEOPLE = 10_000;
const HOSTS = 20;
const POOLS = 10;
const EVENTS = 100_000;

export type House = {
  machineIds: string[];
  /** Of an administrator, and of a person with one desktop. */
  administrator: { token: string; cookie: string };
  person: { token: string; cookie: string };
  /** People without roles, who follow changes. */
  followers: { token: string; cookie: string }[];
};

const FOLLOWERS = 32;

/** 10,000 machines of 10 pools on 20 hosts, every other one in somebody's session, and what an audit log has by then. */
export async function fillHouse(installation: Installation): Promise<House> {
  const { db } = installation;
  const { rows: tenants } = await sql<{ id: string }>`select id from tenant`.execute(db);
  const tenant = tenants[0]?.id ?? '';
  await sql`insert into auth_user (id, name, email) select 'u' || n, 'Person ' || n, 'p' || n || '@example.org'
    from generate_series(1, ${PEOPLE}::integer) n`.execute(db);
  await sql`insert into auth_session (id, "userId", token, "expiresAt")
    select 's' || n, 'u' || n, 'token-' || n, now() + interval '1 day' from generate_series(1, ${2 + FOLLOWERS}::integer) n`.execute(
    db,
  );
  await sql`insert into principal (tenant_id, kind, name, auth_user_id, roles)
    select ${tenant}, 'person', 'Person ' || n, 'u' || n, case n when 1 then '{administrator}'::text[] else '{}' end
    from generate_series(1, ${PEOPLE}::integer) n`.execute(db);
  await sql`
    with
      h as (insert into host (name, address, storage_path, phase)
            select 'host-' || n, '{"kind":"local"}', '/nowhere', 'ready' from generate_series(1, ${HOSTS}::integer) n
            returning id, name),
      i as (insert into image (name, title, recipe) values ('bench', 'Bench', 'bench') returning id),
      v as (insert into image_version (image_id, version, recipe_hash, phase, current)
            select id, 1, 'bench', 'ready', true from i returning id),
      p as (insert into pool (tenant_id, name, title, image_id, kind, cpus, memory_mib, machines_max)
            select ${tenant}, 'pool-' || n, 'Pool ' || n, i.id, 'pooled', 1, 512, ${MACHINES}::integer
            from i, generate_series(1, ${POOLS}::integer) n returning id, name),
      e as (insert into entitlement (pool_id, principal_id)
            select p.id, principal.id from p, principal where p.name = 'pool-1' and auth_user_id = 'u2' returning id)
    insert into machine (tenant_id, pool_id, host_id, image_version_id, name, mac_address, phase, painted_at, identified_at,
      created_at)
    select ${tenant}, p.id, h.id, v.id, 'bench-' || n, 'mac-' || n, 'ready', now(), now(), now() - n * interval '1 second'
    from v, generate_series(1, ${MACHINES}::integer) n
    join p on p.name = 'pool-' || (1 + n % ${POOLS}::integer) join h on h.name = 'host-' || (1 + n % ${HOSTS}::integer)`.execute(
    db,
  );
  await sql`insert into session (tenant_id, pool_id, principal_id, machine_id, phase, reason)
    select ${tenant}, machine.pool_id, principal.id, machine.id, 'disconnected', 'bench'
    from machine join principal on principal.auth_user_id = 'u' || substr(machine.name, 7)
    where substr(machine.name, 7)::integer between 3 and ${MACHINES / 2}::integer`.execute(db);
  await sql`insert into audit_event (tenant_id, actor, action, subject_kind, subject_id, outcome, client, detail)
    select ${tenant}, 'Person ' || n, 'session.open', 'session', gen_random_uuid()::text, 'done', '10.0.0.1', '{}'
    from generate_series(1, ${EVENTS}::integer) n`.execute(db);
  await sql`vacuum analyze`.execute(db);
  const machines = await db.selectFrom('machine').select('id').execute();
  const secret = createHmac('sha256', await readFile(join(installation.folder, 'master.key')))
    .update('better-auth')
    .digest('base64');
  const signedIn = (token: string): { token: string; cookie: string } => {
    const signature = createHmac('sha256', secret).update(token).digest('base64');
    return { token, cookie: encodeURIComponent(`${token}.${signature}`) };
  };
  return {
    machineIds: machines.map(({ id }) => id),
    administrator: signedIn('token-1'),
    person: signedIn('token-2'),
    followers: Array.from({ length: FOLLOWERS }, (_, index) => signedIn(`token-${index + 3}`)),
  };
}
