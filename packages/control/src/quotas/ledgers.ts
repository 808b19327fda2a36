import { type QuotaLimits, type Resource, resources } from '@orangery/contract';
import type { DB } from '@orangery/database';
import { type Kysely, type Selectable, sql } from 'kysely';
import { type Amounts, limitsOf } from './limits.ts';
import type { Ledger } from './policy.ts';
import { openSessionsOf, usedByGroups, usedByPeople, usedByTenants } from './used.ts';

type Row = Selectable<DB['quota']>;

/**
 * Locks what a claim of these people counts against: the quotas of their tenant and groups by id, then the people by id. Who
 * claims against one of them at the same moment waits until this transaction ends, and then counts what it wrote.
 */
export async function lockQuotas(
  trx: Kysely<DB>,
  tenantId: string,
  personIds: readonly string[],
): Promise<void> {
  const ids = sql`${[...personIds]}::uuid[]`;
  await sql`select id from quota where tenant_id = ${tenantId} and (scope = 'tenant' or scope = 'group' and principal_id in (
    select group_id from group_member where person_id = any(${ids}))) order by id for update`.execute(trx);
  await sql`select id from principal where id = any(${ids}) order by id for no key update`.execute(trx);
}

/**
 * The quotas that cover these people, with what is used of each now. Those under which something is claimed are locked first.
 * `asked`: of the tenant, only these are asked for; left out: all.
 */
export async function ledgersOf(
  db: Kysely<DB>,
  tenantId: string,
  personIds: readonly string[],
  asked: readonly Resource[] = resources,
): Promise<Ledger[]> {
  const { rows } = await sql<Row & { name: string | null; members: string[] | null }>`
    select quota.*, case scope when 'tenant' then (select name from tenant where id = quota.tenant_id)
        when 'group' then (select name from principal where id = quota.principal_id) end as name,
      case scope when 'group' then (select coalesce(json_agg(person_id), '[]') from group_member
        where group_id = quota.principal_id and person_id = any(${[...personIds]}::uuid[])) end as members
    from quota where tenant_id = ${tenantId} and (scope in ('tenant', 'each') or principal_id = any(${[...personIds]}::uuid[])
      or principal_id in (select group_id from group_member where person_id = any(${[...personIds]}::uuid[])))
    order by id`.execute(db);
  const of = (scope: Row['scope']) => rows.filter((row) => row.scope === scope);
  const [tenants, groups, own, [each]] = [of('tenant'), of('group'), of('person'), of('each')];
  const ownOf = (personId: string) => own.find((row) => row.principal_id === personId) ?? each;
  const limited = personIds.filter((id) => ownOf(id) !== undefined);
  const [whole] = tenants;
  const usedByTenant =
    whole === undefined ? undefined : await usedOfTenant(db, tenantId, limitsOf(whole), asked);
  const groupIds = groups.flatMap(({ principal_id }) => principal_id ?? []);
  const usedByGroup = groups.length === 0 ? undefined : await usedByGroups(db, groupIds);
  const usedByPerson = limited.length === 0 ? undefined : await usedByPeople(db, limited);
  const ledger = (
    row: (typeof rows)[number],
    used: Ledger['used'] | undefined,
    covers: Ledger['covers'],
  ): Ledger[] =>
    used === undefined ? [] : [{ scope: row.scope, name: row.name, limits: limitsOf(row), used, covers }];
  return [
    ...tenants.flatMap((row) => ledger(row, usedByTenant, 'all')),
    ...groups.flatMap((row) => ledger(row, usedByGroup?.(row.principal_id ?? ''), new Set(row.members))),
    ...limited.flatMap((id) => {
      const row = ownOf(id);
      return row === undefined ? [] : ledger(row, usedByPerson?.(id), new Set([id]));
    }),
  ];
}

/** In the morning everybody asks for a session: where that is all that is limited of it, no machine is counted. */
async function usedOfTenant(
  db: Kysely<DB>,
  tenantId: string,
  limits: QuotaLimits,
  asked: readonly Resource[],
): Promise<Amounts> {
  const counts = asked.filter((resource) => limits[resource] !== null);
  if (counts.every((resource) => resource === 'sessions')) return openSessionsOf(db, tenantId);
  return (await usedByTenants(db, [tenantId]))(tenantId);
}
