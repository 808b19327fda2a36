import type { IdKind } from '@orangery/contract';
import { type RawBuilder, sql } from 'kysely';
import type { Context } from '../context.ts';

/** Whose a thing is: a tenant's, the installation's (null), or undefined where there is none. */
export type Owner = string | null | undefined;

type Owned = Exclude<IdKind, 'own' | 'host' | 'tenant'>;

const ofVersion = (id: string): RawBuilder<{ tenantId: string | null }> => sql`
  select image.tenant_id as "tenantId" from image_version v join image on image.id = v.image_id where v.id = ${id}`;

/** Of the thing with this id: its tenant. */
const QUERIES: Readonly<Record<Owned, (id: string) => RawBuilder<{ tenantId: string | null }>>> = {
  application: (id) => sql`select tenant_id as "tenantId" from application where id = ${id}`,
  applicationEntitlement: (id) => sql`
    select a.tenant_id as "tenantId" from application_entitlement e join application a on a.id = e.application_id
    where e.id = ${id}`,
  directory: (id) => sql`select tenant_id as "tenantId" from directory where id = ${id}`,
  entitlement: (id) => sql`
    select pool.tenant_id as "tenantId" from entitlement e join pool on pool.id = e.pool_id where e.id = ${id}`,
  failure: (id) => sql`select tenant_id as "tenantId" from machine_failure where id = ${id}`,
  group: (id) => sql`select tenant_id as "tenantId" from principal where id = ${id} and kind = 'group'`,
  image: (id) => sql`select tenant_id as "tenantId" from image where id = ${id}`,
  imageVersion: ofVersion,
  imageVersionUsed: ofVersion,
  machine: (id) => sql`select tenant_id as "tenantId" from machine where id = ${id}`,
  person: (id) => sql`select tenant_id as "tenantId" from principal where id = ${id} and kind = 'person'`,
  pool: (id) => sql`select tenant_id as "tenantId" from pool where id = ${id}`,
  principal: (id) => sql`select tenant_id as "tenantId" from principal where id = ${id}`,
  task: (id) => sql`select tenant_id as "tenantId" from task where id = ${id}`,
  quota: (id) => sql`select tenant_id as "tenantId" from quota where id = ${id}`,
};

/** Whose a thing is. It is the same for as long as the thing is there: nothing moves to another tenant. */
export async function ownerOf({ db }: Pick<Context, 'db'>, kind: Owned, id: string): Promise<Owner> {
  const { rows } = await QUERIES[kind](id).execute(db);
  return rows[0]?.tenantId;
}
