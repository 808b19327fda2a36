import {
  type Access,
  accessOf,
  apiErrors,
  contract,
  IDEMPOTENCY_HEADER,
  IDEMPOTENCY_KEY,
  type Right,
  rightsOfRole,
} from '@orangery/contract';
import { describeOrigin, deviceOf, once, recordAudit, tellOfChange } from '@orangery/control';
import { implement, ORPCError } from '@orpc/server';
import { refusalOf, refusalOfIds } from '../identity/may.ts';
import type { ApiContext } from './context.ts';

const base = implement(contract).$context<ApiContext>();

/**
 * Checks each call against its row of the contract's access table before its handler runs: who calls, and whose the things are
 * that it names. What changed something and did not tell the
 * audit log of it itself is told here, so that nothing is left out; refusals of people are told, too.
 */
export const api = base.use(async ({ context, procedure, path, next }, input, output) => {
  const { meta, route } = procedure['~orpc'];
  const row = accessOf(path);
  const refusal =
    refusalOf(context.actor, context.scope, row?.may, meta, route.method) ??
    (row === undefined ? undefined : await refusalOfIds(context.control, context.scope, row, input));
  const action = path.join('.');
  context.auditing.tenantId = tenantOfEvents(context, row?.may);
  context.auditing.may = row?.may;
  if (refusal !== undefined) {
    if (context.actor.kind === 'person' && refusal.code !== 'NOT_FOUND')
      await audit(
        context,
        action,
        subjectOf(path, input),
        'refused',
        { code: refusal.code },
        refusal.message,
      );
    throw new ORPCError(refusal.code, { message: refusal.message });
  }
  const perform = async (control: ApiContext['control']) => {
    const result = await next({ context: { control } });
    if (route.method !== 'GET' && meta.looks !== true && !context.auditing.told)
      await audit({ ...context, control }, action, subjectOf(path, input));
    return result;
  };
  const key = meta.creates === true ? keyOf(context) : undefined;
  if (key === undefined) return perform(context.control);
  const asked = { caller: callerOf(context), tenantId: tenantOf(context), key, operation: action, input };
  const answered = await once(context.control, asked, async (control) => (await perform(control)).output);
  if (answered.kind === 'done') return output(answered.answer);
  const code = answered.kind === 'busy' ? 'IDEMPOTENCY_KEY_BUSY' : 'IDEMPOTENCY_KEY_REUSED';
  throw new ORPCError(code, apiErrors[code]);
});

/** The idempotency key of a call; undefined: it has none, and is done each time. */
function keyOf({ headers }: ApiContext): string | undefined {
  const key = headers.get(IDEMPOTENCY_HEADER);
  if (key === null) return undefined;
  if (!IDEMPOTENCY_KEY.test(key))
    throw new ORPCError('BAD_REQUEST', {
      message: 'An idempotency key has 1 to 200 signs of ASCII, without spaces',
    });
  return key;
}

/** Whose idempotency keys these are. */
const callerOf = ({ actor }: ApiContext): string => (actor.kind === 'person' ? actor.id : actor.kind);

/** Whose audit log tells of a call; undefined: the installation's alone. */
function tenantOfEvents({ actor, scope }: ApiContext, may: Access | undefined): string | undefined {
  if (may === 'installation' || actor.kind === 'nobody') return undefined;
  // Who looks into another tenant and does something with what is their own does it at home.
  return may === 'person' && actor.kind === 'person' ? actor.tenantId : scope.tenantId;
}

/** What an operation is about, as far as its input names it. */
function subjectOf([noun = 'system']: readonly string[], input: unknown): { kind: string; id: string } {
  const id = typeof input === 'object' && input !== null && 'id' in input ? input.id : undefined;
  return { kind: noun, id: typeof id === 'string' ? id.slice(0, 100) : '' };
}

