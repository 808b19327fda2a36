import { type Role, roleTitles } from '@orangery/contract';
import type { Entitled } from '../api/client.ts';

/** "1 member", "25 members". */
export const members = (count: number): string => `${count} ${count === 1 ? 'member' : 'members'}`;

/** What tells one person or group from others of its name. */
export const whoBelow = ({ kind, email, members: count }: Entitled): string =>
  kind === 'group' ? `Group, ${members(count ?? 0)}` : (email ?? 'no e-mail');

/** "a", "a and b", "a, b and c". */
export const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`;

/** By which ways somebody may use a thing. */
export function waysInWords({
  entitlementId,
  groups,
}: {
  entitlementId: string | null;
  groups: readonly { name: string }[];
}): string {
  const through = groups.length === 0 ? [] : [`through ${listed(groups.map(({ name }) => name))}`];
  return [...(entitlementId === null ? [] : ['by themselves']), ...through].join(', and ');
}

/** What somebody may use, counted: "2 desktops, 1 application". */
export function countOfAccess({ pools, applications }: { pools: number; applications: number }): string {
  const counted = (count: number, noun: string): string[] =>
    count === 0 ? [] : [`${count} ${noun}${count === 1 ? '' : 's'}`];
  const all = [...counted(pools, 'desktop'), ...counted(applications, 'application')];
  return all.length === 0 ? 'nothing yet' : all.join(', ');
}

/** "Person" of whom has no role. */
export const rolesInWords = (roles: readonly Role[]): string =>
  roles.length === 0 ? 'Person' : roles.map((role) => roleTitles[role]).join(', ');
