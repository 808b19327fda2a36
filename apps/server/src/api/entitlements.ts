import { entitle, type Entitlement, listEntitlements, removeEntitlement } from '@orangery/control';
import { api, audit, tenantOf } from './base.ts';
import type { ApiContext } from './context.ts';

function record(context: ApiContext, action: string, { pool, principal }: Entitlement): Promise<void> {
  const detail = { poolId: pool.id, principalId: principal.id };
  return audit(context, action, { kind: 'pool', id: pool.id }, 'done', detail);
}

export const entitlements = {
  list: api.entitlements.list.handler(async ({ context, input, errors }) => {
    const found = await listEntitlements(context.control, tenantOf(context), input);
    if (found === undefined) throw errors.NOT_FOUND();
    return found;
  }),

  add: api.entitlements.add.handler(async ({ context, input, errors }) => {
    const added = await entitle(context.control, input);
    if (added === undefined) throw errors.NOT_FOUND();
    await record(context, 'entitlement.add', added);
    return added;
  }),

  remove: api.entitlements.remove.handler(async ({ context, input, errors }) => {
    const removed = await removeEntitlement(context.control, input.id);
    if (removed === undefined) throw errors.NOT_FOUND();
    await record(context, 'entitlement.remove', removed);
    return removed;
  }),
};
