import type { DirectorySettings } from '../../../api/client.ts';

type Role = DirectorySettings['roles'][number]['role'];

/** Roles that a group can give: all but the one that everybody has. */
const LABELS: Readonly<Record<Role, string>> = { person: 'Person', administrator: 'Administrator' };
export const roleLabel = (role: Role): string => LABELS[role];
export const GIVEN_ROLES = (Object.keys(LABELS) as Role[])
  .filter((role) => role !== 'person')
  .map((value) => ({ value, label: LABELS[value] }));
