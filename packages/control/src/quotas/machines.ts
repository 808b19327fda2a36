import type { DB } from '@orangery/database';
import { type Kysely, sql } from 'kysely';
import { limitsOf, NOTHING } from './limits.ts';
import { amountOf, roomFor } from './policy.ts';
import { usedByTenants } from './used.ts';

/** Whether a tenant has a quota of its own, which its pools' machines count against. */
export async function isTenantLimited(db: Kysely<DB>, tenantId: string): Promise<boolean> {
  const row = await db
    .selectFrom('quota')
    .select('id')
    .where('tenant_id', '=', tenantId)
    .where('scope', '=', 'tenant')
    .executeTakeFirst();
  return row !== undefined;
}

/**
 * Why a tenant's quota has no room for a file of an image; undefined: it has. The quota is locked until the transaction ends, in
 * which the file's row is to be made.
 */
export async function refusalOfFile(
  trx: Kysely<DB>,
  tenantId: string,
  bytes: number,
): Promise<string | undefined> {
  const quota = await lockedQuota(trx, tenantId);
  if (quota === undefined) return undefined;
  const used = (await usedByTenants(trx, [tenantId]))(tenantId);
  const diskGib = Math.ceil(bytes / 2 ** 30);
  const limits = limitsOf(quota);
  if (roomFor(limits, used, { ...NOTHING, diskGib }, 1).short === undefined) return undefined;
  return (
    `The tenant's quota is ${amountOf('diskGib', limits.diskGib ?? 0)}, ${amountOf('diskGib', used.diskGib)} are used, ` +
    `and this file needs ${amountOf('diskGib', diskGib)}. Delete versions of images that nothing uses, or ask an operator for more.`
  );
}

const lockedQuota = (trx: Kysely<DB>, tenantId: string) =>
  trx
    .selectFrom('quota')
    .selectAll()
    .where('tenant_id', '=', tenantId)
    .where('scope', '=', 'tenant')
    .forUpdate()
    .executeTakeFirst();

/**
 * How many more machines of a pool its tenant's quota has room for, and in words why not all. The quota is locked until the
 * transaction ends, in which the machines' rows are to be made.
 */
export async function roomForMachines(
  trx: Kysely<DB>,
  pool: { tenant_id: string; cpus: number; memory_mib: number; serves_version_id: string | null },
  wanted: number,
): Promise<{ room: number; reason: string | undefined }> {
  const quota = await lockedQuota(trx, pool.tenant_id);
  if (quota === undefined) return { room: wanted, reason: undefined };
  const used = (await usedByTenants(trx, [pool.tenant_id]))(pool.tenant_id);
  const version = await trx
    .selectFrom('image_version')
    .select(sql<number>`ceil(coalesce(virtual_bytes, 0) / 1073741824.0)::int`.as('diskGib'))
    .where('id', '=', pool.serves_version_id)
    .executeTakeFirst();
  const limits = limitsOf(quota);
  const each = {
    ...NOTHING,
    machines: 1,
    vcpus: pool.cpus,
    memoryMib: pool.memory_mib,
    diskGib: version?.diskGib ?? 0,
  };
  const { room, short } = roomFor(limits, used, each, wanted);
  if (short === undefined) return { room, reason: undefined };
  const max = amountOf(short, limits[short] ?? 0);
  return { room, reason: `the tenant's quota of ${max} is reached: ${amountOf(short, used[short])} used` };
}
