import { resources } from '@orangery/contract';
import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import { lockQuotas, ledgersOf } from '../quotas/ledgers.ts';
import { type Amounts, NOTHING } from '../quotas/limits.ts';
import { type Claim, decideClaims, type Refusal } from '../quotas/policy.ts';
import type { Asked } from './begin.ts';

/**
 * Whom of the people who ask for a session of a pool a quota refuses. What it counts is locked until the transaction ends, in
 * which the others' sessions are to be made.
 */
export async function refusedByQuotas(
  trx: Kysely<DB>,
  poolId: string,
  people: readonly Asked[],
): Promise<Map<string, Refusal>> {
  const [first] = people;
  if (first === undefined) return new Map();
  const ids = people.map(({ id }) => id);
  await lockQuotas(trx, first.tenantId, ids);
  const byPerson = await claimsOf(trx, poolId, ids);
  const claims = ids.flatMap((id) => byPerson.get(id) ?? []);
  const asked = resources.filter((resource) => claims.some(({ tenant }) => tenant[resource] > 0));
  return decideClaims(await ledgersOf(trx, first.tenantId, ids, asked), claims);
}

/** What a new session of the pool would add, of those who have none, by the person's id. */
async function claimsOf(
  trx: Kysely<DB>,
  poolId: string,
  ids: readonly string[],
): Promise<Map<string, Claim>> {
  const { rows } = await sql<{
    id: string;
    cpus: number;
    memoryMib: number;
    diskGib: number;
    filesGib: number;
    persistent: boolean;
    owns: boolean;
  }>`
    select who.id, pool.cpus, pool.memory_mib as "memoryMib",
      ceil(coalesce(v.virtual_bytes, 0) / 1073741824.0)::int as "diskGib",
      greatest(0, coalesce(pool.profile_gib, 0) - coalesce(d.size_gib, 0)) as "filesGib",
      pool.kind = 'persistent' as persistent,
      exists (select from machine own where own.pool_id = pool.id and own.principal_id = who.id
        and own.desired = 'running') as owns
    from unnest(${[...ids]}::uuid[]) who (id) cross join pool
      left join image_version v on v.id = pool.serves_version_id
      left join profile_disk d on d.principal_id = who.id
    where pool.id = ${poolId} and not exists (
      select from session where principal_id = who.id and pool_id = pool.id and ended_at is null)`.execute(
    trx,
  );
  return new Map(
    rows.map(({ id, cpus, memoryMib, diskGib, filesGib, persistent, owns }) => {
      const machine: Partial<Amounts> = owns ? {} : { machines: 1, vcpus: cpus, memoryMib };
      const disk = persistent ? (owns ? 0 : diskGib) : filesGib;
      const session = { ...NOTHING, sessions: 1, diskGib: disk };
      // Of a pool whose machines stand ready the tenant has them already; making more is the pool's matter.
      return [
        id,
        {
          personId: id,
          person: { ...session, ...machine },
          tenant: persistent ? { ...session, ...machine } : session,
        },
      ];
    }),
  );
}
