import type { Access, IdKind, OperationMeta } from '@orangery/contract';
import { type Context, ownerOf, type Scope } from '@orangery/control';
import { isUuid } from '@orangery/std';
import type { Actor } from './actor.ts';

export type Refusal = { code: 'UNAUTHORIZED' | 'FORBIDDEN' | 'NOT_FOUND'; message: string };

/**
 * Why an actor may not call an operation; undefined: they may, as far as it hangs on who they are. What has no `access` is
 * nobody's: forgetting it closes the door instead of opening it.
 */
export function refusalOf(
  actor: Actor,
  { rights, suspended }: Pick<Scope, 'rights' | 'suspended'>,
  access: Access | undefined,
  { inPerson }: OperationMeta,
  method: string | undefined,
): Refusal | undefined {
  if (access === 'anyone') return undefined;
  if (actor.kind === 'nobody') return { code: 'UNAUTHORIZED', message: 'Sign in first' };
  if (suspended !== undefined) return { code: 'FORBIDDEN', message: suspended };
  if (actor.kind === 'person' && actor.by.kind === 'apiKey') {
    if (inPerson === true)
      return { code: 'FORBIDDEN', message: 'This is done by the person themselves, not by an API key' };
    if (actor.by.scope === 'read' && method !== 'GET')
      return { code: 'FORBIDDEN', message: 'This API key may look and change nothing' };
  }
  if (access === 'person' || (access !== undefined && rights.has(access))) return undefined;
  return { code: 'FORBIDDEN', message: 'Your role does not allow this' };
}

const MISSING: Refusal = { code: 'NOT_FOUND', message: 'There is no such thing, or you may not see it' };

/**
 * Why a call may not be about the things that its input names; undefined: each is of its tenant, or of the installation and
 * only used. What is no id is left to the input's schema.
 */
export async function refusalOfIds(
  context: Pick<Context, 'db'>,
  { tenantId, rights }: Scope,
  { may, ids }: { may: Access; ids: Readonly<Record<string, IdKind>> },
  input: unknown,
): Promise<Refusal | undefined> {
  if (typeof input !== 'object' || input === null) return undefined;
  for (const [member, kind] of Object.entries(ids)) {
    const id = (input as Record<string, unknown>)[member];
    if (kind === 'own' || kind === 'host' || kind === 'tenant' || typeof id !== 'string' || !isUuid(id))
      continue;
    const owner = await ownerOf(context, kind, id);
    if (owner === undefined || (owner !== null && owner !== tenantId)) return MISSING;
    const changes = may === 'images.change' && kind !== 'imageVersionUsed';
    if (owner === null && changes && !rights.has('installation'))
      return { code: 'FORBIDDEN', message: 'This image is the installation’s: operators change it' };
  }
  return undefined;
}
