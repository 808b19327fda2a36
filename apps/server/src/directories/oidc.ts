import type { OidcSettings } from '@orangery/contract';
import type { DirectoryPerson } from '@orangery/control';
import { codeOf, messageOf, OrangeryError } from '@orangery/std';
import type { JSONWebKeySet } from 'jose';
import * as client from 'openid-client';
import { z } from 'zod';
import { guardedFetch } from './guarded-fetch.ts';
import { readLogoutToken } from './logout-token.ts';

/** What a provider says of itself and its keys is asked anew after so long. */
const KEPT_MS = 600_000;
const KEPT_MAX = 50;
const KEYS_AGAIN_MS = 60_000;
const keysSchema = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).max(100) });

/** What has to be remembered between sending somebody to a provider and their coming back. */
export type Begun = { state: string; nonce: string; verifier: string; redirectUri: string };
export type Claimed = { person: DirectoryPerson; groups: string[] };
type Claims = Readonly<Record<string, unknown>>;

/** Speaks OpenID Connect with providers: the code flow with PKCE, state and nonce, and nothing else. */
export class Providers {
  readonly #now: () => number;
  readonly #signs = new Map<string, { keys: JSONWebKeySet; askedMs: number }>();
  readonly #kept = new Map<string, { config: client.Configuration; untilMs: number }>();

