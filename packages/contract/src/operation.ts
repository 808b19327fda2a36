import { oc } from '@orpc/contract';
import { apiErrors } from './errors.ts';

/**
 * `inPerson`: only whoever signed in themselves, not a program with their API key. `looks`: it changes nothing although it is
 * no GET, so that the audit log needs no event of it. Who may call it says the table in access.ts.
 */
export type OperationMeta = { inPerson?: boolean; looks?: boolean };

const base = oc.$meta<OperationMeta>({}).errors({
  UNAUTHORIZED: apiErrors.UNAUTHORIZED,
  FORBIDDEN: apiErrors.FORBIDDEN,
  UNAVAILABLE: apiErrors.UNAVAILABLE,
});
/** Open to anyone, signed in or not. */
export const anyone = base;
/** Of what is a person's own. */
export const person = base;
export const inPerson = base.meta({ inPerson: true });
/** For who has the right that the table names. */
export const withRight = base;
/** Of operations on one thing. */
export const missing = { NOT_FOUND: apiErrors.NOT_FOUND };
