import { oc } from '@orpc/contract';
import { apiErrors } from './errors.ts';

/**
 * Who may call an operation. `person` sees only what is theirs; the rest answers NOT_FOUND.
 */
export type Access = 'anyone' | 'person' | 'administrator';

/**
 * `inPerson`: only whoever signed in themselves, not a program with their API key. `looks`: it changes nothing although it is
 * no GET, so that the audit log needs no event of it.
 */
export type OperationMeta = { access?: Access; inPerson?: boolean; looks?: boolean };

const base = oc.$meta<OperationMeta>({}).errors({
  UNAUTHORIZED: apiErrors.UNAUTHORIZED,
  FORBIDDEN: apiErrors.FORBIDDEN,
  UNAVAILABLE: apiErrors.UNAVAILABLE,
});
export const anyone = base.meta({ access: 'anyone' });
export const person = base.meta({ access: 'person' });
export const inPerson = base.meta({ access: 'person', inPerson: true });
export const administrator = base.meta({ access: 'administrator' });
/** Of operations on one thing. */
export const missing = { NOT_FOUND: apiErrors.NOT_FOUND };