/** The person who calls, and the sign-in by which they do. */
export function signedIn(context: ApiContext): ReturnType<typeof personOf> & { signInId: string } {
  const person = personOf(context);
  if (person.by.kind !== 'signIn') throw new ORPCError('FORBIDDEN', { message: 'Sign in yourself' });
  return { ...person, signInId: person.by.id };
}

/** The person who calls; operations of one's own desktops make no sense for the operator at the machine. */
export function personOf(context: ApiContext): Extract<ApiContext['actor'], { kind: 'person' }> {
  if (context.actor.kind !== 'person') {
    throw new ORPCError('FORBIDDEN', { message: 'Only a person who is signed in has desktops' });
  }
  return context.actor;
}

/** The tenant that the call looks into: whose things are shown and made. */
export const tenantOf = ({ scope }: ApiContext): string => scope.tenantId;

/** Of operations that are open to people for what is their own: whether this caller may do it to others' as well. */
export const mayAlso = ({ scope }: ApiContext, right: Right): boolean => scope.rights.has(right);

/** Who calls, in words. */
export const nameOf = ({ actor }: ApiContext): string => (actor.kind === 'nobody' ? 'nobody' : actor.name);

export function audit(
  context: ApiContext,
  action: string,
  subject: { kind: string; id: string },
  outcome = 'done',
  detail: object = {},
  why = whyAllowed(context),
): Promise<void> {
  const { actor } = context;
  context.auditing.told = true;
  return recordAudit(context.control, {
    actor: nameOf(context),
    principalId: actor.kind === 'person' ? actor.id : undefined,
    tenantId: context.auditing.tenantId,
    action,
    subject,
    outcome,
    why,
    detail:
      actor.kind === 'person' && actor.by.kind === 'apiKey' ? { apiKey: actor.by.name, ...detail } : detail,
    client: context.client,
  });
}

/** Why somebody may do what they do, where nothing more is known than who they are. */
function whyAllowed({ actor, auditing, scope }: ApiContext): string {
  if (actor.kind === 'operator') return 'operator at the machine';
  if (actor.kind === 'nobody') return 'open to anyone';
  const { may } = auditing;
  if (may === undefined || may === 'anyone' || may === 'person') return 'their own';
  // Of several roles one is enough; in another tenant it is this one.
  const roles = scope.elsewhere ? (['operator'] as const) : actor.roles;
  return roles.find((role) => rightsOfRole[role].includes(may)) ?? 'their own';
}

/** Who does to another person's what is open to each with their own: it is by a right of theirs that they may. */
export function byRight(context: ApiContext, right: Right): void {
  context.auditing.may = right;
}

/** Writes to a person that how they sign in has changed. `what`: e.g. `Your password was changed`. */
export async function tellChange(context: ApiContext, userId: string, what: string): Promise<void> {
  const user = await context.control.db
    .selectFrom('auth_user')
    .select('email')
    .where('id', '=', userId)
    .executeTakeFirst();
  if (user === undefined) return;
  const from = describeOrigin({ device: deviceOf(context.userAgent), address: context.client });
  await tellOfChange(context.control, user.email, `${what}, from ${from}.`);
}

/** Audits what somebody did who is not signed in (yet): by their account, or as nobody. */
export async function auditAs(
  context: ApiContext,
  who: string | { email: string } | undefined,
  action: string,
  outcome: string,
  detail: object,
): Promise<void> {
  const person =
    typeof who === 'string'
      ? await context.control.db
          .selectFrom('principal')
          .select(['id', 'name', 'tenant_id'])
          .where('auth_user_id', '=', who)
          .executeTakeFirst()
      : undefined;
  context.auditing.told = true;
  await recordAudit(context.control, {
    actor: person?.name ?? 'nobody',
    principalId: person?.id,
    tenantId: person?.tenant_id,
    action,
    subject: { kind: 'user', id: person?.id ?? '' },
    outcome,
    detail: { ...(typeof who === 'object' ? who : {}), ...detail },
    client: context.client,
  });
}
