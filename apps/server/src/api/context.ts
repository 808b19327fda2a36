import type { Access } from '@orangery/contract';
import type { Context, Scope, ServerFacts } from '@orangery/control';
import type { Actor } from '../identity/actor.ts';
import type { Auth } from '../identity/auth.ts';
import type { Providers } from '../directories/oidc.ts';
import type { Changes } from '../changes.ts';
import type { Live } from '../live/live.ts';

/** What a handler has: who calls, from where, and what it stands on. */
export type ApiContext = {
  actor: Actor;
  /** The tenant that this call looks into, and what its caller may do there. */
  scope: Scope;
  /** The caller's address, for the audit log. */
  client: string;
  /** What the caller's browser says of itself. */
  userAgent: string | undefined;
  /** What the sign-in library reads of the request: cookies, browser, address. */
  headers: Headers;
  /** Passes on the cookies that it sets. */
  setCookies: (headers: Headers) => void;
  /** The name by which the browser knows this server, without a port. */
  hostname: string;
  control: Context;
  auth: Auth;
  changes: Changes;
  live: Live;
  /** What this process knows of itself. */
  serverFacts: () => Promise<ServerFacts>;
  providers: Providers;
  /**
   * Whether the operation has told the audit log of itself, or has nothing to tell, and whose log it is, and by what
   * right it is done; one for all copies of
   * the context.
   */
  auditing: { told: boolean; tenantId: string | undefined; may: Access | undefined };
  /** Lets all loops look at once. */
  nudgeAll: () => void;
  version: string;
  signal: AbortSignal;
};
