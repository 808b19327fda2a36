import { roles, roleTitles } from '@orangery/contract';

/** Roles that a group can give. */
export const GIVEN_ROLES = roles.map((value) => ({ value, label: roleTitles[value] }));
