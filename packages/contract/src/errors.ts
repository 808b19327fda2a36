/**
 * The catalogue of the API's errors: stable code, HTTP status, message. Callers match on the code. What one may not
 * see answers NOT_FOUND, as if it were not there.
 */
export const apiErrors = {
  BAD_REQUEST: { status: 400, message: 'The request cannot be read' },
  UNAUTHORIZED: { status: 401, message: 'Sign in first' },
  FORBIDDEN: { status: 403, message: 'Your role does not allow this' },
  NOT_FOUND: { status: 404, message: 'There is no such thing, or you may not see it' },
  CONFLICT: { status: 409, message: 'It is not in a state that allows this' },
  SETUP_DONE: { status: 409, message: 'This installation already has an administrator: sign in instead' },
  SETUP_LINK_INVALID: {
    status: 403,
    message: 'This setup link is unknown, used or expired. Run "./orangery up" again for a new one.',
  },
  SIGN_IN_REFUSED: { status: 401, message: 'Name or password is not right, or was wrong too often just now' },
  WRONG_PASSWORD: { status: 422, message: 'The password is not right' },
  WRONG_CODE: { status: 422, message: 'The code is not right' },
  TOO_MANY_TRIES: { status: 429, message: 'Too many tries; wait a quarter of an hour, then try again' },
  LINK_INVALID: { status: 422, message: 'This link is unknown, used or expired; ask for a new one' },
  QUOTA_EXCEEDED: { status: 409, message: 'A quota allows no more of it' },
  NO_CAPACITY: { status: 503, message: 'No machine is free now' },
  LENGTH_REQUIRED: { status: 411, message: 'A body needs its content-length' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'It is larger than one request may be' },
  IDEMPOTENCY_KEY_REUSED: {
    status: 422,
    message: 'This idempotency key was used for another request: each one needs a key of its own',
  },
  IDEMPOTENCY_KEY_BUSY: {
    status: 409,
    message: 'The request of this idempotency key is still being worked on: ask again in a moment',
  },
  INTERNAL_SERVER_ERROR: { status: 500, message: 'Something unexpected failed' },
  UNAVAILABLE: { status: 503, message: 'A part of Orangery is not reachable now; try again in a moment' },
} as const;
export type ApiErrorCode = keyof typeof apiErrors;
