import { oc } from '@orpc/contract';
import { apiErrors } from './errors.ts';

/**
 * `inPerson`: only whoever signed in themselves, not a program with their API key. `looks`: it changes nothing although it is
 * no GET, so that the audit log needs no event of it. `creates`: with an idempotency key it is done once, however often it is asked for. Who may call it says the table in access.ts.
 */
export type OperationMeta = { inPerson?: boolean; looks?: boolean; creates?: boolean };

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
/** Of operations that make something: an answer that was lost is asked for again, and nothing is made twice. */
export const IDEMPOTENCY_HEADER = 'idempotency-key';
export const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,200}$/;
const underKey = {
  IDEMPOTENCY_KEY_REUSED: apiErrors.IDEMPOTENCY_KEY_REUSED,
  IDEMPOTENCY_KEY_BUSY: apiErrors.IDEMPOTENCY_KEY_BUSY,
};
/** For who has the right that the table names; makes something. */
export const creation = base.meta({ creates: true }).errors(underKey);
export const creationInPerson = base.meta({ inPerson: true, creates: true }).errors(underKey);
/** Of operations on one thing. */
export const missing = { NOT_FOUND: apiErrors.NOT_FOUND };
