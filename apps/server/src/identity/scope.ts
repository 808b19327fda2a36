import { TENANT_HEADER } from '@orangery/contract';
import { ALL_RIGHTS, type Context, firstTenant, isTenant, rightsIn, type Scope } from '@orangery/control';
import { isUuid } from '@orangery/std';
import type { IncomingHttpHeaders } from 'node:http';
import type { Actor } from './actor.ts';

const NOWHERE: Scope = { tenantId: '', rights: new Set(), elsewhere: false, suspended: undefined };

/**
 * Which tenant a call looks into, and what its caller may do there; undefined: it names one that its caller may not see, which
 * is as if it were not there.
 */
export async function scopeOf(
  context: Pick<Context, 'db'>,
  actor: Actor,
  headers: IncomingHttpHeaders,
): Promise<Scope | undefined> {
  if (actor.kind === 'nobody') return NOWHERE;
  const named = headers[TENANT_HEADER];
  const home = actor.kind === 'person' ? actor.tenantId : undefined;
  if (named === undefined || named === home) {
    if (actor.kind === 'operator')
      return {
        tenantId: await firstTenant(context),
        rights: ALL_RIGHTS,
        elsewhere: false,
        suspended: undefined,
      };
    return {
      tenantId: actor.tenantId,
      rights: rightsIn(actor.roles, true),
      elsewhere: false,
      suspended: actor.suspended,
    };
  }
  const rights = actor.kind === 'operator' ? ALL_RIGHTS : rightsIn(actor.roles, false);
  if (!rights.has('installation') || !isUuid(String(named)) || !(await isTenant(context, String(named))))
    return undefined;
  return { tenantId: String(named), rights, elsewhere: true, suspended: undefined };
}
