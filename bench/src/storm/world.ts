import { createHmac } from 'node:crypto';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type Database, migrate } from '@orangery/database';
import type { Installation } from '@orangery/tests';
import { sql } from 'kysely';

export type WorldOptions = {
  hosts: readonly string[];
  people: number;
  /** Each person may use one, by turns. */
  pools: number;
  /** Of each pool. */
  readyCount: number;
  machinesMax: number;
};

/** A pool that people come to, and their places in the list of all people. */
export type World = { poolIds: string[]; poolOf: (person: number) => string };

/**
 * Fills an empty installation: hosts, an image, pools, and people with a session at their browser. Machines and
 * templates are the server's business.
 */
export async function fillWorld(installation: Installation, options: WorldOptions): Promise<World> {
  const { db, folder } = installation;
  await migrate(db);
  const golden = join(folder, 'golden.qcow2');
  await writeFile(golden, 'nothing reads this');
  await sql`insert into tenant (name) values ('default')`.execute(db);
  // Nobody dials the address: the driver finds the host by its name.
  const address = JSON.stringify({
    kind: 'ssh',
    host: 'fleet.invalid',
    port: 22,
    user: 'orangery',
    hostKeySha256: `SHA256:${'A'.repeat(43)}`,
  });
  await sql`insert into host (name, address, storage_path)
    select name, ${address}::jsonb, '/fleet' from unnest(${[...options.hosts]}::text[]) name`.execute(db);
  await sql`with i as (insert into image (name, title, recipe) values ('fleet', 'Fleet', 'fleet') returning id)
    insert into image_version (image_id, version, recipe_hash, phase, current, path, file_bytes, virtual_bytes)
    select id, 1, 'fleet', 'ready', true, ${golden}, 18, 65536 from i`.execute(db);
  const { rows } = await sql<{ id: string }>`
    insert into pool (tenant_id, name, title, image_id, kind, cpus, memory_mib, ready_count, machines_max)
    select t.id, 'pool-' || n, 'Pool ' || n, i.id, 'pooled', 2, 4096, ${options.readyCount}::integer, ${options.machinesMax}::integer
    from tenant t, image i, generate_series(1, ${options.pools}::integer) n order by n returning id`.execute(
    db,
  );
  const poolIds = rows.map(({ id }) => id);
  const poolOf = (person: number): string => poolIds[person % poolIds.length] ?? '';
  await addPeople(db, options.people);
  await sql`insert into entitlement (pool_id, principal_id)
    select (${poolIds}::uuid[])[1 + (substr(auth_user_id, 2)::integer % ${poolIds.length}::integer)], id
    from principal`.execute(db);
  await sql`analyze`.execute(db);
  return { poolIds, poolOf };
}

async function addPeople(db: Database, people: number): Promise<void> {
  await sql`insert into auth_user (id, name, email) select 'u' || n, 'Person ' || n, 'p' || n || '@example.org'
    from generate_series(0, ${people - 1}::integer) n`.execute(db);
  await sql`insert into auth_session (id, "userId", token, "expiresAt")
    select 's' || n, 'u' || n, 'token-' || n, now() + interval '1 day'
    from generate_series(0, ${people - 1}::integer) n`.execute(db);
  await sql`insert into principal (tenant_id, kind, name, auth_user_id)
    select (select id from tenant limit 1), 'person', 'Person ' || n, 'u' || n
    from generate_series(0, ${people - 1}::integer) n`.execute(db);
}

/** What each person's browser shows; there once the server has made its key. */
export async function cookiesOf(installation: Installation, people: number): Promise<string[]> {
  const master = await readFile(join(installation.folder, 'master.key'));
  const secret = createHmac('sha256', master).update('better-auth').digest('base64');
  return Array.from({ length: people }, (_, person) => {
    const token = `token-${person}`;
    const signature = createHmac('sha256', secret).update(token).digest('base64');
    return `__Host-orangery.session_token=${encodeURIComponent(`${token}.${signature}`)}`;
  });
}
