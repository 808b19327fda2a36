import type { OperationMeta } from '@orangery/contract';
import { type Actor, isAdministrator } from './actor.ts';

export type Refusal = { code: 'UNAUTHORIZED' | 'FORBIDDEN'; message: string };

/**
 * Why an actor may not call an operation; undefined: they may. What has no `access` is nobody's: forgetting it closes the
 * door instead of opening it.
 */
export function refusalOf(
  actor: Actor,
  { access, inPerson }: OperationMeta,
  method: string | undefined,
): Refusal | undefined {
  if (access === 'anyone') return undefined;
  if (actor.kind === 'nobody') return { code: 'UNAUTHORIZED', message: 'Sign in first' };
  if (actor.kind === 'person' && actor.by.kind === 'apiKey') {
    if (inPerson === true)
      return { code: 'FORBIDDEN', message: 'This is done by the person themselves, not by an API key' };
    if (actor.by.scope === 'read' && method !== 'GET')
      return { code: 'FORBIDDEN', message: 'This API key may look and change nothing' };
  }
  if (access === 'person') return undefined;
  if (access === 'administrator' && isAdministrator(actor)) return undefined;
  return { code: 'FORBIDDEN', message: 'Your role does not allow this' };
}
