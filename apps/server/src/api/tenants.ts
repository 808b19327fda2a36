import {
  createTenant,
  deleteTenant,
  findTenant,
  listQuotas,
  listTenants,
  removeQuota,
  renameTenant,
  resumeTenant,
  setQuota,
  suspendTenant,
  type Tenant,
  type TenantChange,
} from '@orangery/control';
import { ORPCError } from '@orpc/server';
import { api, audit, mayAlso, tenantOf } from './base.ts';
import type { ApiContext } from './context.ts';

type Errors = { NOT_FOUND: () => Error; CONFLICT?: (options: { message: string }) => Error };

/** What was changed; throws what the contract says of the rest. */
function done(change: TenantChange, errors: Errors): Tenant {
  if (change.kind === 'done') return change.value;
  if (change.kind === 'refused' && errors.CONFLICT !== undefined)
    throw errors.CONFLICT({ message: change.reason });
  throw errors.NOT_FOUND();
}

const record = (context: ApiContext, action: string, { id, name }: Tenant, detail = {}): Promise<void> =>
  audit(context, `tenant.${action}`, { kind: 'tenant', id }, 'done', { name, ...detail });

export const tenants = {
  list: api.tenants.list.handler(({ context }) => listTenants(context.control)),

  show: api.tenants.show.handler(async ({ context, input, errors }) => {
    const tenant = await findTenant(context.control, input.id);
    if (tenant === undefined) throw errors.NOT_FOUND();
    return tenant;
  }),

  create: api.tenants.create.handler(async ({ context, input, errors }) => {
    const tenant = done(await createTenant(context.control, input.name), {
      ...errors,
      NOT_FOUND: errors.CONFLICT,
    });
    await record(context, 'create', tenant);
    return tenant;
  }),

  rename: api.tenants.rename.handler(async ({ context, input, errors }) => {
    const tenant = done(await renameTenant(context.control, input.id, input.name), errors);
    await record(context, 'rename', tenant);
    return tenant;
  }),

  suspend: api.tenants.suspend.handler(async ({ context, input, errors }) => {
    const tenant = done(await suspendTenant(context.control, input.id, input.reason), errors);
    await record(context, 'suspend', tenant, { reason: input.reason ?? null });
    return tenant;
  }),

  resume: api.tenants.resume.handler(async ({ context, input, errors }) => {
    const tenant = done(await resumeTenant(context.control, input.id), errors);
    await record(context, 'resume', tenant);
    return tenant;
  }),

  delete: api.tenants.delete.handler(async ({ context, input, errors }) => {
    const tenant = done(await deleteTenant(context.control, input.id), errors);
    await record(context, 'delete', tenant);
    return tenant;
  }),
};

const OF_TENANT = 'What a whole tenant may have is for operators to say';

export const quotas = {
  list: api.quotas.list.handler(({ context }) => listQuotas(context.control.db, tenantOf(context))),

  set: api.quotas.set.handler(async ({ context, input, errors }) => {
    const { principalId, scope, limits } = input;
    if ((principalId === undefined) === (scope === undefined))
      throw new ORPCError('BAD_REQUEST', { message: 'Say either a principal or a scope, and not both' });
    if (scope === 'tenant' && !mayAlso(context, 'installation'))
      throw errors.FORBIDDEN({ message: OF_TENANT });
    const of = principalId === undefined ? { scope: scope ?? 'each' } : { principalId };
    const quota = await setQuota(context.control, tenantOf(context), of, limits);
    if (quota === undefined) throw errors.NOT_FOUND();
    await audit(context, 'quota.set', { kind: 'quota', id: quota.id }, 'done', {
      scope: quota.scope,
      principalId: quota.principal?.id ?? null,
      ...quota.limits,
    });
    return quota;
  }),

  remove: api.quotas.remove.handler(async ({ context, input, errors }) => {
    const [quota] = await listQuotas(context.control.db, tenantOf(context), input.id);
    if (quota?.scope === 'tenant' && !mayAlso(context, 'installation'))
      throw errors.FORBIDDEN({ message: OF_TENANT });
    const removed = await removeQuota(context.control, tenantOf(context), input.id);
    if (removed === undefined) throw errors.NOT_FOUND();
    await audit(context, 'quota.remove', { kind: 'quota', id: removed.id }, 'done', {
      scope: removed.scope,
      principalId: removed.principal?.id ?? null,
    });
    return removed;
  }),
};
