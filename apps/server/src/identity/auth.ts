import type { Database } from '@orangery/database';
import { betterAuth, type BetterAuthPlugin } from 'better-auth';
import { createAuthEndpoint } from 'better-auth/api';
import { setSessionCookie } from 'better-auth/cookies';
import { twoFactor } from 'better-auth/plugins';
import { z } from 'zod';
import type { Secrets } from '../secrets.ts';
import { hashPassword, verifyPassword } from './password.ts';

/** Browsers take a cookie of this prefix from this very origin alone, over TLS, for all its paths (RFC 6265bis). */
const HOST = '__Host-orangery';
export const SESSION_COOKIE = `${HOST}.session_token`;
/** Who has given their password and is asked for a second factor. */
export const CHALLENGE_COOKIE = `${HOST}.second_factor`;
const SIGN_IN_S = 7 * 86_400;
const SECURE = { secure: true, path: '/', httpOnly: true, sameSite: 'lax' } as const;

/** Signs somebody in who has proved who they are by other means than the library's. No HTTP request reaches it. */
const passkeySignIn = {
  id: 'orangery-passkey',
  endpoints: {
    signInByPasskey: createAuthEndpoint.serverOnly(
      { method: 'POST', body: z.object({ userId: z.string() }) },
      async (ctx) => {
        const user = await ctx.context.internalAdapter.findUserById(ctx.body.userId);
        if (user === null) return ctx.json({ id: undefined });
        const session = await ctx.context.internalAdapter.createSession(user.id, false);
        await setSessionCookie(ctx, { session, user });
        return ctx.json({ id: session.id });
      },
    ),
  },
} satisfies BetterAuthPlugin;

/**
 * Signs somebody in for whom a directory vouches. By its path, which nobody can reach either, the library asks for the
 * second factor of who has one, as after a password.
 */
const directorySignIn = {
  id: 'orangery-directory',
  endpoints: {
    signInFromDirectory: createAuthEndpoint(
      '/sign-in/username',
      { method: 'POST', body: z.object({ userId: z.string() }) },
      async (ctx) => {
        const user = await ctx.context.internalAdapter.findUserById(ctx.body.userId);
        if (user === null) return ctx.json({ id: undefined });
        const session = await ctx.context.internalAdapter.createSession(user.id, false);
        await setSessionCookie(ctx, { session, user });
        return ctx.json({ id: session.id });
      },
    ),
  },
} satisfies BetterAuthPlugin;

/**
 * Sign-in by better-auth on our own tables. People are made by the setup link or an administrator, never by themselves.
 * None of its own HTTP paths is served: operations of the contract call `auth.api`.
 */
export function createAuth(db: Database, secrets: Secrets) {
  return betterAuth({
    appName: 'Orangery',
    basePath: '/api/auth',
    // It is reached by many names; nothing here makes an address of this.
    baseURL: 'https://orangery.invalid',
    secret: secrets.derive('better-auth').toString('base64'),
    database: { db, type: 'postgres' },
    user: { modelName: 'auth_user' },
    session: { modelName: 'auth_session', expiresIn: SIGN_IN_S },
    account: { modelName: 'auth_account' },
    // Who reads the table finds no link in it.
    verification: { modelName: 'auth_verification', storeIdentifier: 'hashed' },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: 10,
      maxPasswordLength: 200,
      password: { hash: (password) => hashPassword(password), verify: verifyPassword },
      revokeSessionsOnPasswordReset: true,
    },
    plugins: [
      twoFactor({
        issuer: 'Orangery',
        // Who has none here is of a directory: their password is asked of it before.
        allowPasswordless: true,
        schema: { twoFactor: { modelName: 'auth_second_factor' } },
      }),
      passkeySignIn,
      directorySignIn,
    ],
    // Guesses are counted by who makes them: packages/control/src/sign-in.
    rateLimit: { enabled: false },
    advanced: {
      // It would add its own prefix to ours.
      useSecureCookies: false,
      cookiePrefix: HOST,
      cookies: {
        session_token: { name: SESSION_COOKIE, attributes: SECURE },
        two_factor: { name: CHALLENGE_COOKIE, attributes: SECURE },
      },
      defaultCookieAttributes: SECURE,
      ipAddress: { ipAddressHeaders: ['x-orangery-client'] },
    },
    telemetry: { enabled: false },
    logger: { disabled: true },
  });
}
export type Auth = ReturnType<typeof createAuth>;
