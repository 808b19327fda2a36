import { contract } from '@orangery/contract';
import { recordAudit } from '@orangery/control';
import { implement, ORPCError } from '@orpc/server';
import { isAdministrator } from '../identity/actor.ts';
import type { ApiContext } from './context.ts';

const base = implement(contract).$context<ApiContext>();

/**
 * Checks each call against the contract's `access` before its handler runs. An operation without the mark is nobody's:
 * forgetting it closes the door instead of opening it.
 */
export const api = base.use(({ context, procedure, next }) => {
  const { access } = procedure['~orpc'].meta;
  if (access === 'anyone') return next();
  if (context.actor.kind === 'nobody') throw new ORPCError('UNAUTHORIZED', { message: 'Sign in first' });
  if (access === 'person') return next();
  if (access === 'administrator' && isAdministrator(context.actor)) return next();
  throw new ORPCError('FORBIDDEN', { message: 'Your role does not allow this' });
});

/** The person who calls; operations of one's own desktops make no sense for the operator at the machine. */
export function personOf(context: ApiContext): Extract<ApiContext['actor'], { kind: 'person' }> {
  if (context.actor.kind !== 'person') {
    throw new ORPCError('FORBIDDEN', { message: 'Only a person who is signed in has desktops' });
  }
  return context.actor;
}

/** Whose things are made: the caller's tenant, or the first one for the operator at the machine. */
export async function tenantOf({ actor, control }: ApiContext): Promise<string> {
  if (actor.kind === 'person') return actor.tenantId;
  const { id } = await control.db
    .selectFrom('tenant')
    .select('id')
    .orderBy('created_at')
    .executeTakeFirstOrThrow();
  return id;
}

/** Who calls, in words. */
export const nameOf = ({ actor }: ApiContext): string => (actor.kind === 'nobody' ? 'nobody' : actor.name);

export function audit(
  context: ApiContext,
  action: string,
  subject: { kind: string; id: string },
  outcome = 'done',
  detail: object = {},
): Promise<void> {
  const { actor } = context;
  return recordAudit(context.control, {
    actor: nameOf(context),
    principalId: actor.kind === 'person' ? actor.id : undefined,
    tenantId: actor.kind === 'person' ? actor.tenantId : undefined,
    action,
    subject,
    outcome,
    detail,
    client: context.client,
  });
}