  /** @param now ms since 1970 */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Throws `providerUnreachable` with what failed. */
  async discover(settings: OidcSettings, secret: string): Promise<client.Configuration> {
    const { issuer, clientId, ca } = settings;
    const key = JSON.stringify([issuer, clientId, ca, secret]);
    const kept = this.#kept.get(key);
    if (kept !== undefined && kept.untilMs > this.#now()) return kept.config;
    const config = await asked(() =>
      client.discovery(new URL(issuer), clientId, undefined, authenticate(secret), {
        [client.customFetch]: (url, options) => guardedFetch(url, options, ca),
      }),
    );
    if (this.#kept.size >= KEPT_MAX) this.#kept.clear();
    this.#kept.set(key, { config, untilMs: this.#now() + KEPT_MS });
    return config;
  }

  async begin(
    settings: OidcSettings,
    secret: string,
    redirectUri: string,
  ): Promise<{ url: string; begun: Begun }> {
    const config = await this.discover(settings, secret);
    const begun: Begun = {
      state: client.randomState(),
      nonce: client.randomNonce(),
      verifier: client.randomPKCECodeVerifier(),
      redirectUri,
    };
    const url = client.buildAuthorizationUrl(config, {
      redirect_uri: redirectUri,
      scope: ['openid', ...settings.scopes.split(/\s+/).filter((scope) => scope !== '')].join(' '),
      state: begun.state,
      nonce: begun.nonce,
      code_challenge: await client.calculatePKCECodeChallenge(begun.verifier),
      code_challenge_method: 'S256',
    });
    return { url: url.href, begun };
  }

  /** Whom the provider vouches for. Throws `providerRefused` where its answer is none to what was begun, and `providerUnreachable`. */
  async finish(settings: OidcSettings, secret: string, begun: Begun, query: string): Promise<Claimed> {
    const config = await this.discover(settings, secret);
    const url = new URL(begun.redirectUri);
    url.search = query;
    const claims = await asked(async (): Promise<Claims> => {
      const tokens = await client.authorizationCodeGrant(config, url, {
        pkceCodeVerifier: begun.verifier,
        expectedState: begun.state,
        expectedNonce: begun.nonce,
        idTokenExpected: true,
      });
      const told: Claims = tokens.claims() ?? {};
      const { sub } = told;
      const complete = settings.groupsClaim === '' || settings.groupsClaim in told ? 'email' in told : false;
      if (complete || typeof sub !== 'string' || config.serverMetadata().userinfo_endpoint === undefined)
        return told;
      return { ...(await client.fetchUserInfo(config, tokens.access_token, sub)), ...told };
    });
    return claimedOf(claims, settings.groupsClaim);
  }

  /** Who has signed out there, by a token that the provider sends. Throws `providerRefused`, and `providerUnreachable`. */
  async signedOut(settings: OidcSettings, secret: string, token: string): Promise<{ subject: string }> {
    const config = await this.discover(settings, secret);
    const { issuer, jwks_uri: address } = config.serverMetadata();
    if (address === undefined) throw new OrangeryError('providerRefused', 'it publishes no keys');
    const expected = { issuer, clientId: settings.clientId, nowMs: this.#now() };
    const read = async (keptMs: number) =>
      readLogoutToken(token, await this.#keys(address, settings.ca, keptMs), expected);
    return read(KEPT_MS)
      .catch((error: unknown) => {
        // It may have begun a new one since; asked for at most once a minute, whoever sends what.
        if (codeOf(error) !== 'keyUnknown') throw error;
        return read(KEYS_AGAIN_MS);
      })
      .catch((error: unknown) => {
        if (codeOf(error) !== 'keyUnknown') throw error;
        throw new OrangeryError('providerRefused', messageOf(error), { cause: error });
      });
  }

  /** What a provider signs with, as it was asked at most so long ago. */
  async #keys(address: string, ca: string, keptMs: number): Promise<JSONWebKeySet> {
    const known = this.#signs.get(address);
    if (known !== undefined && this.#now() - known.askedMs < keptMs) return known.keys;
    const answer = await guardedFetch(address, { method: 'GET' }, ca);
    const keys = keysSchema.safeParse(await answer.json().catch(() => undefined));
    if (!keys.success) throw new OrangeryError('providerUnreachable', 'its keys cannot be read');
    if (this.#signs.size >= KEPT_MAX) this.#signs.clear();
    this.#signs.set(address, { keys: keys.data, askedMs: this.#now() });
    return keys.data;
  }

  /** Where a browser signs out there, too; null where the provider has no such page, or cannot be asked now. */
  async endUrl(settings: OidcSettings, secret: string, back: string, login: string): Promise<string | null> {
    try {
      const config = await this.discover(settings, secret);
      if (config.serverMetadata().end_session_endpoint === undefined) return null;
      return client.buildEndSessionUrl(config, { post_logout_redirect_uri: back, logout_hint: login }).href;
    } catch {
      return null;
    }
  }
}

/** As the provider wants it; HTTP's own way where it says nothing (OpenID Connect Discovery, section 3). */
const authenticate =
  (secret: string): client.ClientAuth =>
  (server, metadata, body, headers) => {
    const methods = server.token_endpoint_auth_methods_supported ?? ['client_secret_basic'];
    const way = methods.includes('client_secret_basic')
      ? client.ClientSecretBasic(secret)
      : client.ClientSecretPost(secret);
    way(server, metadata, body, headers);
  };

async function asked<T>(act: () => Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (error instanceof client.AuthorizationResponseError)
      throw new OrangeryError('providerRefused', `it said ${error.error}`, { cause: error });
    for (let cause: unknown = error; cause instanceof Error; cause = cause.cause)
      if (cause instanceof OrangeryError) throw cause;
    if (error instanceof client.ResponseBodyError)
      throw new OrangeryError('providerRefused', `it said ${error.error}`, { cause: error });
    if (error instanceof client.ClientError)
      throw new OrangeryError('providerRefused', error.message, { cause: error });
    throw new OrangeryError('providerUnreachable', messageOf(error), { cause: error });
  }
}

const TEXT_LENGTH_MAX = 200;
const GROUPS_MAX = 2_000;

/** What a provider's claims say of a person; throws `providerRefused` where they name nobody. */
export function claimedOf(claims: Claims, groupsClaim: string): Claimed {
  const text = (name: string): string => {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    return typeof value === 'string' ? value.trim() : '';
  };
  const id = typeof claims['sub'] === 'string' ? claims['sub'] : '';
  if (id === '' || id.length > 500) throw new OrangeryError('providerRefused', 'it names nobody');
  // What a provider itself does not believe is nobody's address.
  const email = claims['email_verified'] === false ? '' : text('email');
  const login = text('preferred_username') || email || id;
  const named = groupsClaim !== '' && Object.hasOwn(claims, groupsClaim) ? claims[groupsClaim] : [];
  const groups = (Array.isArray(named) ? named : [named])
    .filter((each): each is string => typeof each === 'string' && each !== '' && each.length <= 500)
    .slice(0, GROUPS_MAX);
  return {
    person: {
      id,
      place: id,
      name: (text('name') || login).slice(0, TEXT_LENGTH_MAX),
      login: login.slice(0, TEXT_LENGTH_MAX),
      email: email === '' ? null : email,
      disabled: false,
    },
    groups,
  };
}
