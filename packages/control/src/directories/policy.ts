import { createHash } from 'node:crypto';
import type { RoleRule } from '@orangery/contract';
import type { Bucket } from '../sign-in/policy.ts';

/** Whoever has no address in the directory is known by one that no mail reaches (RFC 2606). */
const NOWHERE = '.directory.invalid';
const EMAIL = /^[^\s@<>"]{1,64}@[^\s@<>"]{1,253}$/;

/** The roles of somebody in these groups. */
export function rolesOf(rules: readonly RoleRule[], groupIds: ReadonlySet<string>): RoleRule['role'][] {
  return [...new Set(rules.filter(({ group }) => groupIds.has(group.id)).map(({ role }) => role))].sort();
}

/** The address by which somebody is known here. */
export function emailOf(directory: string, person: { id: string; email: string | null }): string {
  const email = person.email?.trim().toLowerCase() ?? '';
  if (EMAIL.test(email) && !email.endsWith(NOWHERE)) return email;
  return `${createHash('sha256').update(person.id).digest('hex').slice(0, 24)}@${directory}${NOWHERE}`;
}

/** Whether a mail can be sent there. */
export const isReachable = (email: string): boolean => !email.endsWith(NOWHERE);

/**
 * Where a wrong password of a directory's person is counted, whatever name was typed: its own count would lock them out
 * of everything, not of Orangery alone. Places that they have used before and all others have half of what is passed on
 * each, so that strangers use up only theirs; a count begins anew once nobody has guessed there for the whole window, as
 * directories count. Both together pass on at most `max`.
 */
export function directoryBucket(
  directory: string,
  personId: string,
  known: boolean,
  guesses: { max: number; windowMinutes: number },
): Bucket {
  const strangers = Math.floor(guesses.max / 2);
  return {
    name: `directory ${directory} ${personId} ${known ? 'known' : 'new'}`,
    max: known ? guesses.max - strangers : strangers,
    quietMs: guesses.windowMinutes * 60_000,
  };
}

/** Rows of groups that somebody is to be put into, and taken out of. `chosen`: those that were taken in, with what the directory calls them. */
export function membershipChanges(
  chosen: readonly { id: string; externalId: string }[],
  now: readonly string[],
  wanted: ReadonlySet<string>,
): { add: string[]; remove: string[] } {
  const is = new Set(now);
  return {
    add: chosen.filter(({ id, externalId }) => wanted.has(externalId) && !is.has(id)).map(({ id }) => id),
    remove: chosen.filter(({ id, externalId }) => !wanted.has(externalId) && is.has(id)).map(({ id }) => id),
  };
}
