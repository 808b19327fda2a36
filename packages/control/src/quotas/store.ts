import type { myQuotaSchema, QuotaLimits, quotaSchema } from '@orangery/contract';
import { type Kysely, sql } from 'kysely';
import type { DB } from '@orangery/database';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { ledgersOf } from './ledgers.ts';
import { limitsOf } from './limits.ts';
import { usedByGroups, usedByPeople, usedByTenants } from './used.ts';

export type Quota = z.infer<typeof quotaSchema>;
export type MyQuota = z.infer<typeof myQuotaSchema>;

const QUOTAS_MAX = 2_000;

/** A tenant's quotas with what is used: its own first, that of each person, then groups' and people's by name; or one. */
export async function listQuotas(db: Kysely<DB>, tenantId: string, id?: string): Promise<Quota[]> {
  const quotas = db
    .selectFrom('quota')
    .leftJoin('principal', 'principal.id', 'quota.principal_id')
    .selectAll('quota')
    .select('principal.name')
    .where('quota.tenant_id', '=', tenantId)
    .orderBy(sql`array_position(array['tenant', 'each', 'group', 'person'], scope)`)
    .orderBy(sql`lower(principal.name)`)
    .orderBy('quota.id')
    .limit(QUOTAS_MAX);
  const rows = await (id === undefined ? quotas : quotas.where('quota.id', '=', id)).execute();
  const ids = (scope: 'group' | 'person') =>
    rows.flatMap((row) => (row.scope === scope && row.principal_id !== null ? [row.principal_id] : []));
  const used = {
    tenant: (await usedByTenants(db, [tenantId]))(tenantId),
    group: await usedByGroups(db, ids('group')),
    person: await usedByPeople(db, ids('person')),
  };
  return rows.map((row): Quota => {
    const { scope, principal_id: principalId, name } = row;
    return {
      id: row.id,
      scope,
      principal: principalId === null || name === null ? null : { id: principalId, name },
      limits: limitsOf(row),
      used:
        scope === 'tenant'
          ? used.tenant
          : scope === 'each' || principalId === null
            ? null
            : used[scope](principalId),
    };
  });
}

/** Of whom a quota is to be. */
export type QuotaOf = { scope: 'tenant' | 'each' } | { principalId: string };

/** Sets a quota, in place of the one there may be; undefined: there is no such person or group in the tenant. */
export async function setQuota(
  { db }: Pick<Context, 'db'>,
  tenantId: string,
  of: QuotaOf,
  limits: Partial<QuotaLimits>,
): Promise<Quota | undefined> {
  const principalId = 'principalId' in of ? of.principalId : null;
  const columns = {
    vcpus: limits.vcpus ?? null,
    memory_mib: limits.memoryMib ?? null,
    disk_gib: limits.diskGib ?? null,
    machines: limits.machines ?? null,
    sessions: limits.sessions ?? null,
  };
  return db.transaction().execute(async (trx) => {
    let scope: Quota['scope'];
    if ('scope' in of) scope = of.scope;
    else {
      const principal = await trx
        .selectFrom('principal')
        .select('kind')
        .where('id', '=', of.principalId)
        .where('tenant_id', '=', tenantId)
        // Nobody deletes them in between.
        .forKeyShare()
        .executeTakeFirst();
      if (principal === undefined) return undefined;
      scope = principal.kind;
    }
    const { id } = await trx
      .insertInto('quota')
      .values({ tenant_id: tenantId, scope, principal_id: principalId, ...columns })
      .onConflict((conflict) => conflict.columns(['tenant_id', 'scope', 'principal_id']).doUpdateSet(columns))
      .returning('id')
      .executeTakeFirstOrThrow();
    await nudgePools(trx);
    const [quota] = await listQuotas(trx, tenantId, id);
    return quota;
  });
}

/** Answers the quota as it was; undefined: there is none. */
export async function removeQuota(
  { db }: Pick<Context, 'db'>,
  tenantId: string,
  id: string,
): Promise<Quota | undefined> {
  const [quota] = await listQuotas(db, tenantId, id);
  const removed = await db
    .deleteFrom('quota')
    .where('id', '=', id)
    .where('tenant_id', '=', tenantId)
    .returning('id')
    .executeTakeFirst();
  if (removed === undefined) return undefined;
  await nudgePools(db);
  return quota;
}

/** Pools may make more machines now. */
const nudgePools = (db: Kysely<DB>): Promise<unknown> =>
  sql`select pg_notify('orangery_nudge', 'pools:')`.execute(db);

/** What limits a person. */
export async function quotasOf(
  { db }: Pick<Context, 'db'>,
  person: { id: string; tenantId: string },
): Promise<MyQuota[]> {
  const ledgers = await ledgersOf(db, person.tenantId, [person.id]);
  return ledgers.map(({ scope, name, limits, used }) => ({ scope, name, limits, used }));
}
