import { OrangeryError } from '@orangery/std';
import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose';

/** OpenID Connect Back-Channel Logout 1.0, section 2.4. */
const EVENT = 'http://schemas.openid.net/event/backchannel-logout';
/** The token is sent once, at once; clocks differ. */
const AGE_MAX_S = 300;
const TOLERANCE_S = 60;
/** Signed by a key that the provider publishes, and by no shared secret. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA'];

export type Expected = { issuer: string; clientId: string; nowMs: number };

/**
 * Who is signed out, by what a provider says and signs; section 2.6. Throws `providerRefused` for what is none of its
 * tokens, or not for us, and `keyUnknown` where a key signed it that is not among these.
 */
export async function readLogoutToken(
  token: string,
  keys: JSONWebKeySet,
  { issuer, clientId, nowMs }: Expected,
): Promise<{ subject: string; id: string | undefined }> {
  const refused = (why: string, cause?: unknown): OrangeryError =>
    new OrangeryError('providerRefused', `this is no logout token: ${why}`, { cause });
  const { payload } = await jwtVerify(token, createLocalJWKSet(keys), {
    issuer,
    audience: clientId,
    algorithms: ALGORITHMS,
    maxTokenAge: AGE_MAX_S,
    clockTolerance: TOLERANCE_S,
    currentDate: new Date(nowMs),
  }).catch((error: unknown) => {
    if (error instanceof errors.JWKSNoMatchingKey)
      throw new OrangeryError('keyUnknown', 'a key signed it that is not known', { cause: error });
    throw refused(error instanceof errors.JOSEError ? error.message : 'it cannot be read', error);
  });
  const { events, nonce, sub, jti } = payload;
  if (typeof events !== 'object' || events === null || !Object.hasOwn(events, EVENT))
    throw refused('it is about something else');
  // With one it is somebody's sign-in, used for what it is not.
  if (nonce !== undefined) throw refused('it has a nonce');
  if (typeof sub !== 'string' || sub === '' || sub.length > 500) throw refused('it names nobody');
  return { subject: sub, id: typeof jti === 'string' ? jti.slice(0, 200) : undefined };
}
