import type { tenantSchema } from '@orangery/contract';
import { sql } from 'kysely';
import type { z } from 'zod';
import type { Context } from '../context.ts';
import { limitsOf } from '../quotas/limits.ts';
import { usedByTenants } from '../quotas/used.ts';
import { iso } from '../rows.ts';
import type { Holdings } from './policy.ts';

export type Tenant = z.infer<typeof tenantSchema>;

const TENANTS_MAX = 2_000;

/** Of a row of `tenant`: what is in it. */
export const holdings = sql<Holdings>`json_build_object(
  'people', (select count(*) from principal p where p.tenant_id = tenant.id and p.kind = 'person'),
  'groups', (select count(*) from principal p where p.tenant_id = tenant.id and p.kind = 'group'),
  'pools', (select count(*) from pool where pool.tenant_id = tenant.id and pool.desired = 'present'),
  'images', (select count(*) from image where image.tenant_id = tenant.id),
  'machines', (select count(*) from machine where machine.tenant_id = tenant.id),
  'sessions', (select count(*) from session where session.tenant_id = tenant.id and session.ended_at is null),
  'files', (select count(*) from profile_disk d where d.tenant_id = tenant.id))`;

/** By name, or one by its id. */
export async function listTenants({ db }: Pick<Context, 'db'>, id?: string): Promise<Tenant[]> {
  const tenants = db
    .selectFrom('tenant')
    .leftJoin('quota', (join) =>
      join.onRef('quota.tenant_id', '=', 'tenant.id').on('quota.scope', '=', 'tenant'),
    )
    .select([
      'tenant.id',
      'tenant.name',
      'tenant.created_at',
      'suspended_at',
      'suspended_reason',
      'quota.id as quotaId',
      'vcpus',
      'memory_mib',
      'disk_gib',
      'quota.machines',
      'quota.sessions',
      holdings.as('has'),
    ])
    .orderBy(sql`lower(tenant.name)`)
    .limit(TENANTS_MAX);
  const rows = await (id === undefined ? tenants : tenants.where('tenant.id', '=', id)).execute();
  const used = await usedByTenants(
    db,
    rows.map((row) => row.id),
  );
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    createdAt: iso(row.created_at),
    suspended: row.suspended_at === null ? null : { at: iso(row.suspended_at), reason: row.suspended_reason },
    has: row.has,
    limits: row.quotaId === null ? null : limitsOf(row),
    used: used(row.id),
  }));
}

export async function findTenantName(
  { db }: Pick<Context, 'db'>,
  id: string,
): Promise<{ id: string; name: string } | undefined> {
  return db.selectFrom('tenant').select(['id', 'name']).where('id', '=', id).executeTakeFirst();
}

export async function findTenant(context: Pick<Context, 'db'>, id: string): Promise<Tenant | undefined> {
  const [tenant] = await listTenants(context, id);
  return tenant;
}
