import type { Right, Role } from '@orangery/contract';

/** Why somebody with these rights may not give a person these roles, or take them; undefined: they may. */
export function refusalToGive(
  rights: ReadonlySet<Right>,
  before: readonly Role[],
  after: readonly Role[],
): string | undefined {
  const changes = (role: Role): boolean => before.includes(role) !== after.includes(role);
  if (changes('operator') && !rights.has('installation'))
    return 'Only an operator makes operators, and unmakes them.';
  return undefined;
}

/**
 * Why somebody with these rights may do nothing about how a person of these roles signs in: who could take their account over
 * would get rights that they do not have. Undefined: they may.
 */
export function refusalToTouch(rights: ReadonlySet<Right>, roles: readonly Role[]): string | undefined {
  if (roles.includes('operator') && !rights.has('installation'))
    return 'This person is an operator: only operators do this for them.';
  if (roles.length > 0 && !rights.has('people.change'))
    return 'This person has a role: only administrators do this for them.';
  return undefined;
}
